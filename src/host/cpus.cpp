#include "host/cpus.h"

#include "base/text.h"
#include "host/files.h"

namespace knowhy::host {
namespace {

constexpr uint64_t kMostCpus = 1U << 16U;

}  // namespace

std::optional<std::vector<int>> parse_cpu_list(std::string_view text) {
    std::vector<int> cpus;
    for (const std::string_view part : split(trimmed(text), ',')) {
        const size_t dash = part.find('-');
        const auto first = parse_u64(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_u64(part.substr(dash + 1));
        if (!first || !last || *last >= kMostCpus || *first > *last) return std::nullopt;
        for (uint64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
    }
    return cpus;
}

std::vector<int> online_cpus() {
    const auto text = read_kernel_file("/sys/devices/system/cpu/online");
    auto cpus = text ? parse_cpu_list(*text) : std::nullopt;
    return cpus && !cpus->empty() ? *cpus : std::vector<int>{0};
}

}  // namespace knowhy::host

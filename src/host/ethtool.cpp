#include "host/ethtool.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace knowhy::host {
namespace {

// Far above any driver's; it bounds what a broken one can make us allocate.
constexpr uint32_t kMaxStatistics = 1U << 16U;

// An ethtool command that ends in an array: room for both, aligned for the kernel's u64s.
template <typename Command>
class WithArray {
  public:
    WithArray(uint32_t number, size_t array_bytes)
        : words_((sizeof(Command) + array_bytes + 7) / 8) {
        get()->cmd = number;
    }
    Command* get() { return static_cast<Command*>(static_cast<void*>(words_.data())); }
    Command* operator->() { return get(); }

  private:
    std::vector<uint64_t> words_;
};

template <size_t Size>
std::string text_of(const char (&field)[Size]) {
    return {field, strnlen(field, Size)};
}

}  // namespace

Result<Ethtool> Ethtool::open() {
    UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.valid()) return fail_errno(errno, "cannot open a socket for ethtool");
    return Ethtool(std::move(socket));
}

Status Ethtool::call(const std::string& device, void* command) const {
    ifreq request{};
    if (device.size() >= sizeof request.ifr_name)
        return fail(ErrorKind::Usage, "no device has a name this long: {}", escaped(device));
    std::copy(device.begin(), device.end(), std::begin(request.ifr_name));
    request.ifr_data = static_cast<char*>(command);
    if (::ioctl(socket_.get(), SIOCETHTOOL, &request) != 0)
        return fail_errno(errno, fmt::format("ethtool on {}", escaped(device)));
    return {};
}

Result<std::string> Ethtool::driver(const std::string& device) const {
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    KW_CHECK_OK(call(device, &info));
    return text_of(info.driver);
}

Result<uint32_t> Ethtool::statistics_count(const std::string& device) const {
    WithArray<ethtool_sset_info> sets(ETHTOOL_GSSET_INFO, sizeof(uint32_t));
    sets->sset_mask = uint64_t{1} << ETH_SS_STATS;
    KW_CHECK_OK(call(device, sets.get()));
    return sets->sset_mask != 0 ? sets->data[0] : 0;
}

Result<std::vector<std::pair<std::string, uint64_t>>> Ethtool::statistics(
    const std::string& device) const {
    std::vector<std::pair<std::string, uint64_t>> all;
    KW_TRY(const uint32_t count, statistics_count(device));
    if (count == 0) return all;
    if (count > kMaxStatistics)
        return fail(ErrorKind::System, "ethtool on {}: {} statistics", escaped(device), count);

    WithArray<ethtool_gstrings> names(ETHTOOL_GSTRINGS, size_t{count} * ETH_GSTRING_LEN);
    names->string_set = ETH_SS_STATS;
    names->len = count;
    KW_CHECK_OK(call(device, names.get()));
    WithArray<ethtool_stats> values(ETHTOOL_GSTATS, size_t{count} * sizeof(uint64_t));
    values->n_stats = count;
    KW_CHECK_OK(call(device, values.get()));

    // A driver whose number of queues changed in between answers with another count: what both
    // calls agree on is right, the rest was never written.
    const uint32_t agreed = std::min({count, names->len, values->n_stats});
    for (uint32_t i = 0; i < agreed; ++i) {
        const auto* name =
            static_cast<const char*>(static_cast<void*>(names->data)) + size_t{i} * ETH_GSTRING_LEN;
        all.emplace_back(std::string(name, strnlen(name, ETH_GSTRING_LEN)), values->data[i]);
    }
    return all;
}

}  // namespace knowhy::host

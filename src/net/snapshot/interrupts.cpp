#include "net/snapshot/interrupts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "host/files.h"

namespace knowhy::net {
namespace {

// "eth0", "eth0-rx-1", "virtio0-input.0": drivers put what it is of first.
bool bears(const std::string& action, const std::string& name) {
    if (name.empty() || !action.starts_with(name)) return false;
    return action.size() == name.size() || action[name.size()] == '-';
}

}  // namespace

std::vector<Interrupt> parse_interrupts(std::string_view text) {
    std::vector<Interrupt> all;
    const auto lines = split(text, '\n');
    const size_t cpus = lines.empty() ? 0 : split_whitespace(lines.front()).size();
    for (size_t i = 1; i < lines.size(); ++i) {
        const auto fields = split_whitespace(lines[i]);
        if (fields.size() < 2 || !fields[0].ends_with(':')) continue;
        Interrupt interrupt;
        interrupt.line = fields[0].substr(0, fields[0].size() - 1);
        size_t field = 1;
        for (; field < fields.size() && field <= cpus; ++field) {
            const auto value = parse_u64(fields[field]);
            if (!value) break;
            interrupt.count += *value;
        }
        if (field < fields.size()) interrupt.action = fields.back();
        all.push_back(std::move(interrupt));
    }
    return all;
}

InterruptOwner interrupt_owner(const std::string& device, const std::string& bus) {
    InterruptOwner owner{device, bus, {}};
    if (bus.empty() || bus.find('/') != std::string::npos) return owner;
    const std::string folder = "/sys/bus/pci/devices/" + bus;
    const auto lines = host::list_directory(folder + "/msi_irqs");
    if (lines) owner.lines = {lines->begin(), lines->end()};
    // A line of the old kind may be shared with other devices, but then bears no name of one.
    if (!lines) {
        const auto line = host::read_kernel_file(folder + "/irq");
        if (line) owner.lines.emplace(trimmed(*line));
    }
    return owner;
}

void add_interrupts(const std::vector<Interrupt>& all, const InterruptOwner& owner,
                    model::Counters& to) {
    for (const Interrupt& interrupt : all) {
        const std::string& action = interrupt.action;
        if (action.empty()) continue;
        const bool own = owner.lines.contains(interrupt.line) || bears(action, owner.device) ||
                         bears(action, owner.bus);
        if (own) to[fmt::format("interrupts.{}.{}", owner.device, action)] += interrupt.count;
    }
}

void add_missed_interrupts(const std::vector<Interrupt>& all, model::Counters& to) {
    for (const Interrupt& interrupt : all) {
        if (interrupt.line == "MIS" || interrupt.line == "ERR")
            to["interrupts." + interrupt.line] = interrupt.count;
    }
}

}  // namespace knowhy::net

// /proc/interrupts, and which of its lines are a network device's queues.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/state.h"

namespace knowhy::net {

struct Interrupt {
    std::string line;    // "25"; "MIS"
    uint64_t count = 0;  // of all CPUs
    std::string action;  // "virtio0-input.0", as the driver named it; its last word
};

std::vector<Interrupt> parse_interrupts(std::string_view text);

struct InterruptOwner {
    std::string device;
    std::string bus;              // as its driver names it
    std::set<std::string> lines;  // those that sysfs has of its PCI device
};

// Of a device of the calling thread's namespace.
InterruptOwner interrupt_owner(const std::string& device, const std::string& bus);

// "interrupts.eth0.virtio0-input.0": its lines, and those that bear its name or that of its bus.
void add_interrupts(const std::vector<Interrupt>& all, const InterruptOwner& owner,
                    model::Counters& to);
// "interrupts.MIS", "interrupts.ERR": what the interrupt controllers missed.
void add_missed_interrupts(const std::vector<Interrupt>& all, model::Counters& to);

}  // namespace knowhy::net

// Traces made by hand, for tests only: one run of a scenario on one host, with what differs from
// run to run (addresses, threads, CPUs, times) made up anew for each.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/observation.h"

namespace knowhy::explain::testing {

class TraceMaker {
  public:
    // `run` is what tells two runs apart.
    explicit TraceMaker(uint64_t run) : run_(run), now_(1'000'000 * (run + 1)) {}

    TraceMaker& thread(uint32_t pid, std::string comm) {
        pid_ = pid + static_cast<uint32_t>(run_ * 1000);
        comm_ = std::move(comm);
        return *this;
    }
    // Calls from here on are about that device, or with that packet.
    TraceMaker& device(std::string name) {
        device_ = std::move(name);
        return *this;
    }
    TraceMaker& packet(uint64_t number, uint8_t last_byte_of_destination) {
        skb_ = number == 0 ? 0 : 0xffff888000000000 + (run_ * 977 + number) * 256;
        destination_ = last_byte_of_destination;
        return *this;
    }
    TraceMaker& no_packet() { return packet(0, 0); }
    TraceMaker& no_device() { return device(""); }

    TraceMaker& enter(const std::string& function,
                      std::vector<std::pair<std::string, int64_t>> numbers = {}) {
        model::TracedCall& call = add(function, model::TracedCall::Kind::Entered);
        call.skb = skb_;
        if (skb_ != 0) call.packet = udp_packet();
        if (!device_.empty()) call.values.push_back(device_value());
        for (auto& [name, number] : numbers)
            call.values.push_back({name, "int", model::Value::integer(number, true, 4), {}});
        return *this;
    }
    TraceMaker& leave(const std::string& function, int64_t value = 0) {
        add(function, model::TracedCall::Kind::Returned)
            .values.push_back({"return", "int", model::Value::integer(value, true, 4), {}});
        return *this;
    }
    // Entered and left at once.
    TraceMaker& call(const std::string& function, int64_t value = 0) {
        return enter(function).leave(function, value);
    }
    model::TracedFunction& function(const std::string& name) {
        return trace_.functions[index(name)];
    }

    model::Trace trace_;

  private:
    model::TracedCall& add(const std::string& function, model::TracedCall::Kind kind) {
        const uint32_t at = index(function);
        model::TracedCall& call = trace_.calls.emplace_back();
        call.kind = kind;
        call.time_ns = now_ += 1000 + run_ * 37;
        call.cpu = static_cast<uint32_t>(run_ % 4);
        call.pid = pid_;
        call.comm = comm_;
        call.function = at;
        return call;
    }
    uint32_t index(const std::string& name) {
        for (uint32_t i = 0; i < trace_.functions.size(); ++i)
            if (trace_.functions[i].name == name) return i;
        trace_.functions.push_back({name, "", "fentry", "", 0});
        return static_cast<uint32_t>(trace_.functions.size() - 1);
    }
    [[nodiscard]] model::TracedValue device_value() const {
        model::TracedValue value{"dev", "struct net_device *", {}, {}};
        value.value.of = model::Value::Pointer{0xffff888100000000 + run_ * 4096};
        value.members.push_back({"name", "char[16]", model::Value::text(device_), {}});
        return value;
    }
    // IPv4/UDP 10.0.0.1:1000 > 10.0.0.X:9, its header's checksum made.
    [[nodiscard]] model::RawPacket udp_packet() const {
        model::RawPacket packet;
        packet.start = model::RawPacket::Start::Network;
        packet.protocol = 0x0800;
        packet.bytes = {0x45, 0, 0, 28,           0,    0,    0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1,
                        10,   0, 0, destination_, 0x03, 0xe8, 0,    9, 0,  8,  0, 0};
        uint32_t sum = 0;
        for (size_t i = 0; i < 20; i += 2)
            sum += static_cast<uint32_t>(packet.bytes[i] << 8U | packet.bytes[i + 1]);
        sum = (sum & 0xffffU) + (sum >> 16U);
        packet.bytes[10] = static_cast<uint8_t>(~sum >> 8U);
        packet.bytes[11] = static_cast<uint8_t>(~sum);
        packet.wire_length = 28;
        return packet;
    }

    uint64_t run_;
    uint64_t now_;
    uint32_t pid_ = 1;
    std::string comm_ = "ip";
    std::string device_;
    uint64_t skb_ = 0;
    uint8_t destination_ = 0;
};

}  // namespace knowhy::explain::testing

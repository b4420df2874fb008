// Dropped packets as a pcapng file: one interface per (network namespace, device, link layer), one
// packet block per packet, its cause as the packet's comment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "model/finding.h"

namespace knowhy::render {

// A packet, and where it was seen.
struct SeenPacket {
    const model::RawPacket& packet;
    uint64_t time_ns = 0;  // CLOCK_MONOTONIC
    uint32_t netns = 0;
    std::string netns_name;
    uint32_t ifindex = 0;
    std::string device;
    std::string comment;
};

class PcapngWriter {
  public:
    // Creates the file (mode 0600: packets are nobody else's business) and writes its first block.
    // `hardware` and `system` are uname's machine and release.
    static Result<PcapngWriter> create(const std::string& path, const std::string& hardware,
                                       const std::string& system);

    // A sample without bytes is left out: there is nothing to open in Wireshark. A packet without a
    // MAC header that is neither IPv4 nor IPv6 gets an Ethernet header with its EtherType and no
    // addresses, and its comment says so: raw IP is all that pcapng has for packets without one.
    Status add(const model::Finding& finding, const model::DropGroup& group,
               const model::DropSample& sample, const ClockPair& clock);
    Status add(const SeenPacket& seen, const ClockPair& clock);
    // What was added is in the file when it returns. A full disk is an Error here or in add(); the
    // file then ends with the last packet that had room.
    Status flush();

    [[nodiscard]] uint64_t packets() const { return packets_; }

  private:
    // Namespace, ifindex, device, link layer.
    using Interface = std::tuple<uint32_t, uint32_t, std::string, uint16_t>;

    PcapngWriter(UniqueFd file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}
    uint32_t interface_of(const Interface& interface, const std::string& netns_name);

    UniqueFd file_;
    std::string path_;
    std::string pending_;  // whole blocks
    std::map<Interface, uint32_t> interfaces_;
    uint64_t packets_ = 0;
};

// "source-local (certain): the source ... | at ip_rcv_finish_core+0x1ab | reason NOT_SPECIFIED"
std::string packet_comment(const model::Finding& finding, const model::DropGroup& group);

}  // namespace knowhy::render

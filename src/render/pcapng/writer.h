// Dropped packets as a pcapng file (draft-ietf-opsawg-pcapng): one interface block per (network
// namespace, device, link layer), one enhanced packet block per packet, its cause as a comment.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "model/drop.h"

namespace knowhy::render {

// The first block of a file; `hardware` and `system` are uname's machine and release.
std::string pcapng_section(const std::string& hardware, const std::string& system);

class PcapngWriter {
  public:
    // Creates the file (mode 0600: packets are nobody else's business) and writes the first block.
    static Result<std::unique_ptr<PcapngWriter>> create(const std::string& path,
                                                        const std::string& hardware,
                                                        const std::string& system);
    virtual ~PcapngWriter() = default;

    // A sample without bytes is skipped: there is nothing to open in Wireshark. A packet without a
    // MAC header that is neither IPv4 nor IPv6 gets an Ethernet header with its EtherType and no
    // addresses, since raw IP is all that pcapng has for packets without one.
    virtual Status add(const model::DropGroup& group, const model::DropSample& sample,
                       const ClockPair& clock, const std::string& comment) = 0;
    // Everything that was added is in the file when it returns. A full disk is an Error here or in
    // add(); what was written before stays readable.
    virtual Status flush() = 0;
    [[nodiscard]] virtual uint64_t packets() const = 0;
};

}  // namespace knowhy::render

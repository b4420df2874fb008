#include "render/pcapng/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "render/pcapng/blocks.h"

namespace knowhy::render {
namespace {

constexpr size_t kFlushAt = 64UL * 1024;
constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;

std::vector<uint8_t> with_ethernet_header(const model::RawPacket& packet) {
    std::vector<uint8_t> frame(12, 0);
    frame.push_back(static_cast<uint8_t>(packet.protocol >> 8U));
    frame.push_back(static_cast<uint8_t>(packet.protocol));
    frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
    return frame;
}

bool is_ip(uint16_t protocol) {
    return protocol == kIpv4 || protocol == kIpv6;
}

}  // namespace

Result<PcapngWriter> PcapngWriter::create(const std::string& path, const std::string& hardware,
                                          const std::string& system) {
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.valid()) return fail_errno(errno, "creating " + path);
    PcapngWriter writer(std::move(file), path);
    writer.pending_ = section_block(hardware, system);
    KW_CHECK_OK(writer.flush());
    return writer;
}

uint32_t PcapngWriter::interface_of(const Interface& interface, const std::string& netns_name) {
    const auto known = interfaces_.find(interface);
    if (known != interfaces_.end()) return known->second;
    const auto& [netns, ifindex, device, link] = interface;
    const std::string name = device.empty() ? fmt::format("ifindex{}", ifindex) : escaped(device);
    const std::string description = netns_name.empty()
                                        ? fmt::format("netns {}", netns)
                                        : fmt::format("netns {} ({})", escaped(netns_name), netns);
    pending_ += interface_block(link, name, description);
    const auto number = static_cast<uint32_t>(interfaces_.size());
    interfaces_[interface] = number;
    return number;
}

Status PcapngWriter::add(const model::Finding& finding, const model::DropGroup& group,
                         const model::DropSample& sample, const ClockPair& clock) {
    return add(
        {sample.packet, sample.time_ns, group.key.netns, finding.netns_name, group.key.ifindex,
         sample.device.empty() ? group.device : sample.device, packet_comment(finding, group)},
        clock);
}

Status PcapngWriter::add(const SeenPacket& seen, const ClockPair& clock) {
    const model::RawPacket& packet = seen.packet;
    if (packet.bytes.empty() || packet.start == model::RawPacket::Start::None) return {};
    const bool raw = packet.start == model::RawPacket::Start::Network;
    const bool framed = raw && !is_ip(packet.protocol);
    const std::vector<uint8_t> frame =
        framed ? with_ethernet_header(packet) : std::vector<uint8_t>();

    PacketBlock block;
    block.interface = interface_of(
        {seen.netns, seen.ifindex, seen.device, raw && !framed ? kLinkRaw : kLinkEthernet},
        seen.netns_name);
    block.realtime_ns = clock.to_realtime(seen.time_ns);
    block.bytes = framed ? frame : packet.bytes;
    block.wire_length = packet.wire_length + (framed ? 14U : 0U);
    block.comment = seen.comment;
    if (framed) block.comment += " | no MAC header was there: the one shown is empty";
    pending_ += packet_block(block);
    ++packets_;
    return pending_.size() < kFlushAt ? Status{} : flush();
}

Status PcapngWriter::flush() {
    const off_t whole = ::lseek(file_.get(), 0, SEEK_CUR);
    const int error = write_all(file_.get(), pending_);
    pending_.clear();
    if (error == 0) return {};
    // A cut block would make readers call the whole file damaged. A file that cannot be cut back
    // (a pipe, a device) stays as it is.
    if (whole >= 0 && ::ftruncate(file_.get(), whole) == 0) ::lseek(file_.get(), whole, SEEK_SET);
    return fail_errno(error, "writing " + path_);
}

std::string packet_comment(const model::Finding& finding, const model::DropGroup& group) {
    std::string comment =
        fmt::format("{} ({}): {} | at {}", finding.cause, model::name_of(finding.certainty),
                    finding.sentence, group.place.text());
    if (!group.place.file.empty()) {
        comment += fmt::format(" ({}:{})", group.place.file, group.place.line);
    }
    if (!group.reason.name.empty()) comment += " | reason " + group.reason.name;
    return escaped(comment);
}

}  // namespace knowhy::render

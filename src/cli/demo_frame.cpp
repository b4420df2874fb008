#include "cli/demo_frame.h"

#include <span>

namespace knowhy::cli {
namespace {

constexpr size_t kIpHeader = 20;
constexpr size_t kUdpHeader = 8;
constexpr size_t kTransportHeader = 12;  // InfiniBand's BTH
constexpr size_t kInvariantCrc = 4;

void put16(std::vector<uint8_t>& out, uint32_t value) {
    out.push_back(static_cast<uint8_t>(value >> 8U));
    out.push_back(static_cast<uint8_t>(value));
}

void put32(std::vector<uint8_t>& out, uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xffffU);
}

void put(std::vector<uint8_t>& out, std::span<const uint8_t> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

// RFC 1071, over an even number of bytes.
uint16_t checksum(std::span<const uint8_t> bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < bytes.size(); i += 2) sum += bytes[i] << 8U | bytes[i + 1];
    while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<uint16_t>(~sum);
}

std::vector<uint8_t> ip_header(const model::IpAddress& from, const model::IpAddress& to,
                               size_t payload) {
    constexpr uint8_t kUdp = 17;
    std::vector<uint8_t> header = {0x45, 0};
    put16(header, static_cast<uint32_t>(kIpHeader + payload));
    put16(header, 0);       // identification
    put16(header, 0x4000);  // don't fragment
    header.push_back(64);   // TTL
    header.push_back(kUdp);
    put16(header, 0);
    put(header, from.bytes());
    put(header, to.bytes());
    const uint16_t sum = checksum(header);
    header[10] = static_cast<uint8_t>(sum >> 8U);
    header[11] = static_cast<uint8_t>(sum);
    return header;
}

}  // namespace

std::vector<uint8_t> roce_frame(const model::MacAddress& from_mac, const model::MacAddress& to_mac,
                                const model::IpAddress& from, const model::IpAddress& to,
                                uint32_t sequence) {
    constexpr size_t kUdpLength = kUdpHeader + kTransportHeader + kInvariantCrc;
    constexpr uint32_t kSendOnly = 0x04000000;  // opcode RC SEND only, no flags
    constexpr uint32_t kDefaultPartition = 0xffff;
    constexpr uint32_t kQueuePair = 17;
    constexpr uint16_t kSourcePort = 49152;  // RoCEv2 puts the flow's entropy here
    std::vector<uint8_t> frame;
    put(frame, to_mac.bytes);
    put(frame, from_mac.bytes);
    put16(frame, 0x0800);
    put(frame, ip_header(from, to, kUdpLength));
    put16(frame, kSourcePort);
    put16(frame, kRocePort);
    put16(frame, kUdpLength);
    put16(frame, 0);  // no UDP checksum, as RoCEv2 senders do over IPv4
    put32(frame, kSendOnly | kDefaultPartition);
    put32(frame, kQueuePair);
    put32(frame, sequence);
    put32(frame, 0);  // the invariant CRC: nobody gets far enough to check it
    return frame;
}

}  // namespace knowhy::cli

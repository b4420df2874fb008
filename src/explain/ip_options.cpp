#include "explain/ip_options.h"

#include <cstddef>
#include <span>

namespace knowhy::explain {
namespace {

constexpr size_t kEthernetHeader = 14;
constexpr size_t kVlanTag = 4;
constexpr size_t kFixedHeader = 20;

constexpr uint8_t kEnd = 0;  // IPOPT_END
constexpr uint8_t kNoOperation = 1;
constexpr uint8_t kLooseSourceRoute = 131;   // IPOPT_LSRR
constexpr uint8_t kStrictSourceRoute = 137;  // IPOPT_SSRR

std::span<const uint8_t> network_header(const model::DropSample& sample) {
    const std::span<const uint8_t> bytes = sample.packet.bytes;
    size_t start = 0;
    if (sample.packet.start == model::RawPacket::Start::Mac) {
        start = kEthernetHeader + kVlanTag * sample.decoded.vlans.size();
    }
    return start < bytes.size() ? bytes.subspan(start) : std::span<const uint8_t>();
}

std::span<const uint8_t> options_of(const model::DropSample& sample) {
    const auto header = network_header(sample);
    if (header.size() <= kFixedHeader || (header[0] >> 4) != 4) return {};
    const size_t length = static_cast<size_t>(header[0] & 0x0fU) * 4;
    if (length <= kFixedHeader || length > header.size()) return {};
    return header.subspan(kFixedHeader, length - kFixedHeader);
}

}  // namespace

bool asks_for_source_route(const model::DropSample* sample) {
    if (sample == nullptr) return false;
    auto rest = options_of(*sample);
    while (!rest.empty() && rest[0] != kEnd) {
        if (rest[0] == kLooseSourceRoute || rest[0] == kStrictSourceRoute) return true;
        const size_t step = rest[0] == kNoOperation ? 1 : rest.size() > 1 ? rest[1] : 0;
        if (step == 0 || (step == 1 && rest[0] != kNoOperation) || step > rest.size()) break;
        rest = rest.subspan(step);
    }
    return false;
}

}  // namespace knowhy::explain

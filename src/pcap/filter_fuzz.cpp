// An expression and a packet: libpcap's answer against ours. Input: link, length of the copy,
// expression up to a newline, packet.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ir/interp.h"
#include "pcap/filter.h"
#include "pcap/reference.h"

// Names in expressions must not become questions to a name server.
extern "C" int getaddrinfo(const char*, const char*, const struct addrinfo*, struct addrinfo**) {
    return -2;  // EAI_NONAME
}

namespace {

using namespace knowhy;

void check(bool holds) {
    if (!holds) std::abort();
}

void compare(const ir::Function& program, const pcap::Reference& reference,
             std::span<const uint8_t> all, size_t copied) {
    const auto length = static_cast<uint32_t>(all.size());
    const auto copy = all.first(std::min(copied, all.size()));
    const bool expected = reference.matches(all, length);
    check(ir::run(program, {all, length}) == uint64_t{expected ? ir::kMatch : ir::kNoMatch});
    const auto seen = ir::run(program, {copy, length});
    check(seen.has_value());
    if (*seen == ir::kBeyondCopy)
        check(!reference.matches(copy, length));
    else
        check(*seen == (expected ? ir::kMatch : ir::kNoMatch));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const auto link = (data[0] & 1U) != 0 ? pcap::Link::RawIp : pcap::Link::Ethernet;
    const size_t copied = data[1];
    const std::span<const uint8_t> rest(data + 2, size - 2);
    const auto newline = std::ranges::find(rest, '\n');
    const std::string expression(rest.begin(), newline);
    const auto program = pcap::compile(expression, link);
    if (!program) return 0;
    const auto reference = pcap::Reference::compile(expression, link);
    check(reference.has_value());
    const auto packet = newline == rest.end() ? newline : newline + 1;
    compare(*program, *reference, {packet, rest.end()}, copied);
    return 0;
}

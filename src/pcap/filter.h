// pcap-filter(7) syntax to ir, through libpcap's cBPF.
#pragma once

#include <string>

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::pcap {

enum class Link { Ethernet, RawIp };

// Compiles the expression for packets that start with that link layer. A syntax error is
// ErrorKind::Usage with libpcap's text. What the filter needs and ours cannot do (a cBPF extension,
// a loop, over 256 terms, over 16 KiB of text) is refused, never approximated.
//
// libpcap resolves host names in the expression here and now, as tcpdump does.
Result<ir::Function> compile(const std::string& expression, Link link);

// One question, asked of every packet: from its MAC header where it has one, else from its network
// header.
struct PacketFilter {
    ir::Function ethernet;
    ir::Function raw_ip;
    // Why a packet without a MAC header can never match ("" when it can): only a MAC header can
    // answer some part of the expression, and libpcap then refuses it whole. raw_ip always answers
    // kNoMatch. Worth telling the user.
    std::string needs_mac;
};

// Fails when the expression fails for Ethernet, and when ours cannot do it for raw IP.
Result<PacketFilter> compile_both(const std::string& expression);

}  // namespace knowhy::pcap

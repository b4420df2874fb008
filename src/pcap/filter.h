// pcap-filter(7) syntax to ir, through libpcap's cBPF.
#pragma once

#include <string>

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::pcap {

enum class Link { Ethernet, RawIp };

// Compiles the expression for packets that start with that link layer. A syntax error is
// ErrorKind::Usage with libpcap's text. What the filter needs and ours cannot do (a cBPF extension,
// a program too large) is refused, never approximated.
Result<ir::Program> compile(const std::string& expression, Link link);

}  // namespace knowhy::pcap

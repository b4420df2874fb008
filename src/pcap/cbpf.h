// Classic BPF, the machine that libpcap compiles for, to ir.
//
// Its values are the kernel's struct sock_filter: libpcap's own struct has the name of eBPF's,
// bpf_insn, and two types of one name must not meet in the same program's templates.
#pragma once

#include <linux/filter.h>

#include <span>

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::pcap {

// The program answers ir::kMatch, kNoMatch or kBeyondCopy, and follows libpcap's interpreter: A and
// X start as zero; loads past the packet's end and divisions by zero end it without a match;
// offsets do not wrap.
//
// Refused, with ErrorKind::Usage: loops, the kernel's extensions (negative offsets), reading
// scratch memory that was not written, instructions that are none.
Result<ir::Function> from_cbpf(std::span<const sock_filter> cbpf);

}  // namespace knowhy::pcap

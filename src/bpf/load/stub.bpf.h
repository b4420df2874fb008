// KNOWHY_FILTER_STUB(name): the place in a BPF object where patch_stub() puts a filter before the
// object is opened. Declares
//     static __u32 name(const __u8 *data, __u32 caplen, __u32 wirelen)
// as bpf/codegen/filter_abi.h describes it. Unpatched it answers "match".
//
// The patch replaces the whole function and finds its arguments in r1, r2 and r3, where the calling
// convention puts them. The assembly names them as inputs, or the compiler, which sees that nobody
// reads them, would not pass them at all. A naked function would be simpler, but clang gives its
// parameters no names, and the kernel refuses BTF with nameless ones.
// It must be static: a global function is verified alone, knowing nothing of the map value.
#pragma once

#include <linux/types.h>

#include "bpf/codegen/filter_abi.h"

#define KNOWHY_STRING_INNER(x) #x
#define KNOWHY_STRING(x) KNOWHY_STRING_INNER(x)

// clang-format off
#define KNOWHY_FILTER_STUB(name)                                                        \
    static __attribute__((noinline)) __u32 name(const __u8 *data, __u32 caplen,         \
                                                __u32 wirelen) {                        \
        register __u64 verdict asm("r0");                                               \
        asm volatile("%0 = " KNOWHY_STRING(KNOWHY_FILTER_MATCH) "\n"                    \
                     ".rept " KNOWHY_STRING(KNOWHY_FILTER_STUB_INSNS) " - 2\n"          \
                     "goto +0\n"                                                        \
                     ".endr\n"                                                          \
                     : "=r"(verdict)                                                    \
                     : "r"(data), "r"(caplen), "r"(wirelen));                           \
        return verdict;                                                                 \
    }
// clang-format on

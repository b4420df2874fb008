// What a filter spliced into a collector and the collector itself agree on. Plain C, because BPF
// programs include it too.
//
//     __u32 filter(const __u8 *data, __u32 caplen, __u32 wirelen)
//
// data is a map value's copy of the packet with KNOWHY_FILTER_SNAP readable bytes, caplen how many
// of them the copy fills, wirelen the packet's whole length; caplen <= wirelen. Both in bytes,
// counted from the MAC header (filters for Ethernet) or the network header (for raw IP).
#pragma once

// Bytes of a packet a filter can see.
#define KNOWHY_FILTER_SNAP 256

// Instructions of a stub, first and last included. A jump's 16-bit offset must reach across.
#define KNOWHY_FILTER_STUB_INSNS 2048

// Stack a filter may use, in bytes: the callers' frames and this one share the kernel's 512.
#define KNOWHY_FILTER_STACK 128

#define KNOWHY_FILTER_NO_MATCH 0
#define KNOWHY_FILTER_MATCH 1
#define KNOWHY_FILTER_BEYOND_COPY 2  // the answer depends on bytes that were not copied

// What a collector does around its filters: a per-CPU copy of the packet, two stubs, one answer.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/load/stub.bpf.h"

KNOWHY_FILTER_STUB(filter_ether)
KNOWHY_FILTER_STUB(filter_ip)

struct stub_test_packet {
    __u32 caplen;
    __u32 wirelen;
    __u32 has_mac;
    __u8 data[KNOWHY_FILTER_SNAP];
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct stub_test_packet);
} packets SEC(".maps");

const volatile __u32 filtering;

SEC("raw_tp")
int judge(void* ctx) {
    __u32 zero = 0;
    struct stub_test_packet* packet = bpf_map_lookup_elem(&packets, &zero);
    if (!packet) return -1;
    if (!filtering) return KNOWHY_FILTER_MATCH;
    if (packet->has_mac) return filter_ether(packet->data, packet->caplen, packet->wirelen);
    return filter_ip(packet->data, packet->caplen, packet->wirelen);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

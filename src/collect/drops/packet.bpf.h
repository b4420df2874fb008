// Reading an skb: where its headers are, whose it is, and its first bytes.
#pragma once

#include "collect/drops/kernel_types.h"
#include "collect/drops/wire.h"

#define KW_NOT_SET 0xffff  // skb->mac_header without a MAC header
#define KW_ETH_HLEN 14
#define KW_MACS 12  // the two addresses of an Ethernet header; a VLAN tag comes after them
#define KW_ARPHRD_ETHER 1
#define KW_ARPHRD_LOOPBACK 772
#define KW_FIRST_NS_INUM 0xefffff00U  // no namespace's inode number is lower

// A device that is really one: skb->dev is overlaid by other things while a socket holds the skb,
// so what it points to must look like a device in a network namespace.
struct kw_device {
    const struct net_device* dev;  // 0: none
    __u32 ifindex;
    __u32 netns;
};

static __always_inline __u32 kw_netns_of(const struct net* net) {
    __u32 inum = BPF_CORE_READ(net, ns.inum);
    return inum >= KW_FIRST_NS_INUM ? inum : 0;
}

static __always_inline void kw_check_device(struct kw_device* out, const struct net_device* dev) {
    out->dev = 0;
    out->ifindex = 0;
    out->netns = 0;
    if (!dev) return;
    int ifindex = BPF_CORE_READ(dev, ifindex);
    if (ifindex <= 0) return;
    __u32 netns = kw_netns_of(BPF_CORE_READ(dev, nd_net.net));
    if (!netns) return;
    out->dev = dev;
    out->ifindex = ifindex;
    out->netns = netns;
}

static __always_inline const struct dst_entry* kw_dst_of(const struct sk_buff* skb) {
    return (const struct dst_entry*)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);  // SKB_DST_NOREF
}

static __always_inline __u32 kw_netns_of_sock(const struct sock* sk) {
    return sk ? kw_netns_of(BPF_CORE_READ(sk, __sk_common.skc_net.net)) : 0;
}

static __always_inline int kw_has_ethernet(const struct net_device* dev) {
    if (!dev) return 1;
    __u16 type = BPF_CORE_READ(dev, type);
    return type == KW_ARPHRD_ETHER || type == KW_ARPHRD_LOOPBACK;
}

// The VLAN tag that the kernel keeps beside the packet's bytes, as it would stand among them (the
// protocol, then the TCI, both in network order); 0: none.
static __always_inline __u32 kw_tag_of(const struct sk_buff* skb) {
    int present = bpf_core_field_exists(skb->vlan_all)
                      ? BPF_CORE_READ(skb, vlan_all) != 0
                      : BPF_CORE_READ_BITFIELD_PROBED(skb, vlan_present);
    if (!present) return 0;
    __u32 tci = __builtin_bswap16(BPF_CORE_READ(skb, vlan_tci));
    return BPF_CORE_READ(skb, vlan_proto) | tci << 16;
}

// The first bytes of a frame, with the tag back in its place.
static __always_inline long kw_copy_tagged(struct kw_sample* out, const unsigned char* from,
                                           __u64 size, __u32 tag) {
    if (size < KW_MACS) return -1;
    size -= KW_MACS;
    barrier_var(size);
    if (size > KW_PACKET_SNAP - KW_MACS - sizeof(tag))
        size = KW_PACKET_SNAP - KW_MACS - sizeof(tag);
    out->captured = size + KW_MACS + sizeof(tag);
    out->wire_length += sizeof(tag);
    long failed = bpf_probe_read_kernel(out->packet, KW_MACS, from);
    *(__u32*)(out->packet + KW_MACS) = tag;
    return failed |
           bpf_probe_read_kernel(out->packet + KW_MACS + sizeof(tag), size, from + KW_MACS);
}

// Copies the packet's first bytes: from the MAC header where there is one, else from the network
// header. Only the linear part can be read; headers are there.
static __always_inline void kw_copy_packet(struct kw_sample* out, const struct sk_buff* skb,
                                           const struct net_device* dev, __u32 tag) {
    unsigned char* head = BPF_CORE_READ(skb, head);
    unsigned char* data = BPF_CORE_READ(skb, data);
    __u32 tail = BPF_CORE_READ(skb, tail);
    __u32 mac = BPF_CORE_READ(skb, mac_header);
    __u32 network = BPF_CORE_READ(skb, network_header);
    __u32 from = 0;

    out->start = KW_START_NONE;
    out->captured = 0;
    out->wire_length = out->length;
    if (mac != KW_NOT_SET && (network >= mac + KW_ETH_HLEN || network < mac) &&
        kw_has_ethernet(dev)) {
        out->start = KW_START_MAC;
        from = mac;
    } else if (network && out->protocol) {
        out->start = KW_START_NETWORK;
        from = network;
    }
    if (out->start == KW_START_NONE || from >= tail) {
        out->start = KW_START_NONE;
        return;
    }
    __u64 size = tail - from;
    out->wire_length = out->length + (__u32)(data - head) - from;
    long failed;
    if (tag && out->start == KW_START_MAC) {
        failed = kw_copy_tagged(out, head + from, size, tag);
    } else {
        barrier_var(size);  // else the compiler may bound a copy of it, and the verifier sees none
        if (size > KW_PACKET_SNAP) size = KW_PACKET_SNAP;
        out->captured = size;
        failed = bpf_probe_read_kernel(out->packet, size, head + from);
    }
    if (!failed) return;
    out->start = KW_START_NONE;
    out->captured = 0;
}

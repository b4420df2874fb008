// The layers of the decoder, each in a file of its own: each takes the cursor at its header and
// fills `out`. `depth` counts the tunnels around this packet.
#pragma once

#include <cstdint>

#include "model/packet.h"
#include "net/decode/cursor.h"

namespace knowhy::net {

// A packet can carry as many headers as fit; past these numbers nothing honest is being said.
constexpr int kMaxTunnels = 4;
constexpr size_t kMaxVlanTags = 8;
constexpr size_t kMaxExtensionHeaders = 16;

void decode_ethernet(const Cursor& at, model::Decoded& out, int depth);           // link.cpp
void decode_ethertype(const Cursor& at, uint16_t ethertype, model::Decoded& out,  // link.cpp
                      int depth);
void decode_arp(const Cursor& at, model::Decoded& out);              // arp.cpp
void decode_ipv4(const Cursor& at, model::Decoded& out, int depth);  // ipv4.cpp
void decode_ipv6(const Cursor& at, model::Decoded& out, int depth);  // ipv6.cpp

// What IP carries: `protocol` is the upper layer's number, after all extension headers.
void decode_upper(const Cursor& at, uint8_t protocol, model::Decoded& out, int depth);  // upper.cpp
void decode_tcp(const Cursor& at, model::Decoded& out);                                 // tcp.cpp
void decode_udp(const Cursor& at, uint8_t protocol, model::Decoded& out, int depth);    // udp.cpp
void decode_icmp(const Cursor& at, uint8_t protocol, model::Decoded& out);              // icmp.cpp

// Tunnels and what rides on UDP (tunnel.cpp).
void decode_gre(const Cursor& at, model::Decoded& out, int depth);
void decode_ip_in_ip(const Cursor& at, uint8_t protocol, model::Decoded& out, int depth);
void decode_vxlan(const Cursor& at, model::Decoded& out, int depth);
void decode_geneve(const Cursor& at, model::Decoded& out, int depth);
void decode_roce(const Cursor& at, model::Decoded& out);

}  // namespace knowhy::net

// The tapset's functions about packets and sockets.
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

constexpr uint32_t kV6Bytes = 16;

// ---- Byte order

template <uint32_t Bytes>
Value swapped(Lowering& lowering, const Call& call, Span /*span*/) {
    const Operand number = lowering.number(*call.arguments.front());
    const ir::Reg to = lowering.emitter().new_register();
    lowering.emitter().emit(ir::SwapBytes{to, number, 8 * Bytes});
    return Value::of(Type::integer(Bytes, false), Operand{to});
}

// ---- Addresses

// By the family, which may be known only at run time: a number in network order, or where 16 bytes
// lie.
Value address_text(Lowering& lowering, Operand address, Operand family) {
    Emitter& emit = lowering.emitter();
    const Type type = Type::of(Kind::Inet);
    const Place to = emit.new_buffer("address", type.bytes);
    emit.fill(to, type.bytes);
    emit.store(to, 4, family);
    const ir::BlockId v6 = emit.new_block();
    const ir::BlockId v4 = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::Equal, family, Constant{AF_INET6}, v6, v4);
    emit.go_on_in(v6);
    lowering.read_bytes(further(to, 4), kV6Bytes, address, false);
    emit.jump(after);
    emit.go_on_in(v4);
    emit.store(further(to, 4), 4, address);
    emit.jump_into(after);
    return Value::of(type, to);
}

Value format_ipaddr(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value address = lowering.value(*call.arguments[0]);
    const Operand family = call.arguments.size() > 1 ? lowering.number(*call.arguments[1])
                                                     : Operand{Constant{AF_INET}};
    if (address.type.kind == Kind::Inet) return address;
    if (const auto* memory = std::get_if<InMemory>(&address.where))
        return address_text(lowering, memory->address, family);
    if (!is_scalar_argument(lowering, address, call.arguments[0]->span)) return Value::unknown();
    return address_text(lowering, address.scalar(), family);
}

// The six bytes at an address, or of an array of them.
Value mac_address(Lowering& lowering, const Call& call, Span span) {
    return find_function("macaddr", Dialect::Bpftrace)->lower(lowering, call, span);
}

// ---- Fields of well-known structures, as functions

struct FieldOf {
    std::string_view function;
    std::string_view form;
    std::string_view what;
    std::string_view type;
    std::string_view field;
    bool is_swapped = false;  // 16 bits in network order
};

constexpr FieldOf kFields[] = {
    {"inet_get_local_port", "inet_get_local_port(sock)", "a socket's own port", "struct sock",
     "__sk_common.skc_num"},
    {"__ip_sock_family", "__ip_sock_family(sock)", "a socket's family", "struct sock",
     "__sk_common.skc_family"},
    {"__tcp_sock_sport", "__tcp_sock_sport(sock)", "a socket's own port", "struct sock",
     "__sk_common.skc_num"},
    {"__tcp_sock_dport", "__tcp_sock_dport(sock)", "its peer's port", "struct sock",
     "__sk_common.skc_dport", true},
    {"__udp_sock_sport", "__udp_sock_sport(sock)", "a socket's own port", "struct sock",
     "__sk_common.skc_num"},
    {"__udp_sock_dport", "__udp_sock_dport(sock)", "its peer's port", "struct sock",
     "__sk_common.skc_dport", true},
    {"tcp_ts_get_info_state", "tcp_ts_get_info_state(sock)", "a TCP socket's state", "struct sock",
     "__sk_common.skc_state"},
    {"tcp_get_info_snd_cwnd", "tcp_get_info_snd_cwnd(sock)", "its congestion window",
     "struct tcp_sock", "snd_cwnd"},
    {"tcp_ts_get_info_snd_ssthresh", "tcp_ts_get_info_snd_ssthresh(sock)",
     "its slow start threshold", "struct tcp_sock", "snd_ssthresh"},
    {"get_netdev_name", "get_netdev_name(device)", "a network device's name", "struct net_device",
     "name"},
    {"__ip_skb_proto", "__ip_skb_proto(iphdr)", "the protocol of an IPv4 header", "struct iphdr",
     "protocol"},
    {"__ip_skb_saddr", "__ip_skb_saddr(iphdr)", "its source", "struct iphdr", "saddr"},
    {"__ip_skb_daddr", "__ip_skb_daddr(iphdr)", "its destination", "struct iphdr", "daddr"},
    {"__tcp_skb_sport", "__tcp_skb_sport(tcphdr)", "the source port of a TCP header",
     "struct tcphdr", "source", true},
    {"__tcp_skb_dport", "__tcp_skb_dport(tcphdr)", "its destination port", "struct tcphdr", "dest",
     true},
    {"__tcp_skb_urg", "__tcp_skb_urg(tcphdr)", "its URG", "struct tcphdr", "urg"},
    {"__tcp_skb_ack", "__tcp_skb_ack(tcphdr)", "its ACK", "struct tcphdr", "ack"},
    {"__tcp_skb_psh", "__tcp_skb_psh(tcphdr)", "its PSH", "struct tcphdr", "psh"},
    {"__tcp_skb_rst", "__tcp_skb_rst(tcphdr)", "its RST", "struct tcphdr", "rst"},
    {"__tcp_skb_syn", "__tcp_skb_syn(tcphdr)", "its SYN", "struct tcphdr", "syn"},
    {"__tcp_skb_fin", "__tcp_skb_fin(tcphdr)", "its FIN", "struct tcphdr", "fin"},
};

Value member(Lowering& lowering, Operand address, std::string_view type, std::string_view field,
             Span span) {
    const auto id = lowering.script().kernel.type(type);
    if (!id) {
        lowering.error(codes::kUnknownType, span, fmt::format("no type '{}' in this kernel", type));
        return Value::unknown();
    }
    Field node;
    node.name = field;
    node.name_span = span;
    return lowering.field(Value::of(Type::pointer(*id), address), node, span);
}

Value field_function(Lowering& lowering, const Call& call, Span span) {
    const auto* row = std::ranges::find(kFields, call.function, &FieldOf::function);
    const Value value =
        member(lowering, lowering.number(*call.arguments.front()), row->type, row->field, span);
    if (value.unresolved || !row->is_swapped) return value;
    const ir::Reg to = lowering.emitter().new_register();
    lowering.emitter().emit(ir::SwapBytes{to, value.scalar(), 16});
    return Value::of(Type::integer(2, false), Operand{to});
}

// ---- Sockets

// One of two, by a number.
Operand chosen(Lowering& lowering, Operand family, Operand v4, Operand v6) {
    Emitter& emit = lowering.emitter();
    const ir::Reg one = emit.new_register();
    emit.assign(one, v4);
    const ir::BlockId is_v6 = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::Equal, family, Constant{AF_INET6}, is_v6, after);
    emit.go_on_in(is_v6);
    emit.assign(one, v6);
    emit.jump_into(after);
    return one;
}

struct SocketAddress {
    Operand family;
    Operand address;  // as format_ipaddr() takes it
};
std::optional<SocketAddress> socket_address(Lowering& lowering, const Call& call, bool own,
                                            Span span) {
    const Operand socket = lowering.number(*call.arguments.front());
    const auto field = [&](std::string_view name) {
        return member(lowering, socket, "struct sock", name, span);
    };
    const Value family = field("__sk_common.skc_family");
    const Value v4 = field(own ? "__sk_common.skc_rcv_saddr" : "__sk_common.skc_daddr");
    const Value v6 = field(own ? "__sk_common.skc_v6_rcv_saddr" : "__sk_common.skc_v6_daddr");
    if (family.unresolved || v4.unresolved) return std::nullopt;
    const auto* there = std::get_if<InMemory>(&v6.where);
    if (there == nullptr) return SocketAddress{family.scalar(), v4.scalar()};
    return SocketAddress{family.scalar(),
                         chosen(lowering, family.scalar(), v4.scalar(), there->address)};
}

template <bool Own>
Value socket_number(Lowering& lowering, const Call& call, Span span) {
    const auto found = socket_address(lowering, call, Own, span);
    return found ? Value::integer(found->address) : Value::unknown();
}

template <bool Own>
Value socket_text(Lowering& lowering, const Call& call, Span span) {
    const auto found = socket_address(lowering, call, Own, span);
    return found ? address_text(lowering, found->address, found->family) : Value::unknown();
}

// ---- Packets

// Where a header is: skb->head and an offset.
Value header(Lowering& lowering, const Call& call, std::string_view offset, std::string_view type,
             Span span) {
    const Operand skb = lowering.number(*call.arguments.front());
    const Value head = member(lowering, skb, "struct sk_buff", "head", span);
    const Value start = member(lowering, skb, "struct sk_buff", offset, span);
    if (head.unresolved || start.unresolved) return Value::unknown();
    const auto id = lowering.script().kernel.type(type);
    return Value::of(Type::pointer(id.value_or(symbols::kVoid)),
                     lowering.emitter().compute(Op::Add, head.scalar(), start.scalar()));
}

Value ip_header(Lowering& lowering, const Call& call, Span span) {
    return header(lowering, call, "network_header", "struct iphdr", span);
}

Value tcp_header(Lowering& lowering, const Call& call, Span span) {
    return header(lowering, call, "transport_header", "struct tcphdr", span);
}

Value udp_header(Lowering& lowering, const Call& call, Span span) {
    return header(lowering, call, "transport_header", "struct udphdr", span);
}

// ---- Names of numbers

struct Names {
    std::string_view function;
    std::string_view form;
    std::string_view what;
    std::string_view table;  // number_names.h
};
constexpr Names kNames[] = {
    {"sock_fam_num2str", "sock_fam_num2str(n)", "\"INET\" and its kin", "family"},
    {"sock_prot_num2str", "sock_prot_num2str(n)", "\"TCP\" and its kin", "protocol"},
    {"sock_state_num2str", "sock_state_num2str(n)", "\"CONNECTED\" and its kin", "socket state"},
    {"sock_type_num2str", "sock_type_num2str(n)", "\"STREAM\" and its kin", "socket type"},
    {"tcp_sockstate_str", "tcp_sockstate_str(n)", "\"TCP_ESTABLISHED\" and its kin", "tcp state"},
};

Value name_of_number(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto* row = std::ranges::find(kNames, call.function, &Names::function);
    return Value::of(Type::named_number(std::string(row->table)),
                     lowering.number(*call.arguments.front()));
}

}  // namespace

std::vector<FunctionInfo> network_tapset() {
    std::vector<FunctionInfo> all = {
        {"ntohs", "ntohs(n)", "16 bits from network order", 1, 1, false, swapped<2>},
        {"ntohl", "ntohl(n)", "32 bits from network order", 1, 1, false, swapped<4>},
        {"ntohll", "ntohll(n)", "64 bits from network order", 1, 1, false, swapped<8>},
        {"htons", "htons(n)", "16 bits to network order", 1, 1, false, swapped<2>},
        {"htonl", "htonl(n)", "32 bits to network order", 1, 1, false, swapped<4>},
        {"htonll", "htonll(n)", "64 bits to network order", 1, 1, false, swapped<8>},
        {"ip_ntop", "ip_ntop(address)", "an IPv4 address in network order, as text", 1, 1, false,
         format_ipaddr},
        {"format_ipaddr", "format_ipaddr(address, family)",
         "an IPv4 address, or the IPv6 address there, as text", 1, 2, false, format_ipaddr},
        {"daddr_to_string", "daddr_to_string(address)", "the same as ip_ntop()", 1, 1, false,
         format_ipaddr},
        {"macaddr", "macaddr(address)", "the MAC address there, as text; knowhy's own", 1, 1, false,
         mac_address},
        {"inet_get_ip_source", "inet_get_ip_source(sock)",
         "where what a socket receives comes from: its peer's address", 1, 1, false,
         socket_text<false>},
        {"__ip_sock_saddr", "__ip_sock_saddr(sock)", "a socket's own address, for format_ipaddr()",
         1, 1, false, socket_number<true>},
        {"__ip_sock_daddr", "__ip_sock_daddr(sock)", "its peer's", 1, 1, false,
         socket_number<false>},
        {"__get_skb_iphdr", "__get_skb_iphdr(skb)", "where a packet's IP header is", 1, 1, false,
         ip_header},
        {"__get_skb_tcphdr", "__get_skb_tcphdr(skb)", "where its TCP header is", 1, 1, false,
         tcp_header},
        {"__get_skb_udphdr", "__get_skb_udphdr(skb)", "where its UDP header is; knowhy's own", 1, 1,
         false, udp_header},
    };
    for (const FieldOf& row : kFields)
        all.push_back({row.function, row.form, row.what, 1, 1, false, field_function});
    for (const Names& row : kNames)
        all.push_back({row.function, row.form, row.what, 1, 1, false, name_of_number});
    return all;
}

}  // namespace knowhy::lang

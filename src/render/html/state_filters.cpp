#include <fmt/format.h>
#include <fmt/ranges.h>

#include "render/html/markup.h"
#include "render/html/state.h"

namespace knowhy::render {
namespace {

constexpr uint32_t kRoot = 0xffffffff;     // TC_H_ROOT
constexpr uint32_t kIngress = 0xfffffff1;  // TC_H_INGRESS

std::string chains(const model::NetnsState& state) {
    Table table("nft chains", {"chain", "table", "family", "hook", "#priority", "policy"});
    for (const model::NftChain& chain : state.nft_chains) {
        table.row({chain.name, chain.table, chain.family, chain.hook,
                   chain.base ? fmt::to_string(chain.priority) : "", chain.policy});
    }
    return table.take();
}

std::string nft_rules(const model::NetnsState& state) {
    Table table("nft rules",
                {"chain", "table", "family", "#handle", "rule", "verdict", "#packets"});
    for (const model::NftRule& rule : state.nft_rules) {
        table.row({rule.chain, rule.table, rule.family, fmt::to_string(rule.handle), rule.text,
                   rule.verdict, rule.packets ? fmt::to_string(*rule.packets) : ""});
    }
    return table.take();
}

// "1:", "1:10".
std::string handle(uint32_t number) {
    const uint32_t minor = number & 0xffffU;
    return minor == 0 ? fmt::format("{:x}:", number >> 16U)
                      : fmt::format("{:x}:{:x}", number >> 16U, minor);
}

std::string parent(uint32_t number) {
    if (number == kRoot) return "root";
    return number == kIngress ? "ingress" : handle(number);
}

std::string qdiscs(const model::NetnsState& state) {
    Table table("qdiscs", {"device", "kind", "handle", "parent", "#limit", "#drops", "#overlimits",
                           "#packets waiting", "#bytes waiting"});
    for (const model::Qdisc& qdisc : state.qdiscs) {
        table.row({device_name(state, qdisc.ifindex), qdisc.kind, handle(qdisc.handle),
                   parent(qdisc.parent), qdisc.limit ? fmt::to_string(*qdisc.limit) : "",
                   fmt::to_string(qdisc.drops), fmt::to_string(qdisc.overlimits),
                   fmt::to_string(qdisc.qlen), fmt::to_string(qdisc.backlog)});
    }
    return table.take();
}

std::string tc_filters(const model::NetnsState& state) {
    Table table("tc filters", {"device", "where", "kind", "#preference", "actions", "#drops"});
    for (const model::TcFilter& filter : state.tc_filters) {
        table.row({device_name(state, filter.ifindex), filter.where, filter.kind,
                   fmt::to_string(filter.preference),
                   fmt::to_string(fmt::join(filter.actions, ", ")),
                   fmt::to_string(filter.action_drops)});
    }
    return table.take();
}

std::string sysctls(const model::NetnsState& state) {
    Table table("sysctls", {"name", "value"});
    for (const auto& [name, value] : state.sysctls) {
        table.row({name, value.value_or("(this kernel has none of that name)")});
    }
    return table.take();
}

std::string handlers(const model::NetnsState& state) {
    Table table("protocol handlers", {"function", "protocol", "device"});
    for (const model::PacketHandler& handler : state.packet_handlers) {
        table.row({handler.function, handler.protocol,
                   handler.device.empty() ? "every" : handler.device});
    }
    return table.take();
}

}  // namespace

std::string filters_html(const model::NetnsState& state) {
    return chains(state) + nft_rules(state) + qdiscs(state) + tc_filters(state) + sysctls(state) +
           handlers(state);
}

}  // namespace knowhy::render

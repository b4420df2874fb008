// add_nft_drop(): one nftables transaction, put together with libnftnl.
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <memory>

#include "host/netlink.h"
#include "host/netns_setup.h"

namespace knowhy::host {
namespace {

constexpr uint16_t kNew = NLM_F_CREATE | NLM_F_ACK;

// The messages between a batch's begin and end, in one buffer.
class Transaction {
  public:
    Transaction() : batch_(mnl_nlmsg_batch_start(buffer_.data(), buffer_.size()), Stop{}) {
        nftnl_batch_begin(here(), sequence_++);
        mnl_nlmsg_batch_next(batch_.get());
    }
    nlmsghdr* begin(uint16_t type, uint16_t flags) {
        return nftnl_nlmsg_build_hdr(here(), type, NFPROTO_INET, flags, sequence_++);
    }
    void next() { mnl_nlmsg_batch_next(batch_.get()); }
    std::span<const uint8_t> finish() {
        nftnl_batch_end(here(), sequence_++);
        mnl_nlmsg_batch_next(batch_.get());
        return std::span(buffer_).first(mnl_nlmsg_batch_size(batch_.get()));
    }

  private:
    char* here() { return static_cast<char*>(mnl_nlmsg_batch_current(batch_.get())); }

    struct Stop {
        void operator()(mnl_nlmsg_batch* batch) const { mnl_nlmsg_batch_stop(batch); }
    };
    std::array<uint8_t, 8192> buffer_{};  // three small messages; libmnl never has to start another
    std::unique_ptr<mnl_nlmsg_batch, Stop> batch_;
    uint32_t sequence_ = 1;
};

using Table = std::unique_ptr<nftnl_table, decltype(&nftnl_table_free)>;
using Chain = std::unique_ptr<nftnl_chain, decltype(&nftnl_chain_free)>;
using Rule = std::unique_ptr<nftnl_rule, decltype(&nftnl_rule_free)>;

void add_table(Transaction& batch, const NftDrop& drop) {
    const Table table(nftnl_table_alloc(), nftnl_table_free);
    nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, drop.table.c_str());
    nftnl_table_nlmsg_build_payload(batch.begin(NFT_MSG_NEWTABLE, kNew), table.get());
    batch.next();
}

void add_chain(Transaction& batch, const NftDrop& drop) {
    const Chain chain(nftnl_chain_alloc(), nftnl_chain_free);
    nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, drop.table.c_str());
    nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, drop.chain.c_str());
    nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, "filter");
    nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, NF_INET_LOCAL_IN);
    nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, 0);
    nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
    nftnl_chain_nlmsg_build_payload(batch.begin(NFT_MSG_NEWCHAIN, kNew), chain.get());
    batch.next();
}

// Register 1 holds something by now: is it `value`?
template <typename Number>
void add_equals(nftnl_rule* rule, Number value) {
    nftnl_expr* compare = nftnl_expr_alloc("cmp");
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
    nftnl_expr_set(compare, NFTNL_EXPR_CMP_DATA, &value, sizeof value);
    nftnl_rule_add_expr(rule, compare);
}

void add_matches(nftnl_rule* rule, const NftDrop& drop) {
    nftnl_expr* meta = nftnl_expr_alloc("meta");
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, NFT_REG_1);
    nftnl_rule_add_expr(rule, meta);
    add_equals(rule, drop.protocol);

    nftnl_expr* port = nftnl_expr_alloc("payload");
    nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
    nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_OFFSET, 2);  // the destination's, in TCP and UDP
    nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_LEN, sizeof(uint16_t));
    nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    nftnl_rule_add_expr(rule, port);
    add_equals(rule, htons(drop.port));
}

void add_rule(Transaction& batch, const NftDrop& drop) {
    const Rule rule(nftnl_rule_alloc(), nftnl_rule_free);
    nftnl_rule_set_u32(rule.get(), NFTNL_RULE_FAMILY, NFPROTO_INET);
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, drop.table.c_str());
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, drop.chain.c_str());
    add_matches(rule.get(), drop);
    nftnl_rule_add_expr(rule.get(), nftnl_expr_alloc("counter"));
    nftnl_expr* verdict = nftnl_expr_alloc("immediate");
    nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_VERDICT, NF_DROP);
    nftnl_rule_add_expr(rule.get(), verdict);
    nftnl_rule_nlmsg_build_payload(batch.begin(NFT_MSG_NEWRULE, kNew | NLM_F_APPEND), rule.get());
    batch.next();
}

}  // namespace

Status add_nft_drop(int netns_fd, const NftDrop& drop) {
    Transaction batch;
    add_table(batch, drop);
    add_chain(batch, drop);
    add_rule(batch, drop);
    const auto messages = batch.finish();
    return in_netns(netns_fd, [&]() -> Status {
        KW_TRY(NetlinkSocket socket, NetlinkSocket::open(NETLINK_NETFILTER));
        auto done = socket.request_batch(messages);
        if (!done) return tl::unexpected(done.error().in("adding an nft rule"));
        return {};
    });
}

}  // namespace knowhy::host

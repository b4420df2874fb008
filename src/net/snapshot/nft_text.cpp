// A rule is a row of expressions that load registers and compare them. Walking it in order, with
// what each register holds, gives back what a person wrote.
#include "net/snapshot/nft_text.h"

#include <fmt/format.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <map>
#include <memory>

#include "base/named.h"
#include "net/snapshot/nft_fields.h"

namespace knowhy::net {
namespace {

constexpr Named<int> kVerdicts[] = {
    {NF_DROP, "drop"},   {NF_ACCEPT, "accept"},      {NF_STOLEN, "stolen"},
    {NF_QUEUE, "queue"}, {NFT_CONTINUE, "continue"}, {NFT_BREAK, "break"},
    {NFT_JUMP, "jump"},  {NFT_GOTO, "goto"},         {NFT_RETURN, "return"},
};
constexpr Named<uint32_t> kComparisons[] = {
    {NFT_CMP_EQ, ""},     {NFT_CMP_NEQ, "!= "}, {NFT_CMP_LT, "< "},
    {NFT_CMP_LTE, "<= "}, {NFT_CMP_GT, "> "},   {NFT_CMP_GTE, ">= "},
};
constexpr Named<uint64_t> kUnits[] = {
    {1, "second"}, {60, "minute"}, {3600, "hour"}, {86400, "day"}, {604800, "week"}};

// What a register holds.
struct Operand {
    NftField field;
    std::vector<uint8_t> mask;   // after a bitwise and
    std::vector<uint8_t> value;  // an immediate's
    bool compared = false;
};

class RuleText {
  public:
    explicit RuleText(model::NftRule& rule) : rule_(rule) {
        if (rule.family == "ip") protocols_.network = 4;
        if (rule.family == "ip6") protocols_.network = 6;
    }
    void add(const nftnl_expr* expression);
    [[nodiscard]] std::string text() const;

  private:
    using Reader = void (RuleText::*)(const nftnl_expr*);

    void payload(const nftnl_expr* expression);
    void meta(const nftnl_expr* expression);
    void ct(const nftnl_expr* expression);
    void bitwise(const nftnl_expr* expression);
    void byteorder(const nftnl_expr* expression);
    void compare(const nftnl_expr* expression);
    void range(const nftnl_expr* expression);
    void lookup(const nftnl_expr* expression);
    void immediate(const nftnl_expr* expression);
    void counter(const nftnl_expr* expression);
    void limit(const nftnl_expr* expression);
    void reject(const nftnl_expr* expression);
    void match(const nftnl_expr* expression);
    void target(const nftnl_expr* expression);

    void load(uint32_t to, NftField field);
    void say(std::string words) { words_.push_back(std::move(words)); }
    void learn(const NftField& field, std::span<const uint8_t> value);
    void forget_guard(std::optional<size_t>& guard);
    std::string masked_comparison(const Operand& operand, uint32_t comparison,
                                  std::span<const uint8_t> value) const;

    model::NftRule& rule_;
    NftProtocols protocols_;
    std::map<uint32_t, Operand> registers_;
    std::vector<std::string> words_;
    // The words that only said which protocol follows: "udp dport" says it again.
    std::optional<size_t> network_guard_, upper_guard_;
};

uint32_t u32(const nftnl_expr* expression, uint16_t attribute) {
    return nftnl_expr_get_u32(expression, attribute);
}

std::string text_at(const nftnl_expr* expression, uint16_t attribute) {
    const char* text = nftnl_expr_get_str(expression, attribute);
    return text != nullptr ? text : "";
}

std::span<const uint8_t> bytes_at(const nftnl_expr* expression, uint16_t attribute) {
    uint32_t length = 0;
    const void* bytes = nftnl_expr_get(expression, attribute, &length);
    return {static_cast<const uint8_t*>(bytes), bytes != nullptr ? length : 0};
}

std::vector<uint8_t> copy_at(const nftnl_expr* expression, uint16_t attribute) {
    const auto bytes = bytes_at(expression, attribute);
    return {bytes.begin(), bytes.end()};
}

void RuleText::forget_guard(std::optional<size_t>& guard) {
    if (guard) words_[*guard].clear();
    guard.reset();
}

void RuleText::load(uint32_t to, NftField field) {
    registers_[to] = Operand{std::move(field), {}, {}, false};
}

void RuleText::payload(const nftnl_expr* expression) {
    const uint32_t base = u32(expression, NFTNL_EXPR_PAYLOAD_BASE);
    NftField field = nft_payload_field(base, u32(expression, NFTNL_EXPR_PAYLOAD_OFFSET),
                                       u32(expression, NFTNL_EXPR_PAYLOAD_LEN), protocols_);
    if (nftnl_expr_is_set(expression, NFTNL_EXPR_PAYLOAD_SREG)) return say(field.text + " set");
    const bool named = field.text.front() != '@';
    const bool upper_named = named && !field.text.starts_with("th ");
    if (base == NFT_PAYLOAD_TRANSPORT_HEADER && upper_named) forget_guard(upper_guard_);
    const bool names_family = field.text.starts_with("icmp");  // ICMP is IPv4's, ICMPv6 IPv6's
    if (named && (base == NFT_PAYLOAD_NETWORK_HEADER || names_family)) forget_guard(network_guard_);
    load(u32(expression, NFTNL_EXPR_PAYLOAD_DREG), std::move(field));
}

void RuleText::meta(const nftnl_expr* expression) {
    const NftField field = nft_meta_field(u32(expression, NFTNL_EXPR_META_KEY));
    if (!nftnl_expr_is_set(expression, NFTNL_EXPR_META_SREG))
        return load(u32(expression, NFTNL_EXPR_META_DREG), field);
    const auto& value = registers_[u32(expression, NFTNL_EXPR_META_SREG)].value;
    say(fmt::format("{} set{}", field.text, value.empty() ? "" : " " + nft_value(field, value)));
}

void RuleText::ct(const nftnl_expr* expression) {
    const NftField field = nft_ct_field(u32(expression, NFTNL_EXPR_CT_KEY));
    if (nftnl_expr_is_set(expression, NFTNL_EXPR_CT_SREG)) return say(field.text + " set");
    load(u32(expression, NFTNL_EXPR_CT_DREG), field);
}

void RuleText::bitwise(const nftnl_expr* expression) {
    Operand operand = registers_[u32(expression, NFTNL_EXPR_BITWISE_SREG)];
    operand.mask = copy_at(expression, NFTNL_EXPR_BITWISE_MASK);
    registers_[u32(expression, NFTNL_EXPR_BITWISE_DREG)] = std::move(operand);
}

void RuleText::byteorder(const nftnl_expr* expression) {
    Operand operand = registers_[u32(expression, NFTNL_EXPR_BYTEORDER_SREG)];
    operand.field.network_order = u32(expression, NFTNL_EXPR_BYTEORDER_OP) == NFT_BYTEORDER_HTON;
    registers_[u32(expression, NFTNL_EXPR_BYTEORDER_DREG)] = std::move(operand);
}

// A comparison that pins down a protocol tells how the next payload is to be read.
void RuleText::learn(const NftField& field, std::span<const uint8_t> value) {
    const uint64_t number = nft_number(value, field.network_order);
    if (field.shape == NftShape::Protocol) {
        protocols_.upper = static_cast<uint8_t>(number);
        upper_guard_ = words_.size() - 1;
    }
    const std::string name = nft_value(field, value);
    if (field.shape != NftShape::Family && field.shape != NftShape::Ethertype) return;
    if (name == "ipv4" || name == "ip") protocols_.network = 4;
    if (name == "ipv6" || name == "ip6") protocols_.network = 6;
    network_guard_ = words_.size() - 1;
}

std::string RuleText::masked_comparison(const Operand& operand, uint32_t comparison,
                                        std::span<const uint8_t> value) const {
    const NftField& field = operand.field;
    const auto op = name_in(kComparisons, comparison);
    if (field.shape == NftShape::Address && value.size() == operand.mask.size() &&
        (value.size() == 4 || value.size() == 16))
        return fmt::format("{} {}{}", field.text, op, nft_masked_address(value, operand.mask));
    const bool against_zero = nft_number(value, field.network_order) == 0;
    // "Is any of these bits set?" is how a list of states is asked.
    if (field.shape == NftShape::CtState && against_zero)
        return fmt::format("{} {}{}", field.text, comparison == NFT_CMP_EQ ? "!= " : "",
                           nft_value(field, operand.mask));
    return fmt::format("{} & {} {} {}", field.text, nft_value(field, operand.mask),
                       comparison == NFT_CMP_EQ ? "==" : op.substr(0, op.find(' ')),
                       against_zero ? "0" : nft_value(field, value));
}

void RuleText::compare(const nftnl_expr* expression) {
    Operand& operand = registers_[u32(expression, NFTNL_EXPR_CMP_SREG)];
    const uint32_t comparison = u32(expression, NFTNL_EXPR_CMP_OP);
    const auto value = bytes_at(expression, NFTNL_EXPR_CMP_DATA);
    operand.compared = true;
    if (!operand.mask.empty()) return say(masked_comparison(operand, comparison, value));
    say(fmt::format("{} {}{}", operand.field.text, name_in(kComparisons, comparison),
                    nft_value(operand.field, value)));
    if (comparison == NFT_CMP_EQ) learn(operand.field, value);
}

void RuleText::range(const nftnl_expr* expression) {
    Operand& operand = registers_[u32(expression, NFTNL_EXPR_RANGE_SREG)];
    operand.compared = true;
    const bool outside = u32(expression, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ;
    say(fmt::format("{} {}{}-{}", operand.field.text, outside ? "!= " : "",
                    nft_value(operand.field, bytes_at(expression, NFTNL_EXPR_RANGE_FROM_DATA)),
                    nft_value(operand.field, bytes_at(expression, NFTNL_EXPR_RANGE_TO_DATA))));
}

// A key of several fields was loaded into neighbouring registers, in order.
void RuleText::lookup(const nftnl_expr* expression) {
    std::string key;
    for (auto& [number, operand] : registers_) {
        if (operand.compared || operand.field.text.empty()) continue;
        key += (key.empty() ? "" : " . ") + operand.field.text;
        operand.compared = true;
    }
    const bool maps = nftnl_expr_is_set(expression, NFTNL_EXPR_LOOKUP_DREG);
    const bool to_verdict = maps && u32(expression, NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT;
    const uint32_t flags = u32(expression, NFTNL_EXPR_LOOKUP_FLAGS);
    const char* how = "";
    if (maps) how = to_verdict ? "vmap " : "map ";
    if ((flags & NFT_LOOKUP_F_INV) != 0) how = "!= ";
    say(fmt::format("{} {}@{}", key, how, text_at(expression, NFTNL_EXPR_LOOKUP_SET)));
    if (to_verdict) rule_.verdict = "vmap";
}

void RuleText::immediate(const nftnl_expr* expression) {
    if (!nftnl_expr_is_set(expression, NFTNL_EXPR_IMM_VERDICT)) {
        auto& operand = registers_[u32(expression, NFTNL_EXPR_IMM_DREG)];
        operand = Operand{{}, {}, copy_at(expression, NFTNL_EXPR_IMM_DATA), true};
        return;
    }
    const auto verdict = static_cast<int>(u32(expression, NFTNL_EXPR_IMM_VERDICT));
    rule_.verdict = name_or_number(kVerdicts, verdict);
    const std::string chain = text_at(expression, NFTNL_EXPR_IMM_CHAIN);
    say(chain.empty() ? rule_.verdict : rule_.verdict + " " + chain);
}

void RuleText::counter(const nftnl_expr* expression) {
    rule_.packets = nftnl_expr_get_u64(expression, NFTNL_EXPR_CTR_PACKETS);
    say("counter");
}

void RuleText::limit(const nftnl_expr* expression) {
    const bool over = (u32(expression, NFTNL_EXPR_LIMIT_FLAGS) & NFT_LIMIT_F_INV) != 0;
    const bool bytes = u32(expression, NFTNL_EXPR_LIMIT_TYPE) == NFT_LIMIT_PKT_BYTES;
    say(fmt::format("limit rate {}{}{}/{}", over ? "over " : "",
                    nftnl_expr_get_u64(expression, NFTNL_EXPR_LIMIT_RATE), bytes ? " bytes" : "",
                    name_or_number(kUnits, nftnl_expr_get_u64(expression, NFTNL_EXPR_LIMIT_UNIT))));
}

void RuleText::reject(const nftnl_expr* /*expression*/) {
    rule_.verdict = "reject";
    say("reject");
}

void RuleText::match(const nftnl_expr* expression) {
    say("xt match " + text_at(expression, NFTNL_EXPR_MT_NAME));
}

void RuleText::target(const nftnl_expr* expression) {
    const std::string name = text_at(expression, NFTNL_EXPR_TG_NAME);
    if (name == "REJECT") rule_.verdict = "reject";
    say("xt target " + name);
}

void RuleText::add(const nftnl_expr* expression) {
    struct Kind {
        std::string_view name;
        Reader reader;
    };
    static constexpr Kind kKinds[] = {
        {"payload", &RuleText::payload},
        {"meta", &RuleText::meta},
        {"ct", &RuleText::ct},
        {"bitwise", &RuleText::bitwise},
        {"byteorder", &RuleText::byteorder},
        {"cmp", &RuleText::compare},
        {"range", &RuleText::range},
        {"lookup", &RuleText::lookup},
        {"immediate", &RuleText::immediate},
        {"counter", &RuleText::counter},
        {"limit", &RuleText::limit},
        {"reject", &RuleText::reject},
        {"match", &RuleText::match},
        {"target", &RuleText::target},
    };
    const std::string name = text_at(expression, NFTNL_EXPR_NAME);
    for (const auto& [known, reader] : kKinds) {
        if (name == known) return (this->*reader)(expression);
    }
    say(name);
}

std::string RuleText::text() const {
    std::string text;
    for (const std::string& word : words_) {
        if (word.empty()) continue;
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

std::string comment_of(const nftnl_rule* rule) {
    uint32_t length = 0;
    const void* data = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &length);
    std::string comment;
    if (data == nullptr) return comment;
    const auto visit = [](const nftnl_udata* entry, void* to) {
        if (nftnl_udata_type(entry) != NFTNL_UDATA_RULE_COMMENT) return 0;
        const auto* text = static_cast<const char*>(nftnl_udata_get(entry));
        static_cast<std::string*>(to)->assign(text, strnlen(text, nftnl_udata_len(entry)));
        return 0;
    };
    nftnl_udata_parse(data, length, visit, &comment);
    return comment;
}

}  // namespace

void describe(nftnl_rule* from, model::NftRule& rule) {
    RuleText words(rule);
    const std::unique_ptr<nftnl_expr_iter, decltype(&nftnl_expr_iter_destroy)> expressions(
        nftnl_expr_iter_create(from), nftnl_expr_iter_destroy);
    while (const nftnl_expr* expression = nftnl_expr_iter_next(expressions.get()))
        words.add(expression);
    rule.text = words.text();
    const std::string comment = comment_of(from);
    if (!comment.empty()) rule.text += fmt::format(" comment \"{}\"", comment);
}

}  // namespace knowhy::net

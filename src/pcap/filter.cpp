#include "pcap/filter.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "pcap/cbpf.h"

namespace knowhy::pcap {
namespace {

// libpcap's parser recurses, its code generator takes time with the square of the program's length
// and its optimizer with the cube: 12,000 instructions before optimization take it 4 s.
constexpr size_t kMaxExpression = 16384;
constexpr size_t kMaxTerms = 256;
constexpr u_int kMaxUnoptimized = 12000;
constexpr int kSnaplen = 262144;  // what a match returns; any number but 0

std::string shortened(const std::string& expression) {
    constexpr size_t kShown = 60;
    if (expression.size() <= kShown) return escaped(expression);
    return escaped(expression.substr(0, kShown)) + "...";
}

Error about(const std::string& expression, std::string_view what) {
    return {ErrorKind::Usage, fmt::format("filter '{}': {}", shortened(expression), what)};
}

// A copy, and by hand: templates over libpcap's bpf_insn would clash with eBPF's (see cbpf.h).
std::vector<sock_filter> taken(bpf_program& program) {
    std::vector<sock_filter> cbpf(program.bf_len);
    for (u_int i = 0; i < program.bf_len; ++i) {
        const auto& insn = program.bf_insns[i];
        cbpf[i] = {insn.code, insn.jt, insn.jf, insn.k};
    }
    pcap_freecode(&program);
    return cbpf;
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Words, the signs || and &&, and other characters one by one; no spaces.
std::vector<std::string_view> tokens_of(std::string_view expression) {
    std::vector<std::string_view> tokens;
    while (!expression.empty()) {
        size_t size = std::ranges::find_if_not(expression, is_word) - expression.begin();
        if (size == 0) size = expression.starts_with("||") || expression.starts_with("&&") ? 2 : 1;
        const std::string_view token = expression.substr(0, size);
        if (std::isspace(static_cast<unsigned char>(token[0])) == 0) tokens.push_back(token);
        expression.remove_prefix(size);
    }
    return tokens;
}

size_t count_terms(std::string_view expression) {
    const auto joins = [](std::string_view token) {
        return token == "or" || token == "and" || token == "||" || token == "&&";
    };
    return 1 + std::ranges::count_if(tokens_of(expression), joins);
}

// "ether[...]" or one of its other names. Of a packet without a MAC header libpcap would read the
// IP header instead, which is not what was asked.
bool reads_link_layer(std::string_view expression) {
    static constexpr std::array<std::string_view, 7> kNames = {"ether", "link", "ppp", "slip",
                                                               "fddi",  "tr",   "wlan"};
    const auto tokens = tokens_of(expression);
    for (size_t i = 1; i < tokens.size(); ++i)
        if (tokens[i] == "[" && std::ranges::find(kNames, tokens[i - 1]) != kNames.end())
            return true;
    return false;
}

class Compiler {
  public:
    Compiler(const std::string& expression, Link link)
        : expression_(expression),
          handle_(pcap_open_dead(link == Link::Ethernet ? DLT_EN10MB : DLT_RAW, kSnaplen),
                  &pcap_close) {}

    Result<std::vector<sock_filter>> run() {
        if (!handle_) return refuse("out of memory");
        if (expression_.size() > kMaxExpression)
            return refuse(fmt::format("longer than {} bytes", kMaxExpression));
        if (expression_.find('\0') != std::string::npos) return refuse("contains a zero byte");
        if (const size_t terms = count_terms(expression_); terms > kMaxTerms)
            return refuse(fmt::format("{} terms, {} is the limit", terms, kMaxTerms));
        KW_TRY(const auto unoptimized, compiled(false));
        if (unoptimized.size() > kMaxUnoptimized)
            return refuse(
                fmt::format("too large: {} instructions before optimization, {} is the limit",
                            unoptimized.size(), kMaxUnoptimized));
        return compiled(true);
    }

  private:
    Result<std::vector<sock_filter>> compiled(bool optimize) {
        bpf_program program{};
        if (pcap_compile(handle_.get(), &program, expression_.c_str(), optimize ? 1 : 0,
                         PCAP_NETMASK_UNKNOWN) != 0)
            return refuse(pcap_geterr(handle_.get()));
        return taken(program);
    }

    [[nodiscard]] tl::unexpected<Error> refuse(std::string_view what) const {
        return tl::unexpected(about(expression_, what));
    }

    const std::string& expression_;
    std::unique_ptr<pcap_t, decltype(&pcap_close)> handle_;
};

Result<ir::Function> to_ir(const std::string& expression, const std::vector<sock_filter>& cbpf) {
    auto program = from_cbpf(cbpf);
    if (!program) return tl::unexpected(about(expression, program.error().message));
    return program;
}

ir::Function never() {
    ir::Function program;
    program.add_block({{}, ir::Return{ir::Constant{ir::kNoMatch}}});
    return program;
}

}  // namespace

Result<ir::Function> compile(const std::string& expression, Link link) {
    KW_TRY(const auto cbpf, Compiler(expression, link).run());
    return to_ir(expression, cbpf);
}

Result<PacketFilter> compile_both(const std::string& expression) {
    PacketFilter filter;
    KW_TRY(filter.ethernet, compile(expression, Link::Ethernet));
    const auto without_mac = [&](std::string_view why) {
        filter.raw_ip = never();
        filter.needs_mac = why;
        return filter;
    };
    if (reads_link_layer(expression))
        return without_mac(about(expression, "reads the link layer's bytes").message);
    const auto cbpf = Compiler(expression, Link::RawIp).run();
    if (!cbpf) return without_mac(cbpf.error().message);
    KW_TRY(filter.raw_ip, to_ir(expression, *cbpf));
    return filter;
}

}  // namespace knowhy::pcap

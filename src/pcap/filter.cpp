#include "pcap/filter.h"

#include <pcap/pcap.h>

#include <memory>
#include <vector>

#include "base/text.h"
#include "pcap/cbpf.h"

namespace knowhy::pcap {
namespace {

// libpcap's parser and optimizer recurse and copy; within this length they stay small and quick.
// A list of several hundred hosts fits.
constexpr size_t kMaxExpression = 16384;
constexpr int kSnaplen = 262144;  // what a match returns; any number but 0

using Handle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

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

Result<std::vector<sock_filter>> to_cbpf(const std::string& expression, Link link) {
    const auto refuse = [&](std::string_view what) {
        return tl::unexpected(about(expression, what));
    };
    if (expression.size() > kMaxExpression)
        return refuse(fmt::format("longer than {} bytes", kMaxExpression));
    if (expression.find('\0') != std::string::npos) return refuse("contains a zero byte");
    const int dlt = link == Link::Ethernet ? DLT_EN10MB : DLT_RAW;
    const Handle handle(pcap_open_dead(dlt, kSnaplen), &pcap_close);
    if (!handle) return refuse("out of memory");
    bpf_program program{};
    if (pcap_compile(handle.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
        return refuse(pcap_geterr(handle.get()));
    return taken(program);
}

Result<ir::Program> to_ir(const std::string& expression, const std::vector<sock_filter>& cbpf) {
    auto program = from_cbpf(cbpf);
    if (!program) return tl::unexpected(about(expression, program.error().message));
    return program;
}

ir::Program never() {
    ir::Program program;
    program.add_block({{}, ir::Return{ir::Constant{ir::kNoMatch}}});
    return program;
}

}  // namespace

Result<ir::Program> compile(const std::string& expression, Link link) {
    KW_TRY(const auto cbpf, to_cbpf(expression, link));
    return to_ir(expression, cbpf);
}

Result<PacketFilter> compile_both(const std::string& expression) {
    PacketFilter filter;
    KW_TRY(filter.ethernet, compile(expression, Link::Ethernet));
    const auto cbpf = to_cbpf(expression, Link::RawIp);
    if (!cbpf) {
        filter.raw_ip = never();
        filter.needs_mac = cbpf.error().message;
        return filter;
    }
    KW_TRY(filter.raw_ip, to_ir(expression, *cbpf));
    return filter;
}

}  // namespace knowhy::pcap

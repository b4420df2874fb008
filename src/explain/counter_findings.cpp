#include "explain/counter_findings.h"

#include <fmt/format.h>

#include "base/text.h"
#include "explain/accounts.h"
#include "explain/cause.h"
#include "explain/identity.h"

namespace knowhy::explain {
namespace {

using model::Finding;

constexpr uint8_t kTcp = 6;         // IPPROTO_TCP
constexpr uint8_t kListening = 10;  // TCP_LISTEN

// A silent refusal, and the counter that is its only trace.
struct SilentLoss {
    std::string cause;
    std::string counter;
    std::string what;
};

const std::vector<SilentLoss>& silent_losses() {
    static const std::vector<SilentLoss> losses = {
        {"listen-queue", "netstat.TcpExt.ListenOverflows",
         "refused because the accept queue of a listening socket was full"},
        {"syn-backlog", "netstat.TcpExt.TCPReqQFullDrop",
         "refused because the SYN backlog of a listening socket was full"},
    };
    return losses;
}

// Listeners whose accept queue is over its limit: who is to blame, when it still shows.
void name_full_listeners(const model::NetnsState& state, Finding& finding) {
    for (const model::Listener& listener : state.listeners) {
        const bool full = listener.protocol == kTcp && listener.state == kListening &&
                          listener.receive_queue > listener.send_queue;
        if (!full) continue;
        finding.evidence.push_back(
            {Evidence::Kind::Memory, fmt::format("listener :{}", listener.port),
             fmt::format("{} waiting, limit {}", listener.receive_queue, listener.send_queue), "",
             Evidence::Read::Snapshot});
    }
}

Finding silent_finding(const SilentLoss& loss, const model::NetnsState& state, int64_t missing) {
    Finding finding;
    finding.cause = loss.cause;
    finding.certainty = Certainty::Certain;
    finding.verdict = Verdict::Lost;
    finding.count = static_cast<uint64_t>(missing);
    finding.netns = state.inum;
    finding.netns_name = state.name;
    finding.sentence = fmt::format(
        "{} {}",
        knowhy::counted(finding.count, "connection request was", "connection requests were"),
        loss.what);
    finding.evidence.push_back({Evidence::Kind::Counter, loss.counter,
                                fmt::format("{:+}", state.delta(loss.counter).value_or(0)), "",
                                Evidence::Read::Now});
    if (loss.cause == "listen-queue") name_full_listeners(state, finding);
    finding.id = finding_id(finding, "");
    return finding;
}

}  // namespace

std::vector<Finding> counter_findings(const model::Observation& observation,
                                      const std::vector<Finding>& findings) {
    std::vector<Finding> found;
    for (const auto& [inum, state] : observation.host.namespaces) {
        // Counters know no filter: with one, they say nothing about the packets asked for.
        if (!observation.saw_all_of(inum)) continue;
        for (const SilentLoss& loss : silent_losses()) {
            std::string device;
            const Account* account = account_of(loss.counter, device);
            const auto known = static_cast<int64_t>(covered(*account, findings, inum, ""));
            const int64_t missing = state.delta(loss.counter).value_or(0) - known;
            if (missing > 0) found.push_back(silent_finding(loss, state, missing));
        }
    }
    return found;
}

}  // namespace knowhy::explain

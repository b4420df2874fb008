#include "explain/compare/paths.h"

#include <algorithm>
#include <array>
#include <map>

#include "explain/compare/call_values.h"
#include "model/drop.h"

namespace knowhy::explain {
namespace {

using model::Trace;
using model::TracedCall;

constexpr const char* kNoHeaders = "packets whose headers were not seen";
constexpr const char* kNoObject = "calls about no object that can be told";

constexpr std::array<std::string_view, 8> kFrees = {"kfree_skb",
                                                    "kfree_skb_reason",
                                                    "__kfree_skb",
                                                    "consume_skb",
                                                    "kfree_skbmem",
                                                    "napi_consume_skb",
                                                    "__consume_stateless_skb",
                                                    "kfree_skb_list_reason"};

// An idle CPU's thread is 0 on every CPU.
uint64_t thread_of(const TracedCall& call) {
    return call.pid != 0 ? call.pid : uint64_t{1} << 32U | call.cpu;
}

// Where a call was put.
struct Spot {
    size_t path = 0;
    size_t node = 0;
};

struct Open {
    uint32_t function = 0;
    Spot spot;
};

// A packet by its address, as long as it lives there.
struct Packet {
    size_t path = 0;
    std::optional<Flow> flow;
    std::string first_function;
    uint32_t open = 0;  // calls with it that have not returned
    bool freed = false;
};

class Sorter {
  public:
    Sorter(const Trace& trace, const std::set<std::string>& functions, const Decode& decode)
        : decode_(decode) {
        for (const model::TracedFunction& function : trace.functions) {
            std::string name = model::without_clone_suffix(function.name);
            wanted_.push_back(functions.contains(name));
            names_.push_back(std::move(name));
        }
        returns_.resize(names_.size());
        for (const TracedCall& call : trace.calls)
            if (call.kind == TracedCall::Kind::Returned && call.function < returns_.size())
                returns_[call.function] = true;
    }

    std::vector<CallPath> sort(const Trace& trace) {
        for (const TracedCall& call : trace.calls) {
            if (call.function >= names_.size() || !wanted_[call.function]) continue;
            if (call.kind == TracedCall::Kind::Entered)
                enter(call);
            else
                leave(call);
        }
        for (CallPath& path : paths_)
            if (path.is_packet && path.subject.empty()) path.subject = kNoHeaders;
        return std::move(paths_);
    }

  private:
    void enter(const TracedCall& call) {
        auto& stack = threads_[thread_of(call)];
        const Open* around = stack.empty() ? nullptr : &stack.back();
        const size_t path = call.skb != 0 ? packet_path(call, around) : other_path(call, around);
        const size_t node = add_node(path, call, stack);
        if (call.skb != 0 && is_free(call)) packets_[call.skb].freed = true;
        if (!returns_[call.function]) return;
        stack.push_back({call.function, {path, node}});
        if (call.skb != 0) ++packets_[call.skb].open;
    }

    void leave(const TracedCall& call) {
        auto& stack = threads_[thread_of(call)];
        const auto open = std::find_if(stack.rbegin(), stack.rend(), [&](const Open& each) {
            return each.function == call.function;
        });
        if (open == stack.rend()) return;  // it was entered before the recording began
        CallNode& node = paths_[open->spot.path].nodes[open->spot.node];
        node.returned = &call;
        // Calls above it whose returns were missed have ended too.
        for (auto each = stack.rbegin(); each <= open; ++each) close(*each);
        stack.erase(std::next(open).base(), stack.end());
    }

    void close(const Open& open) {
        const uint64_t skb = paths_[open.spot.path].nodes[open.spot.node].entered->skb;
        const auto packet = packets_.find(skb);
        if (packet != packets_.end() && packet->second.open > 0) --packet->second.open;
    }

    [[nodiscard]] bool is_free(const TracedCall& call) const {
        return std::find(kFrees.begin(), kFrees.end(), names_[call.function]) != kFrees.end();
    }

    // An address that is used again is another packet.
    bool is_another(const Packet& packet, const TracedCall& call, const std::optional<Flow>& flow,
                    bool outermost) const {
        if (packet.open > 0) return false;
        if (packet.freed) return true;
        if (flow && packet.flow &&
            (flow->name != packet.flow->name || flow->instance != packet.flow->instance))
            return true;
        return outermost && names_[call.function] == packet.first_function;
    }

    size_t packet_path(const TracedCall& call, const Open* around) {
        std::optional<Flow> flow;
        if (call.packet && decode_) flow = flow_of(decode_(*call.packet));
        auto known = packets_.find(call.skb);
        if (known == packets_.end() || is_another(known->second, call, flow, around == nullptr)) {
            Packet packet;
            packet.path = new_path("", true);
            packet.first_function = names_[call.function];
            known = packets_.insert_or_assign(call.skb, std::move(packet)).first;
        }
        Packet& packet = known->second;
        CallPath& path = paths_[packet.path];
        if (flow && path.subject.empty()) {
            path.subject = flow->name;
            path.flow = *flow;
        }
        if (flow) packet.flow = std::move(flow);
        return packet.path;
    }

    size_t other_path(const TracedCall& call, const Open* around) {
        if (around != nullptr && paths_[around->spot.path].is_packet) return around->spot.path;
        const std::string object = object_of(call);
        if (object.empty() && around != nullptr) return around->spot.path;
        const std::string subject = object.empty() ? kNoObject : object;
        const auto known = objects_.find(subject);
        if (known != objects_.end()) return known->second;
        return objects_.emplace(subject, new_path(subject, false)).first->second;
    }

    size_t new_path(const std::string& subject, bool is_packet) {
        CallPath& path = paths_.emplace_back();
        path.subject = subject;
        path.is_packet = is_packet;
        occurrences_.emplace_back();
        return paths_.size() - 1;
    }

    size_t add_node(size_t path, const TracedCall& call, const std::vector<Open>& stack) {
        CallNode node;
        node.function = names_[call.function];
        node.entered = &call;
        node.occurrence = occurrences_[path][node.function]++;
        const auto around = std::find_if(stack.rbegin(), stack.rend(),
                                         [&](const Open& open) { return open.spot.path == path; });
        auto& nodes = paths_[path].nodes;
        if (around != stack.rend()) {
            node.parent = around->spot.node;
            node.depth = nodes[*node.parent].depth + 1;
        }
        nodes.push_back(std::move(node));
        return nodes.size() - 1;
    }

    const Decode& decode_;
    std::vector<std::string> names_;
    std::vector<bool> wanted_;
    std::vector<bool> returns_;  // returns of it were seen: it can be told when it ends
    std::map<uint64_t, std::vector<Open>> threads_;
    std::map<uint64_t, Packet> packets_;
    std::map<std::string, size_t> objects_;
    std::vector<CallPath> paths_;
    std::vector<std::map<std::string, uint32_t>> occurrences_;  // by path and function
};

}  // namespace

std::vector<CallPath> paths_of(const Trace& trace, const std::set<std::string>& functions,
                               const Decode& decode) {
    return Sorter(trace, functions, decode).sort(trace);
}

std::set<std::string> watched_functions(const Trace& trace) {
    std::set<std::string> names;
    for (const model::TracedFunction& function : trace.functions)
        if (!function.rung.empty()) names.insert(model::without_clone_suffix(function.name));
    return names;
}

}  // namespace knowhy::explain

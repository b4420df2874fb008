#include "explain/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/result.h"
#include "base/text.h"

namespace knowhy::explain {

using model::Evidence;

namespace {

constexpr int64_t kLargestErrno = 4095;  // MAX_ERRNO, include/linux/err.h

bool contains(Names names, std::string_view wanted) {
    return std::find(names.begin(), names.end(), wanted) != names.end();
}

template <typename T>
const T* address_of(const std::optional<T>& value) {
    return value ? &*value : nullptr;
}

// A counter may confirm. One that stands still says nothing: it may have been first read after the
// loss.
std::optional<Evidence> counter_evidence(const std::string& name, std::optional<int64_t> delta) {
    if (!delta || *delta <= 0) return std::nullopt;
    return Evidence{Evidence::Kind::Counter, name, fmt::format("{:+}", *delta), "",
                    Evidence::Read::Now};
}

}  // namespace

Context::Context(const model::Observation& the_observation, const model::DropGroup& the_group,
                 const model::DropSample* the_sample)
    : observation(the_observation),
      group(the_group),
      sample(the_sample),
      state(nullptr),
      counters_(the_observation.host.netns(the_group.key.netns)) {
    const uint64_t when = sample != nullptr ? sample->time_ns : group.first_ns;
    const model::StateAt look = observation.host.netns_at(group.key.netns, when);
    state = look.state;
    changing = look.changing;
    other_ = look.other;
}

std::optional<Context> Context::otherwise() const {
    if (other_ == nullptr) return std::nullopt;
    Context other = *this;
    std::swap(other.state, other.other_);
    return other;
}

bool Context::kernel_says(Names reasons) const {
    return group.reason.subsystem.empty() && contains(reasons, group.reason.name);
}

bool Context::at(Names functions) const {
    return contains(functions, group.place.function);
}

bool Context::under(Names functions) const {
    if (sample == nullptr) return false;
    return std::any_of(sample->stack.begin(), sample->stack.end(), [&](const model::Place& frame) {
        return contains(functions, frame.function);
    });
}

const model::Fact* Context::last_fact(std::string_view point, model::Fact::Kind kind) const {
    if (sample == nullptr) return nullptr;
    const auto& facts = sample->facts;
    const auto found = std::find_if(facts.rbegin(), facts.rend(), [&](const model::Fact& fact) {
        return fact.point == point && fact.kind == kind;
    });
    return found != facts.rend() ? &*found : nullptr;
}

const model::Fact* Context::before(std::string_view point) const {
    return last_fact(point, model::Fact::Kind::Before);
}

std::optional<int64_t> Context::returned_for_group(std::string_view point) const {
    if (group.point.empty() || group.point != point) return std::nullopt;
    return group.key.point_value;
}

std::optional<int64_t> Context::returned(std::string_view point) const {
    const model::Fact* fact = before(point);
    return fact != nullptr ? fact->value : returned_for_group(point);
}

const model::Fact* Context::around(std::string_view point) const {
    if (!under({point}) && !at({point})) return nullptr;
    return last_fact(point, model::Fact::Kind::Around);
}

bool Context::silent(std::string_view point) const {
    if (sample == nullptr || returned(point)) return false;
    const auto& points = observation.accounting.points;
    return std::any_of(points.begin(), points.end(), [&](const model::PointStatus& status) {
        return status.point == point && !status.rung.empty() && status.since_ns <= sample->time_ns;
    });
}

const model::Decoded* Context::packet() const {
    return sample != nullptr ? &sample->decoded : nullptr;
}

const model::Ip* Context::ip() const {
    return sample != nullptr ? address_of(sample->decoded.ip) : nullptr;
}

const model::Ip* Context::ip4() const {
    const model::Ip* header = ip();
    return header != nullptr && header->source.is_v4() ? header : nullptr;
}

const model::Ip* Context::ip6() const {
    const model::Ip* header = ip();
    return header != nullptr && header->source.is_v6() ? header : nullptr;
}

const model::Transport* Context::transport() const {
    return sample != nullptr ? address_of(sample->decoded.transport) : nullptr;
}

const model::TcpHeader* Context::tcp() const {
    return transport() != nullptr ? address_of(transport()->tcp) : nullptr;
}

const model::IcmpHeader* Context::icmp() const {
    return transport() != nullptr ? address_of(transport()->icmp) : nullptr;
}

std::optional<uint16_t> Context::vlan_id() const {
    if (sample == nullptr) return std::nullopt;
    if (sample->vlan_present) return sample->vlan_id;
    const auto& tags = sample->decoded.vlans;
    return tags.empty() ? std::nullopt : std::optional(tags.front().id);
}

std::optional<int64_t> Context::socket_field(const std::string& name) const {
    if (sample == nullptr || !sample->socket) return std::nullopt;
    return sample->socket->field(name);
}

std::string Context::device() const {
    if (!group.device.empty()) return group.device;
    return sample != nullptr ? sample->device : std::string();
}

std::string Context::device_or(std::string_view otherwise) const {
    std::string name = device();
    return name.empty() ? std::string(otherwise) : name;
}

const model::Link* Context::link() const {
    if (state == nullptr) return nullptr;
    if (group.key.ifindex != 0) return state->link(group.key.ifindex);
    return device().empty() ? nullptr : state->link(device());
}

const model::Link* Context::master() const {
    const model::Link* own = link();
    return own != nullptr && own->master != 0 ? state->link(own->master) : nullptr;
}

std::string Context::device_name(uint32_t ifindex) const {
    const model::Link* found = state != nullptr ? state->link(ifindex) : nullptr;
    return found != nullptr ? found->name : fmt::format("ifindex {}", ifindex);
}

std::string Context::here(std::string_view command) const {
    if (state == nullptr || state->name.empty()) return std::string(command);
    return fmt::format("ip netns exec {} {}", shell_word(state->name), command);
}

std::optional<Evidence> Context::return_of(std::string_view point) const {
    const auto value = returned(point);
    if (!value) return std::nullopt;
    return Evidence{Evidence::Kind::Return, std::string(point), return_text(*value), "",
                    Evidence::Read::Event};
}

std::optional<int64_t> Context::counted(const std::string& name) const {
    const auto delta = counters_ != nullptr ? counters_->delta(name) : std::nullopt;
    return counters_late() && delta == 0 ? std::nullopt : delta;
}

bool Context::counters_late() const {
    return counters_ != nullptr && counters_->before_ns > group.first_ns;
}

std::optional<int64_t> Context::counter_after(const std::string& name) const {
    if (counters_ == nullptr) return std::nullopt;
    const auto found = counters_->after.find(name);
    if (found == counters_->after.end()) return std::nullopt;
    return static_cast<int64_t>(found->second);
}

std::optional<Evidence> Context::socket_evidence(const std::string& field,
                                                 const std::string& unit) const {
    const auto value = socket_field(field);
    if (!value) return std::nullopt;
    return Evidence{Evidence::Kind::Memory, field, fmt::format("{}", *value), unit,
                    Evidence::Read::Event};
}

std::optional<Evidence> Context::counter(const std::string& name) const {
    return counter_evidence(name, counted(name));
}

std::optional<Evidence> Context::host_counter(const std::string& name) const {
    return counter_evidence(name, observation.host.delta(name));
}

const std::string* Context::setting_text(const std::string& name) const {
    const auto& ours = group.sysctls;
    if (const auto found = ours.find(name); found != ours.end()) return address_of(found->second);
    if (counters_ == nullptr) return nullptr;
    const auto& shared = counters_->sysctls;
    const auto found = shared.find(name);
    return found != shared.end() ? address_of(found->second) : nullptr;
}

std::optional<Evidence> Context::sysctl(const std::string& name) const {
    const std::string* value = setting_text(name);
    if (value == nullptr) return std::nullopt;
    return Evidence{Evidence::Kind::Sysctl, name, *value, "", Evidence::Read::Now};
}

std::optional<int64_t> Context::setting(const std::string& name) const {
    const std::string* value = setting_text(name);
    return value != nullptr ? parse_i64(*value) : std::nullopt;
}

Evidence packet_evidence(std::string name, std::string value) {
    return {Evidence::Kind::Packet, std::move(name), std::move(value), "", Evidence::Read::Event};
}

Evidence link_evidence(std::string name, std::string value) {
    return state_evidence(Evidence::Kind::Link, std::move(name), std::move(value));
}

Evidence state_evidence(Evidence::Kind kind, std::string name, std::string value) {
    return {kind, std::move(name), std::move(value), "", Evidence::Read::Snapshot};
}

std::string return_text(int64_t value) {
    if (value >= 0 || value < -kLargestErrno) return fmt::format("{}", value);
    return fmt::format("-{} ({})", errno_name(static_cast<int>(-value)), value);
}

std::string shell_word(std::string_view raw) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@=,+-";
    if (!raw.empty() && raw.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string(raw);
    }
    std::string quoted = "'";
    for (const char c : raw) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

}  // namespace knowhy::explain

// All that a cause may look at: the group, one of its packets or none, and the state of the
// namespace it was in. Every question answers "not known" rather than something invented.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::explain {

using Names = std::initializer_list<std::string_view>;

class Context {
  public:
    // `sample` may be null: then only what is counted for every packet is known.
    Context(const model::Observation& observation, const model::DropGroup& group,
            const model::DropSample* sample);

    const model::Observation& observation;
    const model::DropGroup& group;
    const model::DropSample* sample;
    // As it was when the packet was lost, as far as that is known; null: the namespace is not
    // known.
    const model::NetnsState* state;
    // Something in the namespace changed at about that time: `state` may not be how it was.
    bool changing = false;

    // The same with the other look at the namespace, where `changing` leaves two; nullopt else.
    [[nodiscard]] std::optional<Context> otherwise() const;

    // The kernel's own reason, by name. says_nothing() when it gave none.
    [[nodiscard]] bool kernel_says(Names reasons) const;
    [[nodiscard]] bool says_nothing() const { return group.reason.says_nothing(); }

    // Freed in one of these functions; `under`: one of them is on the stack of the free.
    [[nodiscard]] bool at(Names functions) const;
    [[nodiscard]] bool under(Names functions) const;

    // What a Before point returned for this packet. For a packet that nobody looked at closely it
    // is known when that was the last deciding point, for that is counted.
    [[nodiscard]] std::optional<int64_t> returned(std::string_view point) const;
    [[nodiscard]] const model::Fact* before(std::string_view point) const;
    // An Around point's arguments, if that function really was on the stack (or is the place).
    [[nodiscard]] const model::Fact* around(std::string_view point) const;
    // True when the point was armed, the packet was looked at, and the point had nothing to tell: a
    // point that reports only failures did not fail.
    [[nodiscard]] bool silent(std::string_view point) const;

    // Parts of the packet; null when it was not seen or does not have them.
    [[nodiscard]] const model::Decoded* packet() const;
    [[nodiscard]] const model::Ip* ip() const;
    [[nodiscard]] const model::Ip* ip4() const;
    [[nodiscard]] const model::Ip* ip6() const;
    [[nodiscard]] const model::Transport* transport() const;
    [[nodiscard]] const model::TcpHeader* tcp() const;
    [[nodiscard]] const model::IcmpHeader* icmp() const;
    [[nodiscard]] std::optional<uint16_t> vlan_id() const;  // of the outer tag
    [[nodiscard]] std::optional<int64_t> socket_field(const std::string& name) const;

    [[nodiscard]] std::string device() const;  // "" when unknown
    // "v1", or `otherwise` when the device is not known: for sentences.
    [[nodiscard]] std::string device_or(std::string_view otherwise) const;
    [[nodiscard]] const model::Link* link() const;
    // The master's link, when the device has one that is known.
    [[nodiscard]] const model::Link* master() const;
    [[nodiscard]] std::string device_name(uint32_t ifindex) const;  // "ifindex 7" when unknown

    // A command to be run where the packet was: prefixed with "ip netns exec NAME" when needed.
    [[nodiscard]] std::string here(std::string_view command) const;

    // Evidence, from what is known; nullopt when it is not.
    [[nodiscard]] std::optional<model::Evidence> return_of(std::string_view point) const;
    [[nodiscard]] std::optional<model::Evidence> socket_evidence(
        const std::string& field, const std::string& unit = "") const;
    [[nodiscard]] std::optional<model::Evidence> counter(const std::string& name) const;
    [[nodiscard]] std::optional<model::Evidence> host_counter(const std::string& name) const;
    [[nodiscard]] std::optional<model::Evidence> sysctl(const std::string& name) const;
    // A sysctl's value when the group was first seen; nullopt when it was not read, or is no
    // number.
    [[nodiscard]] std::optional<int64_t> setting(const std::string& name) const;
    // The counters were first read after the group's first loss: they do not know of it.
    [[nodiscard]] bool counters_late() const;
    // How often the packet's namespace counted; nullopt when it was not read, or only after.
    [[nodiscard]] std::optional<int64_t> counted(const std::string& name) const;
    // What it stood at when the run ended, for those that go up and down.
    [[nodiscard]] std::optional<int64_t> counter_after(const std::string& name) const;

  private:
    // A point may be both: what it was entered with, and what it returned.
    [[nodiscard]] const model::Fact* last_fact(std::string_view point,
                                               model::Fact::Kind kind) const;
    [[nodiscard]] std::optional<int64_t> returned_for_group(std::string_view point) const;
    [[nodiscard]] const std::string* setting_text(const std::string& name) const;

    const model::NetnsState* counters_;  // whose counters are the namespace's
    const model::NetnsState* other_ = nullptr;
};

model::Evidence packet_evidence(std::string name, std::string value);
model::Evidence link_evidence(std::string name, std::string value);
model::Evidence state_evidence(model::Evidence::Kind kind, std::string name, std::string value);

// "-EINVAL (-22)" for a negative errno, else the number.
std::string return_text(int64_t value);
// A device name or the like as one word of a shell command.
std::string shell_word(std::string_view raw);

}  // namespace knowhy::explain

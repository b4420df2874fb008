// Parts of the model in the words of a printed line, escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "model/nesting.h"
#include "model/observation.h"

namespace knowhy::render {

// How a finding begins: "LOST", "FAULT", "NORMAL"...
std::string_view verdict_word(const model::Finding& finding);
// What follows: the packet, where, how often and when; of a finding about state whose it is.
std::string headline_words(const model::Finding& finding, const ClockPair& clock);
// "certain; the kernel's own reason is NO_SOCKET".
std::string certainty_words(const model::Finding& finding);
// "v1(3)"; "ifindex 3" without a name; "no device" without either.
std::string device_words(const std::string& name, uint32_t ifindex);
// "netns fw", "netns 4026532741"; "" when it is not known.
std::string netns_words(uint32_t inum, const std::string& name);
// "net/ipv4/ip_input.c:540", "?" where the compiler names none.
std::string line_words(const std::string& file, uint32_t line);
// "ip_rcv_finish_core.constprop.0+0x1ab  net/ipv4/ip_input.c:424"
std::string place_words(const model::Place& place);
// "dst_input into ip_rcv_finish at net/ipv4/ip_input.c:451", for each step of an inline chain.
std::vector<std::string> inline_words(const std::vector<model::InlineLevel>& chain);
// "ip_rcv <- __netif_receive_skb_one_core <- ...": the callers, `most` of them.
std::string caller_words(const std::vector<model::Place>& stack, size_t most);
// "the kernel's own reason is NO_SOCKET", "... NOT_SPECIFIED, which says nothing".
std::string reason_words(const model::DropReason& reason);
// "net.ipv4.conf.v1.accept_local = 0  (now)": how it was read, unless the event itself told it.
std::string evidence_words(const model::Evidence& evidence);
// "sysctl net.ipv4.conf.v1.accept_local = 0"
std::string setting_words(const model::SetBy& setting);
// "10.9.0.1:1111 > 10.9.0.2:4791 udp"; what there is to say when there was no packet to read.
std::string packet_words(const model::DropSample& sample);
// "ip 1234", "idle, CPU 2".
std::string lane_words(const model::Lane& lane);
// "14:02:11.318", or "14:02:11.318 to 14:02:12.001"; the clock turns them into time of day.
std::string span_words(const ClockPair& clock, uint64_t first_ns, uint64_t last_ns);

}  // namespace knowhy::render

// Observations built in code, for tests only: one kind of drop on one kernel, said in the words of
// the cause it is about, with what must be concluded from it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::explain::testing {

inline constexpr uint32_t kNetns = 4026531999;

struct Fixture {
    std::string name;
    model::Observation observation;

    std::string cause;
    model::Certainty certainty = model::Certainty::Unknown;
    model::Verdict verdict = model::Verdict::Unknown;
    std::string says;                // part of the sentence
    std::vector<std::string> needs;  // ingredients without which it must not be certain
};

using Args = std::map<std::string, model::FactValue>;

// Starts as one packet, three times dropped, in namespace "b", of which everything was read.
class Drop {
  public:
    // A kernel as 6.1 is: every point armed, most drops NOT_SPECIFIED.
    static Drop on_6_1(std::string name);
    // As 6.18 on the build machines: no points, better names.
    static Drop on_6_18(std::string name);

    Drop& at(const std::string& symbol, const std::string& module = {});
    Drop& under(std::initializer_list<const char*> functions);  // callers, innermost first
    Drop& reason(const std::string& name);
    Drop& fact(const std::string& point, int64_t value, Args args = {});
    Drop& unwatched(const std::string& point);  // nobody was looking
    Drop& around(const std::string& point, Args args = {});
    Drop& refusal();  // DropSource::Refusal
    Drop& rule_handle(uint64_t handle);
    Drop& dst_error(int error, const std::string& device = {});
    Drop& socket(uint8_t tcp_state, std::map<std::string, int64_t> fields = {});
    Drop& packet_type(uint8_t type);
    Drop& length(uint32_t length);
    Drop& ip_summed(uint8_t how);
    Drop& unsampled();
    Drop& filter(const std::string& text);

    Drop& ethernet(const std::string& destination, uint16_t ethertype = 0x0800);
    Drop& ip(const std::string& source, const std::string& destination, uint8_t protocol = 17);
    Drop& raw_header(std::vector<uint8_t> bytes);  // what was copied, from the IP header on
    Drop& udp(uint16_t port, std::optional<uint16_t> checksum = 0x1234);
    Drop& tcp(const std::string& flags, uint32_t sequence = 1000, uint32_t payload = 0,
              uint16_t port = 9);
    Drop& icmp(uint8_t type, uint8_t code = 0);
    Drop& ttl(uint8_t ttl);
    Drop& fragment(uint16_t offset, bool more);

    Drop& dev(const std::string& name);  // the group's device; adds a veth link that is up
    model::Link& link(const std::string& name, const std::string& kind = "veth");
    Drop& address(const std::string& device, const std::string& prefix);
    Drop& route(const std::string& type, const std::string& prefix, const std::string& device = {},
                uint32_t table = 254);
    Drop& default_rules();  // 0: local, 32766: main, 32767: default
    Drop& rule(uint32_t priority, const std::string& action, const std::string& to = {});
    // Makes `port` a port of the bridge, which is added and up.
    model::Link& bridge_port(const std::string& bridge, const std::string& port);
    Drop& fdb(const std::string& mac, const std::string& port);
    Drop& nft_chain(const std::string& table, const std::string& name, const std::string& hook,
                    const std::string& policy);
    Drop& nft_rule(const std::string& table, const std::string& chain, uint64_t handle,
                   const std::string& text, const std::string& verdict);
    Drop& neighbour(const std::string& device, const std::string& address,
                    const std::string& state);
    Drop& qdisc(const std::string& device, const std::string& kind, uint64_t drops);
    Drop& tc_filter(const std::string& device, const std::string& where, const std::string& action);
    Drop& sysctl(const std::string& name, const std::string& value);
    Drop& conf(const std::string& key, const std::string& all, const std::string& device);
    Drop& counter(const std::string& name, uint64_t delta);
    Drop& host_counter(const std::string& name, uint64_t delta);
    Drop& incomplete();

    model::NetnsState& state() { return observation_.host.namespaces[kNetns]; }
    model::DropSample& sample() { return sample_; }

    [[nodiscard]] Fixture gives(const std::string& cause, model::Certainty certainty,
                                model::Verdict verdict, const std::string& says = {},
                                std::vector<std::string> needs = {}) const;
    [[nodiscard]] Fixture lost(const std::string& cause, const std::string& says,
                               std::vector<std::string> needs) const;  // certain
    [[nodiscard]] Fixture likely_lost(const std::string& cause, const std::string& says = {}) const;
    [[nodiscard]] Fixture harmless(const std::string& cause,
                                   std::vector<std::string> needs) const;  // certain
    [[nodiscard]] Fixture likely_harmless(const std::string& cause) const;
    [[nodiscard]] Fixture unknown() const;

  private:
    explicit Drop(std::string name);

    std::string name_;
    model::Observation observation_;
    model::DropGroup group_;
    model::DropSample sample_;
    bool sampled_ = true;
};

// The observation without one ingredient, under the ingredient's name: "fact:fib_validate_source",
// "point:nf_conntrack_in" (armed, with nothing to tell), "reason", "place", "packet", "state",
// "sysctl:net.ipv4.conf.all.accept_local", "address", "route"... What is removed from the state
// leaves it incomplete: it was not read, not found absent.
std::map<std::string, model::Observation> without_each(const model::Observation& observation);

std::vector<Fixture> join(std::initializer_list<std::vector<Fixture> (*)()> parts);

// Each area's fixtures stand in its cause_*_test.cpp.
std::vector<Fixture> ipv4_source_fixtures();
std::vector<Fixture> routing_fixtures();
std::vector<Fixture> l2_fixtures();
std::vector<Fixture> bridge_fixtures();
std::vector<Fixture> netfilter_fixtures();
std::vector<Fixture> transmit_fixtures();
std::vector<Fixture> socket_fixtures();
std::vector<Fixture> transport_header_fixtures();
std::vector<Fixture> tcp_segment_fixtures();
std::vector<Fixture> tcp_memory_fixtures();
std::vector<Fixture> tcp_connection_fixtures();
std::vector<Fixture> fragment_fixtures();
std::vector<Fixture> ipv6_fixtures();
std::vector<Fixture> queue_fixtures();
std::vector<Fixture> harmless_purge_fixtures();
std::vector<Fixture> harmless_receive_fixtures();
std::vector<Fixture> harmless_tcp_fixtures();

std::vector<Fixture> all_fixtures();

}  // namespace knowhy::explain::testing

// One scene of nearly everything a namespace can hold, and what iproute2 says of it: the snapshot
// is compared with that, as sorted lines.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "net/snapshot/netns_for_tests.h"

namespace knowhy::net::test {

class Oracle : public NetnsTest {
  protected:
    void SetUp() override {
        NetnsTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        build_links();
        build_bridge();
        build_layer_three();
        build_traffic_control();
    }

    void build_links() {
        if (!try_run("ip link add br0 type bridge vlan_filtering 1"))
            run("ip link add br0 type bridge");
        for (const char* line :
             {"ip link add v0 type veth peer name v1", "ip link add w0.1 type veth peer name w1",
              "ip link set v0 master br0 up", "ip link set v1 up", "ip link set br0 up mtu 1400",
              "ip link set w0.1 up", "ip link set w1 up promisc on"})
            run(line);
        try_run("ip link add d0 type dummy && ip link set d0 up");
        try_run("ip link add link w0.1 name w0.7 type vlan id 7 && ip link set w0.7 up");
        try_run(
            "ip link add bond0 type bond mode active-backup miimon 100 && "
            "ip link add s0 type veth peer name s1 && ip link set s0 master bond0 && "
            "ip link set bond0 up && ip link set s1 up");
    }
    void build_bridge() {
        run("bridge link set dev v0 isolated on hairpin on flood off");
        filters_vlans_ = try_run(
            "bridge vlan add dev v0 vid 7 && "
            "bridge vlan add dev v0 vid 9 pvid untagged");
        run("bridge fdb add 02:00:00:00:00:99 dev v0 master static");
    }
    void build_layer_three() {
        for (const char* line :
             {"ip addr add 10.1.0.1/24 dev w0.1",
              "ip addr add 10.2.0.1 peer 10.2.0.2/30 dev w1",
              "ip addr add 2001:db8::1/64 dev w0.1 nodad",
              "ip route add blackhole 10.43.0.0/24",
              "ip route add unreachable 10.44.0.0/24",
              "ip route add prohibit 10.45.0.0/24",
              "ip route add throw 10.46.0.0/24 table 100",
              "ip route add default via 10.1.0.254 metric 50",
              "ip route add 10.60.0.0/16 via 10.1.0.2 src 10.1.0.1 proto static mtu 1300",
              "ip route add 10.61.0.0/16 nexthop via 10.1.0.2 nexthop via 10.1.0.3",
              "ip route add 10.62.0.0/16 via inet6 fe80::1 dev w0.1",
              "ip -6 route add 2001:db8:1::/48 via 2001:db8::2 proto bird",
              "ip -6 route add blackhole 2001:db8:2::/48",
              "ip rule add from 10.0.0.0/8 iif w0.1 lookup 100 priority 10",
              "ip rule add to 10.9.0.0/16 unreachable priority 11",
              "ip rule add fwmark 0x10/0xff prohibit priority 12",
              "ip rule add not fwmark 0x20 lookup 100 priority 13",
              "ip rule add table main suppress_prefixlength 0 priority 14",
              "ip -6 rule add oif w0.1 blackhole priority 15",
              "ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:02 dev w0.1 nud permanent",
              "ip neigh add 10.1.0.3 dev w0.1 nud failed",
              "ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev w0.1 nud stale"})
            run(line);
    }
    void build_traffic_control() {
        try_run(
            "tc qdisc add dev w0.1 root handle 1: tbf rate 1mbit burst 10k limit 20000 && "
            "tc qdisc add dev w0.1 parent 1:1 handle 10: pfifo limit 3");
        try_run("tc qdisc add dev w1 root handle 2: fq_codel limit 77");
        try_run("tc qdisc add dev v1 root handle 3: netem limit 88 loss 100%");
        try_run("tc qdisc add dev w1 clsact");
        classifies_ = try_run("tc filter add dev w1 ingress pref 5 matchall action drop");
        try_run(
            "tc filter add dev w1 egress pref 6 protocol ip u32 "
            "match ip dport 9 0xffff action pass action drop");
        try_run(
            "tc filter add dev w1 ingress pref 7 matchall "
            "action police rate 8kbit burst 200 conform-exceed drop");
        try_run(
            "tc filter add dev w1 ingress pref 8 matchall action mirred egress redirect dev v1");
    }

    std::string device(const model::NetnsState& state, uint32_t ifindex) {
        const model::Link* link = state.link(ifindex);
        return link != nullptr ? link->name : "";
    }

    using Lines = std::vector<std::string>;
    bool filters_vlans_ = false;
    bool classifies_ = false;

    // Two readers see the same only while nothing moves, and new links move for a while: addresses
    // become usable, queues start. So ours is read before and after theirs.
    void compare(const std::function<Lines(const model::NetnsState&)>& ours,
                 const std::function<Lines()>& theirs) {
        Lines before = sorted(ours(look()));
        for (int left = 200; left > 0; --left) {
            const Lines other = sorted(theirs());
            const Lines after = sorted(ours(look()));
            if (before == after) {
                EXPECT_FALSE(other.empty());
                EXPECT_EQ(after, other);
                return;
            }
            before = after;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        FAIL() << "the namespace never came to rest";
    }
    static Lines sorted(Lines lines) {
        std::sort(lines.begin(), lines.end());
        return lines;
    }
};

inline std::string text(const nlohmann::json& object, const char* key) {
    return object.contains(key) ? object[key].get<std::string>() : "";
}

inline uint64_t number(const nlohmann::json& object, const char* key) {
    return object.contains(key) ? object[key].get<uint64_t>() : 0;
}

}  // namespace knowhy::net::test

# shellcheck shell=sh
# What a recipe can use. Sourced before every setup: and run: with A, B and C set to the names of
# the variant's namespaces. C exists only after ns_c.
set -eu
MAC_A=02:00:00:00:0a:01
MAC_B=02:00:00:00:0b:01
export MAC_A MAC_B

nsa() { nsenter --net="/run/netns/$A" "$@"; }
nsb() { nsenter --net="/run/netns/$B" "$@"; }
nsc() { nsenter --net="/run/netns/$C" "$@"; }

# Injected frames on va, and datagrams from an ordinary socket in A.
inj() { kw-inject -n "$A" send "$@"; }
udp() {
    count=$1 length=$2
    shift 2
    kw-inject -n "$A" udp "n=$count" "len=$length" "$@"
}
# A socket in B that lives until the batch ends, and a TCP connection from A to B with forged
# segments (steps after --).
socket_b() { kw-inject -n "$B" socket "$@"; }
tcp() { kw-inject tcp "a=$A" "b=$B" "$@"; }

sysctl_a() { nsa sysctl -qw "$@"; }
sysctl_b() { nsb sysctl -qw "$@"; }
# One setting of the whole machine; agent.py puts back what $UNDO says, once the watcher has seen it.
sysctl_host() {
    printf '%s=%s\n' "${1%%=*}" "$(sysctl -n "${1%%=*}")" >>"$UNDO"
    sysctl -qw "$1"
}

ip_a() { ip -n "$A" "$@"; }
ip_b() { ip -n "$B" "$@"; }
ip_c() { ip -n "$C" "$@"; }


# A device of B with a peer in C: NAME_IN_B NAME_IN_C.
pair_bc() {
    ip_b link add "$1" type veth peer name "$2" netns "$C"
    ip_b link set "$1" up
    ip_c link set "$2" up
}

ns_c() {
    ip netns add "$C"
    nsc sysctl -qw "net.ipv6.conf.all.disable_ipv6=$((1 - IPV6))" \
        "net.ipv6.conf.default.disable_ipv6=$((1 - IPV6))"
    ip_c link set lo up
}

# A device d0 of B that swallows everything: ADDRESS/LENGTH NEIGHBOUR.
sink() {
    kw-inject -n "$B" tun name=d0 mode=tap
    ip_b addr add "$1" dev d0
    ip_b link set d0 up
    ip_b neigh add "$2" lladdr 02:00:00:00:00:66 nud permanent dev d0
}

# B forwards 10.55.0.0/24 into a sink.
forwarder() {
    sink 10.66.0.1/24 10.66.0.2
    ip_b route add 10.55.0.0/24 via 10.66.0.2
    sysctl_b net.ipv4.ip_forward=1
}

# bond0 in B over s1 and s2, whose peers q1 and q2 are in C: MODE. In active-backup s1 is active.
bond_lab() {
    ns_c
    pair_bc s1 q1
    pair_bc s2 q2
    ip_c link set q1 address 02:00:00:00:0c:01
    ip_c addr add 10.3.0.1/24 dev q1
    ip_b link add bond0 address 02:00:00:00:00:b0 type bond mode "$1" miimon 100
    ip_b link set s1 down
    ip_b link set s2 down
    ip_b link set s1 master bond0
    ip_b link set s2 master bond0
    ip_b link set bond0 up
    ip_b addr add 10.3.0.2/24 dev bond0
    ip_b neigh add 10.3.0.1 lladdr 02:00:00:00:0c:01 nud permanent dev bond0
}

inj_c() { kw-inject -n "$C" send "$@"; }

# br0 in B with ports p1 and p2, whose peers e1 and e2 are in C. e2 has 10.4.0.2 and a reader on
# UDP port 9; inj_bridge sends to it from e1.
bridge_lab() {
    ns_c
    pair_bc p1 e1
    pair_bc p2 e2
    ip_c link set e1 address 02:00:00:00:00:e1
    ip_c link set e2 address 02:00:00:00:00:e2
    ip_c addr add 10.4.0.2/24 dev e2
    ip_b link add br0 address 02:00:00:00:00:b0 type bridge
    ip_b link set p1 master br0
    ip_b link set p2 master br0
    ip_b link set br0 up
    nsb bridge fdb replace 02:00:00:00:00:e2 dev p2 master static
    kw-inject -n "$C" socket port=9
}

inj_bridge() {
    inj_c dev=e1 smac=02:00:00:00:00:e1 dmac=02:00:00:00:00:e2 src=10.4.0.1 dst=10.4.0.2 "$@"
}

# The same as forwarder for fd55::/64.
forwarder6() {
    sink fd66::1/64 fd66::2
    ip_b route add fd55::/64 via fd66::2
    sysctl_b net.ipv6.conf.all.forwarding=1
}

# Tries a command until it succeeds or `limit:` ends the recipe.
wait_for() {
    until "$@" >/dev/null 2>&1; do sleep 0.2; done
}
# Neighbours of B that never answered: DEVICE ADDRESS... The kernel forgets such entries, at once where
# it has many, so they are renewed for a while.
keep_failed() {
    failed_dev=$1
    shift
    failed_again() {
        for address; do ip_b neigh replace "$address" dev "$failed_dev" nud failed; done
    }
    failed_again "$@"
    for _ in $(seq 200); do sleep 0.1; failed_again "$@"; done >/dev/null 2>&1 &
}
# A module of lab/modules that the case names.
load_module() { insmod "/run/lab/modules/$1/knowhy_$1.ko"; }
# An extra NIC as a device of a namespace: NAMESPACE NIC NAME.
take_nic() {
    ip link set "$2" netns "$1" name "$3"
    ip -n "$1" link set "$3" up
}
# A slave of B: what `ip -d link` says of it.
slave_says() { ip_b -d link show "$1" | grep -q -- "$2"; }
slave_heard() { slave_says "$1" distributing || slave_says "$1" 'partner_oper_port_state [1-9]'; }
says_up() { ip -n "$1" link show "$2" | grep -q 'state UP'; }
dad_failed() { ip_b -6 addr show dadfailed | grep -q "$1"; }

# s1 and s2 of B with their peers q1 and q2 of C, all down; a bond over some of them:
# NAMESPACE BOND MAC LACP_RATE PORT...
lacp_ports() {
    ns_c
    for number in 1 2; do
        pair_bc "s$number" "q$number"
        ip_b link set "s$number" down
        ip_c link set "q$number" down
    done
}
lacp_end() {
    lacp_ns=$1 lacp_bond=$2
    ip -n "$1" link add "$2" address "$3" type bond mode 802.3ad miimon 100 lacp_rate "$4"
    shift 4
    for port; do ip -n "$lacp_ns" link set "$port" master "$lacp_bond"; done
    ip -n "$lacp_ns" link set "$lacp_bond" up
}
# bond0 in B over s1 and s2, and one in C that answers: RATE_OF_B RATE_OF_C.
lacp_lab() {
    lacp_ports
    lacp_end "$B" bond0 02:00:00:00:00:b0 "$1" s1 s2
    lacp_end "$C" bond0 02:00:00:00:00:c0 "$2" q1 q2
}
lacp_settled() {
    wait_for slave_says s1 distributing
    wait_for slave_says s2 distributing
}
# A partner on q1 that is heard (system 02:00:00:00:00:c0, key 15) and is never in sync: its state is
# "active, aggregating". Subtype and version, actor, partner, collector and terminator of an LACPDU.
lacp_waiting_partner() {
    lacp_side=ffff0200000000%s000f00ff000105000000
    # shellcheck disable=SC2059
    lacp_pdu=0101$(printf "0114$lacp_side" c0)$(printf "0214$lacp_side" b0)0310$(printf %0132d 0)
    for _ in 1 2 3; do
        inj_c n=1 dev=q1 smac=02:00:00:00:00:c1 dmac=01:80:c2:00:00:02 eth=0x8809 \
            "payload=$lacp_pdu"
        sleep 1
    done
}
# bond0 in B over s1, whose peer is a port of a bridge: that forwards no LACPDU and sends none.
lacp_silent() {
    lacp_ports
    lacp_end "$B" bond0 02:00:00:00:00:b0 slow s1
    ip_c link add br0 type bridge
    ip_c link set q1 master br0 up
    ip_c link set br0 up
}

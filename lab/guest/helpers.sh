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
# One setting of the whole machine, put back when the recipe ends.
sysctl_host() {
    saved_name=${1%%=*}
    saved_value=$(sysctl -n "$saved_name")
    restore="sysctl -qw '$saved_name=$saved_value'; ${restore:-}"
    # shellcheck disable=SC2064  # the value of now is meant
    trap "$restore" EXIT
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

# A dummy device in B with somewhere to forward to: 10.55.0.0/24 by a neighbour that is known.
forwarder() {
    sysctl_b net.ipv4.ip_forward=1
    ip_b link add d0 type dummy
    ip_b addr add 10.66.0.1/24 dev d0
    ip_b link set d0 up
    ip_b neigh add 10.66.0.2 lladdr 02:00:00:00:00:66 nud permanent dev d0
    ip_b route add 10.55.0.0/24 via 10.66.0.2
}

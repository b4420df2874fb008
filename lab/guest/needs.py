"""What a recipe may need of the machine, and how to find out."""
import subprocess

import netns

# A need is met when its command succeeds in a fresh namespace: tried, never guessed from versions.
NEEDS = {
    "veth": "ip link add x type veth peer name y",
    "dummy": "ip link add x type dummy",
    "bonding": "ip link add x type bond",
    "bridge": "ip link add x type bridge",
    "bridge-vlan": "ip link add x type bridge vlan_filtering 1",
    "vlan": "ip link add y type veth && ip link add link y name x type vlan id 7",
    "tun": "ip tuntap add mode tun name x",
    "nft": "nft add table inet x",
    "nft-fwd": "ip link add x type veth peer name y && nft 'add table netdev t; add chain netdev t c "
               "{ type filter hook ingress device x priority 0; }; add rule netdev t c fwd to y'",
    "iptables-legacy": "iptables-legacy -L",
    "conntrack": "nft 'add table inet x; add chain inet x c; add rule inet x c ct state new'",
    "conntrack-max": "sysctl net.netfilter.nf_conntrack_max",
    "tbf": "ip link set lo up && tc qdisc add dev lo root tbf rate 1mbit burst 5kb limit 9kb",
    "fq_codel": "tc qdisc add dev lo root fq_codel",
    "fq": "tc qdisc add dev lo root fq",
    "netem": "tc qdisc add dev lo root netem loss 100%",
    "htb": "tc qdisc add dev lo root htb",
    "clsact": "tc qdisc add dev lo clsact",
    "act_gact": "tc qdisc add dev lo clsact && "
                "tc filter add dev lo ingress matchall action drop",
    "act_police": "tc qdisc add dev lo clsact && tc filter add dev lo ingress matchall "
                  "action police rate 8kbit burst 200 conform-exceed drop",
    "fexit": "kw-inject can fexit",
    "kprobe": "kw-inject can kprobe",
    "xdp": "ip link add x type veth peer name y && kw-inject xdp dev=x action=pass",
    "ipv6": "test -d /proc/sys/net/ipv6",
    "guest": "test -d /run/lab",
}


def is_met(need, name):
    """Tries it in a namespace of this name."""
    netns.create(name, False)
    try:
        inside = ["nsenter", f"--net=/run/netns/{name}", "sh", "-c", NEEDS[need]]
        return subprocess.run(inside, capture_output=True, check=False).returncode == 0
    finally:
        netns.remove(name)

"""A second opinion on the recipes: what bpftrace sees of each, without any of knowhy.

A recipe proves something only if it makes exactly the drops it is meant to. `lab/run --oracle` runs
the recipes one after another under bpftrace and compares with each variant's `oracle:`, a map from
"REASON symbol" to the number of drops.
"""
import re

# kill(MARK + n, 0) reaches nobody and tells the tracer that variant n begins.
MARK = 4_000_000

# BEGIN runs before the other probes are attached, so a timer says "armed".
# skb->dev is absent or reused at some drops (TCP, UDP receive queues): then the socket tells the
# namespace. Key: variant, reason, symbol, namespace (0: nothing told it).
PROGRAM = """
tracepoint:syscalls:sys_enter_kill /args->sig == 0 && args->pid >= MARK/ {
  @variant = args->pid - MARK;
}
tracepoint:skb:kfree_skb {
  $skb = (struct sk_buff *)args->skbaddr;
  $ns = (uint64)0;
  if ($skb->dev != 0) { $ns = $skb->dev->nd_net.net->ns.inum; }
  if ($ns < 4026531840 && $skb->sk != 0) { $ns = $skb->sk->__sk_common.skc_net.net->ns.inum; }
  @drops[@variant, args->reason, ksym(args->location), $ns] = count();
}
interval:s:2 /@armed == 0/ { printf("\\"armed\\"\\n"); @armed = 1; }
END { clear(@variant); clear(@armed); }
""".replace("MARK", str(MARK))

FORMAT = "/sys/kernel/tracing/events/skb/kfree_skb/format"
REASON = re.compile(r"\{\s*(\d+),\s*\"(\w+)\"\s*\}")
DROP = re.compile(r"@drops\[(\d+), (\d+), ([^,+]+)\+?\d*, (\d+)\]: (\d+)")
FIRST_NETNS_INODE = 4026531840


def command():
    """The watcher of an oracle run. The shell copies the reasons' names beside the drops."""
    return ["sh", "-c", f"cat {FORMAT} >&2; exec bpftrace -q -e '{PROGRAM}'"]


def parse_reasons(text):
    """Reason numbers to names, from the tracepoint's format file."""
    return {int(number): name for number, name in REASON.findall(text)}


def parse_drops(lines, reasons):
    """Yields (variant number, "REASON symbol", namespace, count)."""
    for match in filter(None, map(DROP.match, lines)):
        variant, reason, symbol, netns, count = match.groups()
        yield int(variant), f"{reasons.get(int(reason), reason)} {symbol}", int(netns), int(count)


def drops_by_variant(directory, variants):
    """For each variant id: its drops, {"REASON symbol": count}, in its own namespaces.

    `variants` maps ids to results, in the order in which the agent numbered them.
    """
    reasons = parse_reasons((directory / "watcher.err").read_text(errors="replace"))
    lines = (directory / "findings.jsonl").read_text(errors="replace").splitlines()
    ids = list(variants)
    seen = {name: {} for name in ids}
    for number, what, netns, count in parse_drops(lines, reasons):
        own = set(variants[ids[number]]["netns"].values())
        if netns in own or netns < FIRST_NETNS_INODE:
            drops = seen[ids[number]]
            drops[what] = drops.get(what, 0) + count
    return seen


def compare(expected, seen):
    """What differs, as text lines."""
    from .check import count_matches  # pylint: disable=import-outside-toplevel

    problems = []
    unexpected = dict(seen)
    for what, count in expected.items():
        if not count_matches(count, unexpected.pop(what, 0)):
            problems.append(f"oracle: {what}: expected {count}, seen {seen.get(what, 0)}")
    problems += [f"oracle: {what}: {count}, not expected" for what, count in unexpected.items()]
    return problems

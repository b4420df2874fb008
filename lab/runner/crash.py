"""Real crashes: a guest with lab/modules/crash, told to crash in one way after another."""
import pathlib
import re

from . import bare, kernel as kernels, modules

# In each of these the guest lives on; the soft lockup and the hung task are told of by themselves.
SURVIVED = ["hung_task", "warn", "null_field", "null_write", "null_array", "use_after_free",
            "list_poison", "err_ptr", "non_canonical", "bug", "inlined", "null_ops", "delay_slot"]
# What each boot of an architecture does; the last of each may be the kernel's end.
BOOTS = {
    "amd64": [[*SURVIVED, "divide", "soft_lockup", "arp"], ["stack_overflow"]],
    "arm64": [[*SURVIVED, "soft_lockup", "arp"]],
    # Freed memory's poison is no aligned address: another function of the kernel meets it there.
    "mips64el": [[*(kind for kind in SURVIVED if kind != "use_after_free"), "arp"]],
}
BEGIN = """
sed 's/^/key /' /proc/knowhy_crash
echo 1 >/proc/sys/kernel/watchdog_thresh
echo 2 >/proc/sys/kernel/hung_task_timeout_secs
"""
CRASH = """
echo "begins: {kind}"
(echo {kind} >/proc/knowhy_crash)"""
AFTER = {
    "hung_task": " &\nuntil dmesg | grep -q 'blocked for more than'; do sleep 1; done\n",
    # The 16th entry: the last octet of the address that is asked for.
    "arp": """
ip link add kw0 type veth
ip link set veth0 up
ip addr add 10.9.0.1/24 dev kw0
ip link set kw0 up
ping -c 3 10.9.0.16
""",
}
KEY = re.compile(r"^key (\w+) (-?\d+) (-?\d+) (-?\d+)\r?$", re.M)
MARK = re.compile(r"//@(\w+)$")


def marked_lines():
    """{kind: the number of the module's line that crashes}."""
    source = (modules.LAB / "modules/crash/knowhy_crash.c").read_text(encoding="ascii")
    found = ((MARK.search(line), number) for number, line in enumerate(source.splitlines(), 1))
    return {match[1]: number for match, number in found if match}


def numbers_of(console):
    """{kind: {"index", "stride", "field_offset"}} as the module said them; only those that count."""
    return {kind: {name: int(value) for name, value in zip(("index", "stride", "field_offset"), numbers)
                   if value != "-1"}
            for kind, *numbers in KEY.findall(console)}


def script_of(kinds):
    return BEGIN + "".join(CRASH.format(kind=kind) + AFTER.get(kind, "\n") for kind in kinds)


def make(arch, into):
    """Crashes for real; returns the consoles' files, the module's, and the kernel's directory."""
    kernel = kernels.find_kernel(arch=arch)
    into.mkdir(parents=True, exist_ok=True)
    module = modules.build_module("crash", kernel, arch, into / "module")
    consoles = []
    for number, kinds in enumerate(BOOTS[arch], 1):
        consoles.append(into / f"console-{number}.txt")
        bare.boot(bare.BareGuest(arch, kernel, ["veth", module], script_of(kinds)), consoles[-1])
    return consoles, module, pathlib.Path(kernel)

"""Network namespaces of /run/netns, made and entered without starting a program for each step."""
import ctypes
import glob
import os
import pathlib
import subprocess
import threading

DIRECTORY = pathlib.Path("/run/netns")
CLONE_NEWNET = 0x40000000
MS_BIND = 4096
LIBC = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _in_thread(action):
    """Namespaces belong to threads: whatever changes one does so in a thread that ends after."""
    outcome = {}

    def body():
        try:
            outcome["value"] = action()
        except OSError as error:
            outcome["error"] = error

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def exists(name):
    return (DIRECTORY / name).exists()


def inum(name):
    """The number by which findings name it."""
    return (DIRECTORY / name).stat().st_ino


def create(name, ipv6):
    """A fresh namespace, as `ip netns add` makes it. Without IPv6 there is no neighbour discovery
    and no MLD to be told apart from what a case does; with it, at least nobody looks for routers."""
    DIRECTORY.mkdir(exist_ok=True)

    def body():
        _checked(LIBC.unshare(CLONE_NEWNET), "unshare")
        name_value = ("router_solicitations", "0") if ipv6 else ("disable_ipv6", "1")
        for which in ("all", "default"):
            path = pathlib.Path("/proc/sys/net/ipv6/conf", which, name_value[0])
            if path.exists():
                path.write_text(name_value[1], encoding="ascii")
        (DIRECTORY / name).touch()
        _checked(LIBC.mount(b"/proc/thread-self/ns/net", os.fsencode(DIRECTORY / name), b"none",
                            MS_BIND, None), f"mount {name}")

    _in_thread(body)


def remove(name):
    subprocess.run(["ip", "netns", "del", name], check=False)


def remove_all(prefix):
    for path in glob.glob(f"{DIRECTORY}/{prefix}*"):
        remove(os.path.basename(path))


def parse_snmp(text):
    """/proc/net/snmp and netstat: a line of names, then a line of values, per protocol."""
    counters = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        protocol = names.split(":")[0]
        for name, value in zip(names.split()[1:], values.split()[1:]):
            counters[protocol + name] = int(value)
    return counters


def read_counters(name):
    """Counters of one namespace, named as nstat names them."""
    def body():
        with open(DIRECTORY / name, encoding="ascii") as handle:
            _checked(LIBC.setns(handle.fileno(), CLONE_NEWNET), f"setns {name}")
        base = pathlib.Path("/proc/thread-self/net")
        counters = parse_snmp((base / "snmp").read_text(encoding="ascii"))
        counters.update(parse_snmp((base / "netstat").read_text(encoding="ascii")))
        snmp6 = base / "snmp6"
        if snmp6.exists():
            for line in snmp6.read_text(encoding="ascii").splitlines():
                key, value = line.split()
                counters[key] = int(value)
        return counters

    return _in_thread(body)

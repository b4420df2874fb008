"""Boots the guest under plain QEMU emulation and waits for what it was asked to do.

The guest sees this machine's whole root file system read-only under an overlay in its memory, so
every program installed here runs there too, and a share of its own where results come back.
"""
import contextlib
import dataclasses
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from . import kernel as kernels

LAB = pathlib.Path(__file__).resolve().parent.parent
MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay"]
APPEND = "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on"
LOCK = pathlib.Path("/tmp/knowhy-lab-guest.lock")
# The guest touches a file every few seconds. Emulated on a busy machine it may stall, not this long.
SILENCE_LIMIT = 120
TROUBLE = ("Kernel panic", "BUG:", "Oops:", "WARNING: CPU", "rcu: INFO", "Out of memory")


class GuestDied(Exception):
    """The guest ended, or fell silent, before its work was done."""


@dataclasses.dataclass
class Machine:
    """What one boot looks like. `share` is a directory here that the guest sees as /run/lab."""
    kernel: pathlib.Path
    share: pathlib.Path
    nics: list = dataclasses.field(default_factory=list)
    memory: str = "3G"
    interactive: bool = False
    devices: list = dataclasses.field(default_factory=list)  # more words of QEMU's command line


@contextlib.contextmanager
def only_one_vm():
    """Two emulated guests on one machine make each other miss every time limit."""
    try:
        lock = os.open(LOCK, os.O_RDONLY | os.O_CREAT, 0o666)
    except PermissionError:  # another user's, in a sticky directory
        lock = os.open(LOCK, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("lab: another guest runs on this machine; waiting for it", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _module_files(kernel):
    """The boot modules and what they need, in the order in which they load."""
    base = kernel / "lib/modules" / kernels.release_of(kernel)
    needs = {}
    for line in (base / "modules.dep").read_text().splitlines():
        path, _, wanted = line.partition(":")
        needs[pathlib.Path(path).stem] = (path, [pathlib.Path(w).stem for w in wanted.split()])
    ordered = []

    def add(name):
        path, wanted = needs[name]
        for other in wanted:
            add(other)
        if base / path not in ordered:
            ordered.append(base / path)

    for module in MODULES:
        add(module)
    return ordered


def _shell_quoted(text):
    return "'" + str(text).replace("'", "'\\''") + "'"


def _make_initramfs(machine, path):
    with tempfile.TemporaryDirectory(prefix="knowhy-initramfs-") as name:
        root = pathlib.Path(name)
        for folder in ["bin", "modules", "proc", "lower", "upper", "root"]:
            (root / folder).mkdir()
        busybox = shutil.which("busybox")
        if busybox is None:
            raise GuestDied("busybox (package busybox-static) is needed for the initramfs")
        shutil.copy(busybox, root / "bin/busybox")
        names = []
        for number, module in enumerate(_module_files(machine.kernel)):
            names.append(f"{number:02}-{module.name}")
            shutil.copy(module, root / "modules" / names[-1])
        shutil.copy(LAB / "guest/initramfs-init", root / "init")
        (root / "lab.env").write_text(
            f"KERNEL={_shell_quoted(machine.kernel)}\nLAB={_shell_quoted(LAB)}\n"
            f"INTERACTIVE={int(machine.interactive)}\nNICS={len(machine.nics)}\n")
        files = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*")))
        with open(path, "wb") as out:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=root,
                           input=files.encode(), stdout=out, check=True)


def _qemu_command(machine, initramfs, console):
    release = kernels.release_of(machine.kernel)
    command = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-display",
               "none", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
               "-m", machine.memory, "-no-reboot",
               "-kernel", machine.kernel / "boot" / f"vmlinuz-{release}",
               "-initrd", initramfs, "-append", APPEND,
               "-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,"
               "multidevs=remap",
               "-virtfs", f"local,path={machine.share},mount_tag=share,security_model=none",
               "-serial", "mon:stdio" if machine.interactive else f"file:{console}",
               *machine.devices]
    for number, nic in enumerate(machine.nics):
        command += ["-netdev", f"hubport,id=n{number},hubid=0",
                    "-device", f"{nic},netdev=n{number},mac={nic_mac(number)}"]
    return [str(word) for word in command]


def nic_mac(number):
    """The address by which the guest finds the NIC again."""
    return f"02:6b:77:00:00:{number + 1:02x}"


def console_trouble(console):
    """Lines of the console that say the guest's kernel is unwell."""
    if not console.is_file():
        return []
    lines = console.read_text(errors="replace").splitlines()
    return [line.strip() for line in lines if any(word in line for word in TROUBLE)]


def _why_it_died(machine, console):
    trouble = console_trouble(console)
    words = (machine.share / "qemu").read_text(errors="replace").strip().splitlines()
    reason = (trouble or words[-1:] or ["it ended without a word"])[0]
    return f"{reason} (console: {console})" if not machine.interactive else reason


def _watch(qemu, machine, limit, on_tick):
    """Returns when QEMU has ended; raises GuestDied when it has to be ended."""
    started = time.monotonic()
    heartbeat = machine.share / "heartbeat"
    while True:
        try:
            qemu.wait(timeout=0.2)
            return
        except subprocess.TimeoutExpired:
            pass
        on_tick()
        if machine.interactive:
            continue
        now = time.monotonic()
        silent = time.time() - heartbeat.stat().st_mtime if heartbeat.exists() else now - started
        if silent > SILENCE_LIMIT:
            raise GuestDied(f"no sign of life for {SILENCE_LIMIT} s")
        if now - started > limit:
            raise GuestDied(f"not done after {limit:.0f} s")


def boot(machine, script, limit=600.0, on_tick=lambda: None):
    """Runs the shell script in a fresh guest; returns its exit status.

    The script's output is in SHARE/output, the console in SHARE/console, what QEMU itself said in
    SHARE/qemu. `on_tick` is called a few
    times a second meanwhile.
    """
    machine.share.mkdir(parents=True, exist_ok=True)
    for leftover in ["status", "heartbeat", "output", "console"]:
        (machine.share / leftover).unlink(missing_ok=True)
    (machine.share / "script").write_text(script)
    console = machine.share / "console"
    with only_one_vm(), tempfile.TemporaryDirectory(prefix="knowhy-lab-") as scratch:
        initramfs = pathlib.Path(scratch, "initramfs")
        _make_initramfs(machine, initramfs)
        stdin = None if machine.interactive else subprocess.DEVNULL
        command = _qemu_command(machine, initramfs, console)
        with open(machine.share / "qemu", "wb") as words, \
                subprocess.Popen(command, stdin=stdin, stderr=words) as qemu:
            try:
                _watch(qemu, machine, limit, on_tick)
            finally:
                qemu.kill()
    on_tick()
    status = machine.share / "status"
    if not status.is_file():
        raise GuestDied(_why_it_died(machine, console))
    return int(status.read_text())

"""Boots a kernel of any of our architectures on nothing but busybox, to watch its console.

For guests that are meant to crash: nothing of this machine is seen there, and all that is wanted of
them is what their console printed.
"""
import dataclasses
import pathlib
import subprocess
import tempfile
import time

from . import kernel as kernels
from .vm import GuestDied, only_one_vm

QEMU = {
    "amd64": ("qemu-system-x86_64", "-cpu", "max", "-smp", "2", "-accel", "tcg,thread=multi"),
    # The architecture's own pointer authentication costs half of the time when it is emulated.
    "arm64": ("qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on", "-smp", "2"),
    "mips64el": ("qemu-system-mips64el", "-M", "malta", "-cpu", "5KEc"),
}
CONSOLE = {"amd64": "ttyS0", "arm64": "ttyAMA0", "mips64el": "ttyS0"}
INIT = """#!/bin/busybox sh
/bin/busybox --install /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
for module in /modules/*; do
    insmod "$module"
done
. /script
echo {end}
reboot -f
sleep 60
"""
END = "bare guest: the script has ended"


@dataclasses.dataclass
class BareGuest:
    arch: str
    kernel: pathlib.Path
    modules: list   # names of the kernel's own, or files; loaded in this order
    script: str     # for busybox's shell
    append: str = ""
    memory: str = "512M"


def _file_of(guest, module):
    if isinstance(module, pathlib.Path):
        return module
    found = (guest.kernel / "lib/modules").glob(f"*/kernel/**/{module}.ko")
    return next(found, None)


def _make_initramfs(guest, path):
    with tempfile.TemporaryDirectory(prefix="knowhy-bare-") as name:
        root = pathlib.Path(name)
        for folder in ("bin", "modules", "proc", "sys", "dev"):
            (root / folder).mkdir()
        (root / "bin/busybox").write_bytes(kernels.find_busybox(guest.arch).read_bytes())
        (root / "bin/busybox").chmod(0o755)
        for number, module in enumerate(guest.modules):
            file = _file_of(guest, module)
            if file is None:
                raise GuestDied(f"{guest.kernel} has no module {module}")
            (root / "modules" / f"{number:02}-{file.name}").write_bytes(file.read_bytes())
        (root / "init").write_text(INIT.format(end=END), encoding="ascii")
        (root / "init").chmod(0o755)
        (root / "script").write_text(guest.script, encoding="ascii")
        names = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*")))
        with open(path, "wb") as out:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=root,
                           input=names.encode(), stdout=out, check=True)


def boot(guest, console, limit=300.0):
    """Boots, waits until the script has ended or the kernel is down, and returns the console's text."""
    release = kernels.release_of(guest.kernel)
    with only_one_vm(), tempfile.TemporaryDirectory(prefix="knowhy-bare-") as scratch:
        initramfs = pathlib.Path(scratch, "initramfs")
        _make_initramfs(guest, initramfs)
        command = ["setpriv", "--pdeathsig", "KILL", *QEMU[guest.arch], "-m", guest.memory,
                   "-display", "none", "-net", "none", "-no-reboot", "-monitor", "none",
                   "-kernel", guest.kernel / "boot" / f"vmlinuz-{release}", "-initrd", initramfs,
                   "-append", f"console={CONSOLE[guest.arch]} panic=-1 loglevel=8 {guest.append}",
                   "-serial", f"file:{console}"]
        pathlib.Path(console).unlink(missing_ok=True)
        with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as qemu:
            try:
                _wait(qemu, pathlib.Path(console), time.monotonic() + limit)
            finally:
                qemu.kill()
            words = qemu.stderr.read().strip()
    if not pathlib.Path(console).is_file():
        raise GuestDied(words or "it never began")
    return pathlib.Path(console).read_text(encoding="utf-8", errors="replace")


def _wait(qemu, console, until):
    while qemu.poll() is None:
        if time.monotonic() > until:
            raise GuestDied(f"not done in time (console: {console})")
        time.sleep(0.2)
        if console.is_file() and END.encode() in console.read_bytes():
            return

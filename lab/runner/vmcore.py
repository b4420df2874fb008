"""A guest's memory as a file: what is asked is set up over there, then QEMU dumps it."""
import json
import pathlib
import socket
import tempfile

from . import vm

# Debian's kernel writes its VMCOREINFO where QEMU finds it (-device vmcoreinfo) with this module.
SETTLE = """
modprobe qemu_fw_cfg
{setup}
touch /run/lab/ready
until [ -e /run/lab/dumped ]; do sleep 0.2; done
"""
FORMAT = "kdump-zlib"


class Monitor:
    """QEMU's machine protocol, as far as a dump needs it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.lines.readline()  # its greeting
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        words = {"execute": command, "arguments": arguments}
        self.socket.sendall(json.dumps(words).encode())
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise vm.GuestDied(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]


def make(kernel, share, setup, core, memory="512M", limit=600.0):
    """Boots, runs the shell script `setup`, and writes the guest's memory to `core`."""
    share.mkdir(parents=True, exist_ok=True)
    for leftover in ["ready", "dumped"]:
        (share / leftover).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="knowhy-lab-") as scratch:
        path = pathlib.Path(scratch, "monitor")
        machine = vm.Machine(kernel, share, memory=memory, devices=[
            "-device", "vmcoreinfo", "-qmp", f"unix:{path},server=on,wait=off"])

        def dump_once():
            if not (share / "ready").exists() or (share / "dumped").exists():
                return
            Monitor(path).ask("dump-guest-memory", paging=False, protocol=f"file:{core}",
                              format=FORMAT)
            (share / "dumped").touch()

        return vm.boot(machine, SETTLE.format(setup=setup), limit, dump_once)

"""Builds modules of our own (lab/modules) for the guests' kernels."""
import pathlib
import shutil
import subprocess

from . import kernel as kernels

LAB = pathlib.Path(__file__).resolve().parent.parent
# As the kernel's own makefiles and the cross tools call an architecture; nothing for the machine's.
CROSS = {"arm64": ("arm64", "aarch64-linux-gnu-"), "mips64el": ("mips", "mips64el-linux-gnuabi64-")}


class ModuleError(Exception):
    """It does not build; the message is the compiler's."""


def compiler_of(arch):
    return (CROSS[arch][1] if arch in CROSS else "") + "gcc-12"


def build_module(name, kernel, arch, into):
    """The module lab/modules/NAME, built in the directory `into` with debug information."""
    into.mkdir(parents=True, exist_ok=True)
    for source in (LAB / "modules" / name).iterdir():
        shutil.copy(source, into)
    words = ["make", "-C", kernels.find_headers(kernel, arch), f"M={into.resolve()}", "modules"]
    if arch in CROSS:
        words += [f"ARCH={CROSS[arch][0]}", f"CROSS_COMPILE={CROSS[arch][1]}",
                  f"CC={compiler_of(arch)}"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModuleError(done.stderr.strip())
    return next(into.glob("*.ko"))

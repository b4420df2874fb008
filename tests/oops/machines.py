"""The architectures of which crashes are made: how their code is compiled, and run on this machine."""
import dataclasses
import shutil

# As a kernel is compiled, but for where it lies: a program's code is not in the top 2 GB.
KERNEL_FLAGS = ["-std=gnu11", "-O2", "-g", "-ffreestanding", "-fno-strict-aliasing", "-fno-common",
                "-fno-delete-null-pointer-checks", "-fno-stack-protector", "-fno-pic",
                "-fno-asynchronous-unwind-tables", "-Wall", "-Werror"]


@dataclasses.dataclass(frozen=True)
class Machine:
    name: str
    prefix: str           # of the cross tools
    run: tuple            # what runs its programs here
    flags: tuple          # beside KERNEL_FLAGS, for the crashing code
    link: tuple = ()
    big_endian: bool = False

    def tool(self, name):
        return self.prefix + name

    def missing(self):
        """The programs that are not there; the packages: tools/install-deps."""
        wanted = [self.tool("gcc"), self.tool("nm"), *self.run[:1]]
        return [program for program in wanted if not shutil.which(program)]


_MIPS = ("-mabi=64", "-G0", "-mno-abicalls", "-msym32", "-march=mips64r2", "-mno-check-zero-division")
# Where 32 bits reach all of it, as of the kernel with -msym32.
_MIPS_LINK = ("-Wl,-Ttext-segment=0x10000000", "-Wl,--no-warn-mismatch")

MACHINES = {machine.name: machine for machine in (
    Machine("x86_64", "", (), ("-mno-red-zone", "-mno-sse", "-fcf-protection=none")),
    Machine("arm64", "aarch64-linux-gnu-", ("qemu-aarch64",),
            ("-mgeneral-regs-only", "-mno-outline-atomics", "-fno-omit-frame-pointer")),
    Machine("mips64el", "mips64el-linux-gnuabi64-", ("qemu-mips64el",), _MIPS, _MIPS_LINK),
    Machine("mips64", "mips64-linux-gnuabi64-", ("qemu-mips64",), _MIPS, _MIPS_LINK, True),
    Machine("riscv64", "riscv64-linux-gnu-", ("qemu-riscv64",), ("-mcmodel=medany", "-fno-omit-frame-pointer")),
)}

"""A recorded crash as the kernel of each architecture would have printed it (6.1's layouts)."""
import dataclasses

RELEASE = "6.1.0-stand-in"
PAGE = 4096


@dataclasses.dataclass
class Symbols:
    """Functions of the program, by address."""
    table: list  # of (address, size, name), sorted

    def at(self, address):
        """"f+0x10/0x30", or None outside of all code."""
        for start, size, name in self.table:
            if start <= address < start + size:
                return f"{name}+{address - start:#x}/{size:#x}"
        return None


@dataclasses.dataclass
class Crash:
    """What was recorded of one: `code` are bytes from 64 before the pc on, or none."""
    registers: dict
    code: bytes = b""
    stack: list = dataclasses.field(default_factory=list)
    access: str = "read"

    BEFORE = 64

    @property
    def pc(self):
        return self.registers["pc"]

    def returns(self, symbols):
        """Return addresses that the stack holds, as an unwinder that is not sure takes them."""
        return [word for word in self.stack if "+0x0/" not in (symbols.at(word) or "+0x0/")]


def hex16(value):
    return f"{value:016x}"


def words_of(crash, big_endian, before, after):
    """Instruction words around the pc: [(position from the pc, word)]."""
    order = "big" if big_endian else "little"
    for number in range(-before, after):
        at = crash.BEFORE + 4 * number
        yield number, int.from_bytes(crash.code[at:at + 4], order)


def task_line(number):
    return f"CPU: 1 PID: {number} Comm: stand_in Not tainted {RELEASE} #1"


def x86_64(crash, symbols, number):
    r = crash.registers
    fault, write = r.get("fault"), r["error"] & 2
    place = symbols.at(crash.pc)
    if fault is None:
        yield "general protection fault: 0000 [#1] PREEMPT SMP NOPTI"
    else:
        kind = ("kernel NULL pointer dereference, address" if fault < PAGE else
                "unable to handle page fault for address")
        what = "instruction fetch" if not place else "write access" if write else "read access"
        error = write | (0x10 if not place else 0)
        yield f"BUG: {kind}: {hex16(fault)}"
        yield f"#PF: supervisor {what} in kernel mode"
        yield f"#PF: error_code({error:#06x}) - not-present page"
        yield "PGD 0 P4D 0 "
        yield f"Oops: {error:04x} [#1] PREEMPT SMP NOPTI"
    yield task_line(number)
    yield "Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014"
    yield f"RIP: 0010:{place or hex(crash.pc)}"
    if place:
        start = crash.BEFORE - 42
        shown = [f"<{byte:02x}>" if start + i == crash.BEFORE else f"{byte:02x}"
                 for i, byte in enumerate(crash.code[start:start + 64])]
        yield "Code: " + " ".join(shown)
    else:
        yield f"Code: Unable to access opcode bytes at {crash.pc - 42 & (1 << 64) - 1:#x}."
    yield f"RSP: 0018:{hex16(r['rsp'])} EFLAGS: {r['eflags']:08x}"
    for row in (("rax", "rbx", "rcx"), ("rdx", "rsi", "rdi"), ("rbp", "r8", "r9"),
                ("r10", "r11", "r12"), ("r13", "r14", "r15")):
        yield " ".join(f"{name.upper():>3}: {hex16(r[name])}".replace(" R8", "R08").replace(" R9", "R09")
                       for name in row)
    yield f"FS:  0000000000000000(0000) GS:ffff88803ed00000(0000) knlGS:{hex16(0)}"
    yield "CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033"
    yield f"CR2: {hex16(fault or 0x7f0000001000)} CR3: 000000000420a000 CR4: 00000000000006e0"
    yield "Call Trace:"
    yield " <TASK>"
    for address in crash.returns(symbols):
        yield f" ? {symbols.at(address)}"
    yield " </TASK>"
    yield "Modules linked in:"
    if fault is not None:
        yield f"CR2: {hex16(fault)}"
    yield "---[ end trace 0000000000000000 ]---"


def untagged(address):
    """What arm64 prints: the tag is taken out of addresses of the lower half."""
    return address if address >> 55 & 1 else address & (1 << 56) - 1


def arm64(crash, symbols, number):
    r = crash.registers
    fault = untagged(r["fault"])
    place = symbols.at(crash.pc)
    write = crash.access == "write"
    esr = (0x96000004 if place else 0x86000004) | (write and 0x40)
    kind = "NULL pointer dereference" if fault < PAGE else "paging request"
    yield f"Unable to handle kernel {kind} at virtual address {hex16(fault)}"
    yield "Mem abort info:"
    yield f"  ESR = {esr:#018x}"
    yield f"  EC = {esr >> 26:#04x}: {'DABT' if place else 'IABT'} (current EL), IL = 32 bits"
    yield "  SET = 0, FnV = 0"
    yield "  EA = 0, S1PTW = 0"
    yield "  FSC = 0x04: level 0 translation fault"
    if place:
        yield "Data abort info:"
        yield f"  ISV = 0, ISS = {esr & 0xffffff:#010x}"
        yield f"  CM = 0, WnR = {int(write)}"
    if fault >> 48 in (0, 0xffff):
        yield f"[{hex16(fault)}] user address but active_mm is swapper" if not fault >> 48 else \
            "swapper pgtable: 4k pages, 48-bit VAs, pgdp=0000000041b1c000"
    else:
        yield f"[{hex16(fault)}] address between user and kernel address ranges"
    yield f"Internal error: Oops: {hex16(esr)} [#1] SMP"
    yield "Modules linked in:"
    yield task_line(number)
    yield "Hardware name: linux,dummy-virt (DT)"
    yield (f"pstate: {r['pstate'] & 0xffffffff:08x} (nZcv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)")
    yield f"pc : {place or hex(crash.pc)}"
    yield f"lr : {symbols.at(r['x30']) or hex(r['x30'])}"
    yield f"sp : {hex16(r['sp'])}"
    for last in range(29, -1, -3):
        names = [f"x{last}", f"x{last - 1}", f"x{last - 2}"]
        yield " ".join(f"{name:<3}: {hex16(r[name])}" for name in names)
    yield "Call trace:"
    for frame in [place or hex(crash.pc), *map(symbols.at, crash.returns(symbols))]:
        yield f" {frame}"
    if place:
        yield "Code: " + " ".join(f"({word:08x})" if not n else f"{word:08x}"
                                  for n, word in words_of(crash, False, 4, 1)) + " "
    else:
        yield "Code: bad PC value"
    yield "---[ end trace 0000000000000000 ]---"


# Opcodes of branches, which alone have a delay slot (MIPS64 Volume II, tables of opcode encodings).
_BRANCHES = {1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23}


def is_branch(word):
    return word >> 26 in _BRANCHES or (word >> 26 == 0 and word & 0x3f in (8, 9))


def is_delayed(crash, big_endian):
    """Whether the fault is in a branch's delay slot: the pc is then the branch's, which cannot fault."""
    return is_branch(dict(words_of(crash, big_endian, 0, 1))[0])


def mips(crash, symbols, number, big_endian):
    r = crash.registers
    fault = r["fault"]
    place = symbols.at(crash.pc)
    words = list(words_of(crash, big_endian, 3, 6)) if place else []
    delayed = place and is_delayed(crash, big_endian)
    # Mapped addresses miss in the TLB; all others are refused as if they were not aligned.
    mapped = fault < 1 << 40 or fault >= 0xffffffffc0000000
    code = (3 if crash.access == "write" else 2) if mapped else 5 if crash.access == "write" else 4
    where, caller = symbols.at(crash.pc), symbols.at(r["$31"])
    if mapped:
        yield (f"CPU 1 Unable to handle kernel paging request at virtual address {hex16(fault)}, "
               f"epc == {hex16(crash.pc)}, ra == {hex16(r['$31'])}")
        yield "Oops[#1]:"
    else:
        yield "Unhandled kernel unaligned access[#1]:"
    yield task_line(number)
    for first in range(0, 32, 4):
        # The kernel's two scratch registers are not a task's.
        values = [hex16(r[f"${n}"]) for n in range(first, first + 4) if n not in (26, 27)]
        yield f"${first:<2}   : " + " ".join(values)
    yield f"Hi    : {hex16(r['hi'])}"
    yield f"Lo    : {hex16(r['lo'])}"
    yield f"epc   : {hex16(crash.pc)} {where or hex(crash.pc)}"
    yield f"ra    : {hex16(r['$31'])} {caller or hex(r['$31'])}"
    yield "Status: 14009ce3\tKX SX UX KERNEL EXL IE "
    yield f"Cause : {(1 << 31 if delayed else 0) | 0x00800000 | code << 2:08x} (ExcCode {code:02x})"
    yield f"BadVA : {hex16(fault)}"
    yield "PrId  : 00018900 (MIPS 5KE)"
    yield "Modules linked in:"
    yield (f"Process stand_in (pid: {number}, threadinfo=(____ptrval____), task=(____ptrval____), "
           "tls=0000000000000000)")
    for row in range(0, len(crash.stack), 4):
        start = "Stack :" if row == 0 else "       "
        yield f"{start} {' '.join(map(hex16, crash.stack[row:row + 4]))}"
    yield "        ..."
    yield "Call Trace:"
    for address in [crash.pc, *crash.returns(symbols)]:
        if symbols.at(address):
            yield f"[<{hex16(address)}>] {symbols.at(address)}"
    yield ""
    yield "Code: " + (" ".join(f"<{word:08x}>" if not n else f"{word:08x} " for n, word in words) or
                      "(Bad address in epc)")
    yield ""
    yield "---[ end trace 0000000000000000 ]---"


_RISCV = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 "
          "t5 t6").split()


def riscv64(crash, symbols, number):
    r = crash.registers
    named = {"epc": crash.pc} | {name: r[f"x{n}"] for n, name in enumerate(_RISCV) if n}
    fault = r["fault"]
    place, caller = symbols.at(crash.pc), symbols.at(named["ra"])
    kind = "NULL pointer dereference" if fault < PAGE else "paging request"
    yield f"Unable to handle kernel {kind} at virtual address {hex16(fault)}"
    yield "Oops [#1]"
    yield "Modules linked in:"
    yield task_line(number)
    yield "Hardware name: riscv-virtio,qemu (DT)"
    yield f"epc : {place or hex(crash.pc)}"
    yield f" ra : {caller or hex(named['ra'])}"
    values = [f"{name:>3} : {hex16(value)}" for name, value in named.items()]
    for row in range(0, len(values), 3):
        line = " ".join(values[row:row + 3])
        yield line if row == 0 else f" {line}"
    cause = 0xc if not place else 0xf if crash.access in ("write", "atomic") else 0xd
    yield f"status: 0000000200000120 badaddr: {hex16(fault)} cause: {hex16(cause)}"
    for address in [crash.pc, *crash.returns(symbols)]:
        if symbols.at(address):
            yield f"[<{hex16(address)}>] {symbols.at(address)}"
    if place:
        halves = [crash.code[crash.BEFORE + 2 * n:crash.BEFORE + 2 * n + 2] for n in range(-10, 2)]
        shown = [f"{int.from_bytes(half, 'little'):04x}" for half in halves]
        shown[10] = f"({shown[10]})"
        yield f"Code: {' '.join(shown)} "
    else:
        yield "Code: Unable to access instruction at " + f"0x{hex16(crash.pc)}."
    yield "---[ end trace 0000000000000000 ]---"


LAYOUTS = {
    "x86_64": x86_64,
    "arm64": arm64,
    "mips64el": lambda *crash: mips(*crash, big_endian=False),
    "mips64": lambda *crash: mips(*crash, big_endian=True),
    "riscv64": riscv64,
}


def printed(machine, crash, symbols, number):
    """The console's lines, with the times that printk puts before them."""
    seconds = 100 + number
    lines = LAYOUTS[machine](crash, symbols, number)
    return "".join(f"[{seconds:5}.{i:06}] {line}\n" for i, line in enumerate(lines))

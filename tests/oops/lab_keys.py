"""The answer key of lab/modules/crash: what the right explanation of each kind of crash is.

Offsets and strides are said by the module itself, lines are those of its marks (lab/runner/crash.py).
"""
import dataclasses

MASK = (1 << 64) - 1
FAULTS = ("null-dereference", "paging-request")


@dataclasses.dataclass(frozen=True)
class Kind:
    report: tuple           # kinds of report that are right
    pointer: tuple = ()     # none: there is no bad pointer in it
    variable: tuple = ()
    field: tuple = ()
    base: object = 0        # or {architecture: base}
    error: int = None
    functions: tuple = ()   # inlined into crash_KIND, innermost first
    lines: int = 0          # how many lines around the mark are as good
    # {architecture: parts that may be abstained from}
    maybe: dict = dataclasses.field(default_factory=dict)

    def base_on(self, arch):
        return self.base.get(arch, self.base.get("")) if isinstance(self.base, dict) else self.base


_NULL = {"report": FAULTS, "pointer": ("null-plus-offset",)}
# Bytes of text that overran a pointer, as a little-endian machine reads them.
_OVERRUN = int.from_bytes(b"overrun!", "little")

KINDS = {
    "null_field": Kind(**_NULL, variable=("station",), field=("rate",)),
    "null_write": Kind(**_NULL, variable=("station->peer",), field=("flags",)),
    "null_array": Kind(FAULTS, ("array-element",), ("info->rx_hashtbl",), ("assigned",)),
    "use_after_free": Kind(("general-protection", "paging-request"), ("slab-poison",),
                           ("freed->peer",), ("flags",), base=0x6b6b6b6b6b6b6b6b),
    "list_poison": Kind(("general-protection", *FAULTS), ("list-poison",),
                        ("at", "at->link.next"), ("seen",),
                        base={"": 0xdead000000000100, "mips64el": 0x100},
                        # There a poisoned pointer may as well be a NULL pointer's member.
                        maybe={"mips64el": ("base", "field_offset")}),
    "err_ptr": Kind(("general-protection", "alignment-fault", *FAULTS), ("err-ptr",),
                    ("found", "crash_lookup()"), ("rate",), base=-19 & MASK, error=19),
    "non_canonical": Kind(("general-protection", "paging-request", "alignment-fault"),
                          ("non-canonical", "wild"), ("station->peer",), ("seen",), base=_OVERRUN),
    "bug": Kind(("bug",)),
    "warn": Kind(("warning",)),
    "divide": Kind(("divide-error",)),
    "stack_overflow": Kind(("stack-overflow",), lines=4),
    "soft_lockup": Kind(("soft-lockup",), lines=1),
    "hung_task": Kind(("hung-task",)),
    "inlined": Kind(**_NULL, variable=("of", "of->peer", "station->peer"), field=("rate",),
                    functions=("rate_of", "peer_rate", "crash_inlined")),
    "null_ops": Kind(**_NULL, variable=("*ops",), field=("close",)),
    # The compiler counts what is behind the jump to the line of the function's end.
    "delay_slot": Kind(**_NULL, variable=("station",), field=("seen",), lines=1),
    "arp": Kind(FAULTS, ("array-element",), ("info->rx_hashtbl", "balance.rx_hashtbl"), ("assigned",)),
}

"""The cases: what a YAML file under lab/cases says, checked before anything is booted.

A file holds a list of cases. lab/README.md explains each key.
"""
import dataclasses
import pathlib

import yaml

DIRECTORY = pathlib.Path(__file__).resolve().parent.parent / "cases"
KERNELS = ("guest", "native")
COMMANDS = ("drops", "diagnose")  # the program under test: watches all the while, or runs after run:
CASE_KEYS = {"name", "title", "cause", "command", "needs", "nics", "modules", "dbg", "alone", "ipv6", "limit",
             "variants", "known"}
VARIANT_KEYS = {"setup", "run", "expect", "never", "none", "quiet", "counters", "oracle", "kernels",
                "lost", "harmless", "reaches", "exit_status", "options", "found", "normal"}
EXPECT_KEYS = {"cause", "certainty", "verdict", "count", "evidence", "set_by", "sentence", "in",
               "device"}


class CaseError(Exception):
    """A case file is wrong: which, and what in it."""


@dataclasses.dataclass
class Variant:
    """One recipe with what must come of it: "sick", "clean", or a further twin."""
    name: str
    setup: str
    run: str
    expect: list
    never: list
    none: bool
    quiet: bool
    counters: dict
    oracle: dict | None
    kernels: tuple
    options: str


@dataclasses.dataclass
class Case:
    """One cause, its recipes, and what the machine must be able to do for them."""
    name: str
    title: str
    cause: str
    command: str
    needs: list
    nics: list
    modules: list  # of lab/modules, built for the guest
    dbg: bool
    alone: bool
    ipv6: bool
    limit: float
    known: dict  # by kernel: why this case is known to fail there
    variants: list


def _reject_unknown(keys, allowed, where):
    unknown = set(keys) - allowed
    if unknown:
        raise CaseError(f"{where}: unknown key {', '.join(sorted(unknown))}")


def _spell_out(raw, cause):
    """The short forms: `lost: 3`, `harmless: 3` and `reaches: 3` stand for what most cases want."""
    raw = dict(raw)
    expect = list(raw.get("expect", []))
    for verdict in ("lost", "harmless"):
        if verdict in raw:
            expect.append({"cause": cause, "count": raw[verdict], "verdict": verdict,
                           "certainty": {"guest": "certain"}})
    for verdict, key in (("n/a", "found"), ("harmless", "normal")):
        if key in raw:  # by diagnose: {DEVICE: CERTAINTY}
            expect += [{"cause": cause, "verdict": verdict, "device": device or None,
                        "certainty": certainty} for device, certainty in raw[key].items()]
    if "reaches" in raw:  # the closed UDP port 9 of B: the proof that it got through
        count = raw["reaches"]
        expect.append({"cause": "no-socket-udp", "count": count, "in": "B"})
        raw.setdefault("counters", {"UdpNoPorts": count})
        raw.setdefault("oracle", {"NO_SOCKET __udp4_lib_rcv": count})
    raw["expect"] = expect
    return raw


def _command(case):
    command = case.get("command", "drops")
    if command not in COMMANDS:
        raise CaseError(f"{case['name']}: no command {command}")
    return command


def _cause(case):
    return case.get("cause", case["name"].removeprefix("diagnose-"))


def _variant(name, raw, case):
    raw = {"run": ":", **raw} if _command(case) == "diagnose" else raw
    raw = _spell_out(raw, _cause(case))
    where = f"{case['name']}/{name}"
    _reject_unknown(raw, VARIANT_KEYS, where)
    if "run" not in raw:
        raise CaseError(f"{where}: has no run:")
    expect = raw["expect"]
    for finding in expect:
        _reject_unknown(finding, EXPECT_KEYS, f"{where}, expect")
    # The clean twin of a case proves first of all that its cause is absent.
    none = raw.get("none", name.startswith("clean"))
    quiet = raw.get("quiet", none and _command(case) == "diagnose")
    if raw.get("exit_status", 0) != 0:
        raise CaseError(f"{where}: a recipe that does not end with 0 has failed")
    if not (expect or none or raw.get("quiet") or raw.get("never") or raw.get("counters")
            or "exit_status" in raw):
        raise CaseError(f"{where}: nothing is expected of it")
    return Variant(name=name, setup=raw.get("setup", ""), run=raw["run"], expect=expect,
                   never=raw.get("never", []), none=none, quiet=quiet,
                   counters=raw.get("counters", {}), oracle=raw.get("oracle"),
                   kernels=tuple(raw.get("kernels", KERNELS)), options=raw.get("options", ""))


def parse_case(raw):
    """One case from what YAML gave."""
    if "name" not in raw or "title" not in raw:
        raise CaseError(f"a case needs a name and a title: {raw}")
    variants = {key: value for key, value in raw.items()
                if isinstance(value, dict) and key not in CASE_KEYS}
    _reject_unknown(set(raw) - set(variants), CASE_KEYS, raw["name"])
    if not variants:
        raise CaseError(f"{raw['name']}: has no variant")
    return Case(name=raw["name"], title=raw["title"], cause=_cause(raw),
                command=_command(raw), needs=raw.get("needs", []), nics=raw.get("nics", []),
                modules=raw.get("modules", []), dbg=raw.get("dbg", False),
                alone=raw.get("alone", False), ipv6=raw.get("ipv6", False),
                limit=raw.get("limit", 30), known=raw.get("known", {}),
                variants=[_variant(name, value, raw) for name, value in variants.items()])


def load_cases(directory=DIRECTORY):
    """All cases by name, in the order of the files and of the cases in them."""
    cases = {}
    for path in sorted(directory.glob("*.yaml")):
        try:
            raw_cases = yaml.safe_load(path.read_text()) or []
            for case in map(parse_case, raw_cases):
                if case.name in cases:
                    raise CaseError(f"{case.name}: there is a case of this name already")
                cases[case.name] = case
        except (yaml.YAMLError, CaseError) as error:
            raise CaseError(f"{path}: {error}") from error
    return cases

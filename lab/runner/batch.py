"""From chosen cases to a report: plans a batch, runs it in the guest or natively, checks it all."""
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import subprocess

from . import check, modules, oracle, vm
from .kernel import HOST_ARCH, find_kernel, has_debug_files

SOURCE = vm.LAB.parent
AGENT = vm.LAB / "guest/agent.py"
# Variants that run at the same time: most of a recipe is waiting.
WORKERS = {"guest": 4, "native": 4}
SETUP_SECONDS = 900  # for the whole batch, on a machine that is busy


class BatchError(Exception):
    """The batch as a whole could not be run; no case is to blame."""


@dataclasses.dataclass
class Options:
    """How to run a batch."""
    kernel: str = "guest"
    oracle: bool = False
    build: pathlib.Path | None = None
    results: pathlib.Path | None = None
    fetch_dbg: bool = True  # whether to download debug files for a case that wants them


def find_program(name, places):
    """The first of the places that holds the program."""
    for place in places:
        if place and os.access(place, os.X_OK):
            return pathlib.Path(place)
    raise BatchError(f"{name} is not built: looked at {', '.join(map(str, filter(None, places)))}")


def _tools(options, directory):
    """Copies of the programs under test: a build meanwhile must not change them mid-run."""
    tools = directory / "bin"
    tools.mkdir(exist_ok=True)
    builds = [options.build] if options.build else [SOURCE / "build", SOURCE / "build-dev"]
    shutil.copy(find_program("kw-inject", [b / "lab/kw-inject" for b in builds]), tools)
    if not options.oracle:
        shutil.copy(find_program("knowhy", [b / sub for b in builds for sub in
                                            ("knowhy", "src/cli/knowhy")]), tools)
    return tools


def _variant_plans(cases, kernel):
    first_nic = 0
    for case in cases:
        nics = [vm.nic_mac(first_nic + number) for number in range(len(case.nics))]
        first_nic += len(nics)
        for variant in case.variants:
            if kernel in variant.kernels:
                yield {"id": f"{case.name}/{variant.name}", "setup": variant.setup,
                       "run": variant.run, "limit": case.limit, "needs": case.needs,
                       "command": case.command, "options": variant.options.split(),
                       "alone": case.alone, "ipv6": case.ipv6, "nics": nics}


def _watcher(options):
    if options.oracle:
        return oracle.command()
    command = ["knowhy", "drops", "--json", "--harmless"]
    # Emulated, everything costs ten times as much; shedding samples is not what the cases are about.
    return command + ["--max-cpu", "90"] if options.kernel == "guest" else command


def make_plan(cases, options, tools):
    """What the agent is told."""
    return {"kernel": options.kernel, "path": [tools],
            "watcher": _watcher(options),
            "mark": oracle.MARK if options.oracle else None,
            "workers": 1 if options.oracle else WORKERS[options.kernel],
            "variants": list(_variant_plans(cases, options.kernel))}


def _build_modules(cases, kernel, directory):
    """Those of lab/modules that the cases load, each in a directory of its name."""
    for name in sorted({name for case in cases for name in case.modules}):
        try:
            modules.build_module(name, kernel, HOST_ARCH, directory / "modules" / name)
        except modules.ModuleError as error:
            raise BatchError(f"lab/modules/{name} does not build:\n{error}") from error


def _run_in_guest(cases, options, directory, on_progress):
    plan = make_plan(cases, options, "/run/lab/bin")
    nics = [nic for case in cases for nic in case.nics]
    (directory / "plan.json").write_text(json.dumps(plan))
    kernel = find_kernel(options.fetch_dbg and any(case.dbg for case in cases))
    _build_modules(cases, kernel, directory)
    machine = vm.Machine(kernel, directory, nics)
    limit = SETUP_SECONDS + sum(v["limit"] + 5 for v in plan["variants"])
    status = vm.boot(machine, f"exec {AGENT} /run/lab\n", limit, on_progress)
    if status != 0:
        raise BatchError(f"the agent failed:\n{(directory / 'output').read_text()[-2000:]}")


def _run_natively(cases, options, directory, _on_progress):
    plan = make_plan(cases, options, str(directory / "bin"))
    (directory / "plan.json").write_text(json.dumps(plan))
    with open(vm.LAB / "guest/agent.py", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status = subprocess.run([AGENT, directory], check=False).returncode
    if status != 0:
        raise BatchError(f"the agent failed with status {status}")


def _findings(directory):
    for line in (directory / "findings.jsonl").read_text(errors="replace").splitlines():
        record = json.loads(line)
        if record.get("type") == "finding":
            yield record


def _judge_variant(case, variant, outcome, findings, options):
    if outcome["problem"]:
        return [outcome["problem"]]
    problems = check.check_counters(variant, outcome["counters"], options.kernel)
    if case.command == "diagnose":
        findings = outcome["diagnosed"]
        if options.oracle:
            return problems
    if options.oracle:
        if variant.oracle is not None:
            problems += oracle.compare(variant.oracle, outcome["drops"])
    else:
        problems += check.check_findings(case, variant, outcome["netns"], findings, options.kernel)
    return problems


def judge(cases, results, findings, options):
    """The report: for each case "passed", "failed" or "cannot run here", with the reasons."""
    report = {}
    for case in cases:
        problems, missing, ran = [], set(), False
        for variant in case.variants:
            name = f"{case.name}/{variant.name}"
            missing |= set(results["cannot"].get(name, []))
            if name in results["variants"]:
                ran = True
                found = _judge_variant(case, variant, results["variants"][name], findings, options)
                problems += [f"{variant.name}: {problem}" for problem in found]
        if missing and options.kernel == "guest":
            problems.append(f"the guest lacks {', '.join(sorted(missing))}")
        if problems and options.kernel in case.known:
            report[case.name] = {"outcome": "known to fail",
                                 "problems": [case.known[options.kernel], *problems]}
        elif problems:
            report[case.name] = {"outcome": "failed", "problems": problems}
        elif missing or not ran:
            report[case.name] = {"outcome": "cannot run here",
                                 "problems": [f"this kernel lacks {', '.join(sorted(missing))}"
                                              if missing else "no variant is meant for it"]}
        else:
            report[case.name] = {"outcome": "passed", "problems": []}
    return report


def run_twice(cases, options, on_progress=lambda: None):
    """As run(), but what failed among many is tried once more by itself, and the report says so: a
    batch of everything is also a test of patience, on a machine that may be busy."""
    report = run(cases, options, on_progress)
    failed = [case for case in cases if report[case.name]["outcome"] == "failed"]
    if not failed or len(failed) == len(cases):
        return report
    again = run(failed, dataclasses.replace(options, results=options.results / "again"),
                on_progress)
    for name, second in again.items():
        if second["outcome"] == "passed":
            first = report[name]["problems"]
            report[name] = {"outcome": "passed",
                            "problems": [f"at the second try; the first: {p}" for p in first]}
    (options.results / "report.json").write_text(json.dumps(report))
    return report


def without_debug_files(cases, options):
    """A report of the cases that cannot run for want of debug files that nobody is to download."""
    if options.fetch_dbg or options.kernel == "native" or has_debug_files(find_kernel()):
        return {}
    return {case.name: {"outcome": "cannot run here",
                        "problems": ["no debug files; lab/kernel --dbg downloads them"]}
            for case in cases if case.dbg}


def run(cases, options, on_progress=lambda: None):
    """Runs the cases in one batch and returns the report, which it also leaves in the results."""
    directory = options.results
    directory.mkdir(parents=True, exist_ok=True)
    left_out = without_debug_files(cases, options)
    cases = [case for case in cases if case.name not in left_out]
    if options.kernel == "native" and os.geteuid() != 0:
        report = {case.name: {"outcome": "cannot run here", "problems": ["it needs root"]}
                  for case in cases}
        (directory / "report.json").write_text(json.dumps(report))
        return report
    for leftover in ["results.json", "findings.jsonl", "report.json", "progress"]:
        (directory / leftover).unlink(missing_ok=True)
    _tools(options, directory)
    runner = _run_in_guest if options.kernel == "guest" else _run_natively
    runner(cases, options, directory, on_progress)
    results = json.loads((directory / "results.json").read_text())
    if results["watcher"]["problem"]:
        raise BatchError(results["watcher"]["problem"])
    if options.oracle:
        drops = oracle.drops_by_variant(directory, results["variants"])
        for name, outcome in results["variants"].items():
            outcome["drops"] = drops[name]
        (directory / "results.json").write_text(json.dumps(results))
        findings = []
    else:
        findings = list(_findings(directory))
    report = judge(cases, results, findings, options) | left_out
    if not options.oracle and results["watcher"]["status"] != 0:
        raise BatchError(f"knowhy ended with status {results['watcher']['status']}: "
                         f"{(directory / 'watcher.err').read_text(errors='replace')[-600:]}")
    (directory / "report.json").write_text(json.dumps(report))
    return report

"""Says what came of the cases."""
import json
import sys

SKIPPED = 77  # the exit status that ctest counts as "skipped"


def rerun_command(name, native, oracle=False):
    """The command that repeats one case."""
    return f"lab/run {'--native ' if native else ''}{'--oracle ' if oracle else ''}{name}"


def show_case(name, result, native, oracle=False):
    print(f"{result['outcome']:16} {name}")
    for problem in result["problems"]:
        print(f"    {problem}")
    if result["outcome"] == "failed":
        print(f"    again: {rerun_command(name, native, oracle)}")


def show(report, options, results):
    """Prints a whole report; returns the exit status."""
    native = options.kernel == "native"
    for name, result in report.items():
        show_case(name, result, native, options.oracle)
    outcomes = [result["outcome"] for result in report.values()]
    failed = outcomes.count("failed")
    cannot = outcomes.count("cannot run here")
    known = outcomes.count("known to fail")
    print(f"{outcomes.count('passed')} passed, {failed} failed, {known} known to fail, "
          f"{cannot} cannot run here; results in {results}")
    if failed:
        return 1
    return SKIPPED if cannot == len(outcomes) else 0


def show_stored(directory, name, native):
    """One case of an earlier run; for the ctest entries."""
    path = directory / "report.json"
    if not path.is_file():
        print(f"no report in {directory}: the batch itself failed", file=sys.stderr)
        return 3
    result = json.loads(path.read_text()).get(name)
    if result is None:
        print(f"{name} was not in the batch", file=sys.stderr)
        return 3
    show_case(name, result, native)
    return {"passed": 0, "failed": 1}.get(result["outcome"], SKIPPED)


class Progress:
    """Shows on a terminal what the agent is at."""

    def __init__(self, directory):
        self.path = directory / "progress"
        self.shown = ""

    def tick(self):
        if not sys.stderr.isatty() or not self.path.is_file():
            return
        lines = self.path.read_text(errors="replace").splitlines()
        if lines and lines[-1] != self.shown:
            self.shown = lines[-1]
            print(f"\r\033[K{self.shown}", end="", file=sys.stderr, flush=True)
            if self.shown.endswith(" done"):
                print("\r\033[K", end="", file=sys.stderr, flush=True)

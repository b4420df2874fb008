"""Holds what was found against what a case expects. Pure: findings in, problems out."""
import re


def pick(value, kernel):
    """A value may differ between the guest's kernel and the machine's own: {guest: x, native: y}."""
    if isinstance(value, dict) and set(value) <= {"guest", "native"} and value:
        return value.get(kernel)
    return value


def one_of(expected, actual):
    """A list means any of its members."""
    return actual in expected if isinstance(expected, list) else actual == expected


def count_matches(expected, actual):
    """Exactly N, or ">=N"."""
    if isinstance(expected, str) and expected.startswith(">="):
        return actual >= int(expected[2:])
    return actual == int(expected)


def _named_match(expected, items):
    """Every expected name is among the items with a value that the pattern finds."""
    for name, pattern in expected.items():
        values = [str(item.get("value", "")) for item in items
                  if re.search(name, item.get("name", ""))]
        if not any(re.search(str(pattern), value) for value in values):
            yield f"{name} ~ {pattern}, but got {values or 'nothing of that name'}"


def _field_problems(expected, finding, kernel):
    for field in ("certainty", "verdict", "device"):
        wanted = pick(expected.get(field), kernel)
        if wanted is not None and not one_of(wanted, finding.get(field)):
            yield f"{field} is {finding.get(field)}, expected {wanted}"
    for field in ("evidence", "set_by"):
        wanted = pick(expected.get(field), kernel) or {}
        for problem in _named_match(wanted, finding.get(field, [])):
            yield f"{field}: {problem}"
    sentence = pick(expected.get("sentence"), kernel)
    if sentence and not re.search(sentence, finding.get("sentence", "")):
        yield f"sentence is '{finding.get('sentence')}', expected /{sentence}/"


def _check_expected(expected, findings, kernel):
    """One expected cause may come as several findings (places, devices): their counts add up."""
    cause = pick(expected["cause"], kernel)
    matching = [f for f in findings if one_of(cause, f.get("cause"))]
    if not matching:
        seen = sorted({f"{f.get('cause')} ({f.get('count')})" for f in findings})
        return [f"no finding {cause}; there were: {', '.join(seen) or 'none'}"]
    problems = []
    wanted = pick(expected.get("count"), kernel)
    total = sum(f.get("count", 0) for f in matching)
    if wanted is not None and not count_matches(wanted, total):
        problems.append(f"{cause}: count is {total}, expected {wanted}")
    # One of them must be right in everything; the nearest one is reported.
    mistakes = [list(_field_problems(expected, f, kernel)) for f in matching]
    problems += [f"{cause}: {mistake}" for mistake in min(mistakes, key=len)]
    return problems


def own_findings(findings, netns, letters="ABC"):
    """Findings in a variant's namespaces; the last of one id counts, as it replaces the others.

    The letter "?" adds those whose namespace nothing told any more (a purge of a dead socket).
    """
    inums = {netns[letter] for letter in letters if letter in netns}
    if "?" in letters:
        inums.add(0)
    latest = {f["id"]: f for f in findings}
    return [f for f in latest.values() if (f.get("netns") or {}).get("inum") in inums]


def check_findings(case, variant, netns, findings, kernel):
    """Problems of one variant, as text lines; none means it passed."""
    own = own_findings(findings, netns)
    problems = []
    for expected in variant.expect:
        where = pick(expected.get("in", "ABC"), kernel)
        problems += _check_expected(expected, own_findings(findings, netns, where), kernel)
    for finding in own:
        words = f"{finding.get('cause')} ({finding.get('count')}): {finding.get('sentence')}"
        # What diagnose finds is no loss but a fault: "n/a".
        fine = ("harmless",) if case.command == "diagnose" else ("harmless", "n/a")
        lost = finding.get("verdict") not in fine
        if finding.get("cause") in variant.never:
            problems.append(f"must never be said here: {words}")
        elif variant.none and lost and finding.get("cause") == case.cause:
            problems.append(f"found in the clean twin: {words}")
        elif variant.quiet and lost:
            problems.append(f"nothing is wrong here, yet: {words}")
    return problems


def check_counters(variant, counters, kernel):
    """Kernel counters (as nstat names them) of namespace B, or of A with a leading "A."."""
    problems = []
    for name, wanted in variant.counters.items():
        letter, _, counter = name.rpartition(".")
        moved = counters.get(letter or "B", {}).get(counter, 0)
        expected = pick(wanted, kernel)
        if expected is not None and not count_matches(expected, moved):
            problems.append(f"counter {name} moved by {moved}, expected {expected}")
    return problems

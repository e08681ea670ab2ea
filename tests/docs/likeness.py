"""Whether what is printed is what a page shows, apart from what differs from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterator

ANYTHING = "…"
_OUTCOME = re.compile(r"(done|unchanged|failed|skipped|deferred) +\S")

_RULES = [
    (re.compile(pattern), word)
    for pattern, word in (
        (r" \(\d+(\.\d+)? s\)", ""),  # how long it took, where that is worth telling
        (r"\(\d+(\.\d+)? s, run", "(run"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC)?", "TIME"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
        (r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC"),
        (r"\b[0-9a-f]{12,64}\b", "DIGEST"),
        (r"\b192\.168\.150\.1\d\d\b", "LEASE"),
        (r"\bvnet\d+\b", "VNET"),
        (r"\bprocess \d+ of \S+ on [\w.-]+", "PROCESS"),
        (r"\b\d+([smhd]| min) ago\b", "AGE ago"),
        (r"\bvr-safety-\d{8}-\d{6}\b", "SAFETY"),
        (r"\b(\d+d)?(\d+h)?(\d+m)?\d+s\b|\b\d+d\d+h\b|\b\d+h\d+m\b", "AGE"),
        (r"\b(libvirt|QEMU) \d+\.\d+\.\d+", r"\1 VERSION"),
        (r" {2,}", "  "),  # columns are as wide as what stands in them
    )
]


def alike(shown: list[str], printed: list[str], but: str = "") -> bool:
    """Whether the lines of a page say what was printed; `but` is what differs besides, as a pattern."""
    pattern = "".join(map(_pattern, _in_order([key(line, but) for line in shown])))
    text = "".join(f"{line}\n" for line in _in_order([key(line, but) for line in printed]))
    return re.fullmatch(pattern, text) is not None


def key(line: str, but: str = "") -> str:
    """A line without what differs from run to run."""
    line = re.sub(but, "  ", line) if but else line
    for rule, word in _RULES:
        line = rule.sub(word, line)
    return line.rstrip()


def brought_up_to_date(shown: list[str], printed: list[str], but: str = "") -> list[str]:
    """What a page should show: as it is where that is right, else what was printed, left out where it did."""
    if alike(shown, printed, but):
        return shown
    left, start = list(printed), 0
    for at, line in enumerate(shown):
        if line.strip() != ANYTHING:
            continue
        before = _place(shown[at - 1], left, start) if at else -1
        begins = start if before is None else before + 1
        ends = _place(shown[at + 1], left, begins) if at + 1 < len(shown) else len(left)
        if before is not None and ends is not None:
            left[begins:ends] = [line]
            start = begins + 1
    return left


def _place(line: str, lines: list[str], start: int) -> int | None:
    """Where a line stands, from a place on; of what was done, which comes in any order, the first."""
    done = "done "
    for at in range(start, len(lines)):
        if key(lines[at]) == key(line) or (line.startswith(done) and lines[at].startswith(done)):
            return at
    return None


def _pattern(line: str) -> str:
    if line.strip() == ANYTHING:
        return r"(?:.*\n)*?"
    return ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n"


def _in_order(lines: list[str]) -> Iterator[str]:
    """What runs beside each other ends in any order: outcomes that follow each other are sorted."""
    outcomes: list[str] = []
    for line in lines:
        if _OUTCOME.match(line):
            outcomes.append(line)
            continue
        yield from sorted(outcomes)
        outcomes = []
        yield line
    yield from sorted(outcomes)

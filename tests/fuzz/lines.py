"""Command lines that nobody means, upon a tree that is fine. None leads out of the case's folder."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.fuzz import hostile, judge
from tests.fuzz.ground import Ground
from tests.fuzz.valid import documents

_WORDS = (
    "tree",
    "nowhere",
    "tree/all.yaml",
    "host.db",
    "",
    ".",
    "x",
    "-",
    "--",
    "Domain",
    "Domain.disks",
    "web",
    "1",
)
_COMMANDS = ("validate", "plan", "apply", "diff", "status", "adopt", "destroy", "rebalance", "history",
    "schema",
             "hosts", "explain", "init", "run", "nonsense", "console")  # fmt: skip
_OPTIONS = ("--yes", "--json", "--help", "--prune", "--no-prune", "--detailed-exitcode", "--quiet",
    "--nonsense", "-v", "-h",
            "--allow-data-loss", "--observe")  # fmt: skip
_VALUED = {
    "--output": ("text", "json", "xml", ""),
    "--color": ("auto", "never", "always", "x"),
    "--only": ("Domain/*", "Domain/g0", "app=web", "", "=", "/", "*/*", "[", "Nothing/x"),
    "--host": ("one=sim:host.db?host=one", "sim:host.db", "sim:", "x", "=", "one=", "sim:tree",
    "sim:host.db?delay=x",
               "sim:nowhere/host.db", "nothing:x", "a=sim:host.db?cpus=-1"),
    "--state": ("sqlite:///state.db", "sqlite:///tree", "sqlite:///tree/all.yaml", "", "x://y",
    "sqlite://", "state",
                "sqlite:///host.db", "sqlite:///nowhere/state.db"),
    "--out": ("saved.plan", "tree", "nowhere/x", ""),
    "--plan": ("saved.plan", "tree/all.yaml", "nowhere", "tree", "host.db"),
    "--to": ("adopted", "tree/all.yaml", "tree", ""),
    "--parallel": ("0", "1", "-1", "x", "9999999999", ""),
    "--max-deletions": ("0", "-1", "x", "99999999999999999999"),
    "--interval": ("0", "1s", "-1s", "x", ""),
    "--jitter": ("0", "2", "x", "nan"),
}  # fmt: skip


def run(ground: Ground) -> Iterator[str]:
    rng = ground.rng
    before = ground.theirs()
    ground.declare(documents(rng))
    for _ in range(rng.randrange(1, 5)):
        ground.call(*_line(rng))
    yield from judge.words(ground)
    if ground.theirs() != before:
        yield "what belongs to others is not what it was"


def _line(rng: Random) -> list[str]:
    command = rng.choice(_COMMANDS)
    line = [command, "tree"] if rng.random() < 0.7 else [command]
    if rng.random() < 0.3:
        line.append(rng.choice(_WORDS) if rng.random() < 0.5 else _safe(hostile.text(rng)))
    line += rng.sample(_OPTIONS, rng.choice((0, 0, 1, 2)))
    for option in rng.sample(sorted(_VALUED), rng.choice((0, 1, 1, 2))):
        line += [option, rng.choice(_VALUED[option])]
    # `run` without --once runs for ever, and `console` without a time waits as long.
    line += {"run": ["--once"], "console": ["--timeout", "0.05"]}.get(command, [])
    return line


def _safe(text: str) -> str:
    """A text that is no way out of the folder; the system itself takes no zero bytes nor lone surrogates."""
    return text.replace("/", "_").replace("..", "_").encode("utf-8", "replace").decode()

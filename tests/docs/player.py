"""Plays the scenes of a page: its commands are run one after the other, as a reader would type them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.likeness import brought_up_to_date
from tests.docs.page import Block, Page, Remark
from tests.docs.shell import Shell
from tests.docs.stages import HOME, stage

if TYPE_CHECKING:
    from tests.support.daemons import LibvirtHost

Hosts = Callable[[], "LibvirtHost"]
"""Gives a host with nothing on it."""

_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Played:
    """A command of a block: what the page shows of it, what it printed, how it ended."""

    block: Block
    command: str
    shown: list[str]
    printed: list[str]
    code: int


def is_played(page: Page) -> bool:
    """Whether anything of a page is run."""
    return any(map(_runs, page.blocks))


def needs_a_host(page: Page) -> bool:
    """Whether a scene of it stands on a real host."""
    return any(isinstance(part, Remark) and part.stage not in {"", "sim"} for part in page.parts)


def play(page: Page, hosts: Hosts) -> Iterator[Played]:
    """Runs everything of a page that can be run, in order."""
    with ExitStack() as scene:
        shell: Shell | None = None
        home = Path()
        for part in page.parts:
            if isinstance(part, Remark):
                if part.stage:
                    scene.close()
                    host = hosts() if part.stage != "sim" else None
                    shell, home = scene.enter_context(stage(part.stage, host).opened())
                _unseen(shell, part)
            elif _runs(part):
                assert shell, f"{part}: it is run, but there is no scene"
                yield from _played(part, shell, home)
            elif {"append", "write"} & part.said.keys():
                _written(part, home)


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a block and what it shows of their output."""
    if block.language == "python":
        return [(f"python - <<'END'\n{block.text}END", [])]
    if block.language == "sh":
        lines = block.text.replace("\\\n", " ").splitlines()
        return [(line, []) for line in lines if line.strip() and not line.startswith("#")]
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith(_PROMPT):
            found.append((line.removeprefix(_PROMPT), []))
        else:
            found[-1][1].append(line)
    return found


def rewritten(block: Block, played: list[Played]) -> list[str]:
    """The lines of a block with what was printed, fences included."""
    lines = [f"{_PROMPT}{each.command}" for each in played]
    text = [
        line
        for prompt, each in zip(lines, played, strict=True)
        for line in (prompt, *brought_up_to_date(each.shown, each.printed, block.said.get("but", "")))
    ]
    return [f"{block.indent}{line}".rstrip() for line in text]


def _runs(block: Block) -> bool:
    return (block.language == "console" and "not-run" not in block.said) or "run" in block.said


def _unseen(shell: Shell | None, remark: Remark) -> None:
    if remark.script:
        assert shell, f"{remark}: there is no scene"
        said, code = shell.run(remark.script)
        assert code == 0, f"{remark}: {said}"


def _played(block: Block, shell: Shell, home: Path) -> Iterator[Played]:
    for command, shown in commands(block):
        asked = command.replace(HOME, str(home))
        said, code = shell.run(_ended(asked, block.said["until"]) if "until" in block.said else asked)
        printed = said.replace(str(home), HOME).splitlines()
        yield Played(block, command, shown, [line.rstrip() for line in printed], code)


def _ended(command: str, until: str) -> str:
    """A command that goes on for ever, ended when it has printed that; `.printed` has what it prints."""
    words = command.split(maxsplit=1)[1]
    return f"""
        python -c 'from reconciler.cli.main import main; main()' {words} > .printed 2>&1 &
        for _ in $(seq 1200); do grep -q {shlex.quote(until)} .printed && break; sleep 0.05; done
        kill $!; wait $!; cat .printed"""


def _written(block: Block, home: Path) -> None:
    """As a reader does it in an editor, whose file it stays."""
    if "write" in block.said:
        path = home / block.said["write"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    else:
        path = home / block.said["append"]
        path.write_text(path.read_text() + block.text)

"""What the pages show is so: their blocks, commands, transcripts, tables and links.

Every block says what it is (its fence's language) and, behind that, what a reader cannot see:

    ```yaml                     whole documents: they load, with what they refer to declared beside them
    ```yaml of=Domain.spec      a part, which stands at that place of a document
    ```yaml as=policy           a file of another kind: `tests/docs/parsers.py` names the reader of each
    ```console                  `$ command` and what it prints: it is run, and prints that
    ```console until="words"    the same of a command that goes on for ever: it is ended when it prints these
    ```sh run                   commands without their output: they are run
    ```sh not-run="needs root"  neither can be run here; it is parsed, and so are our own commands in it
    ```text message             lines that the program prints somewhere: its own sentences, found in the code
    ```text drawing             nothing to be tested

What is run, is run in order in the folder and shell of a scene. Remarks, which no reader sees, begin one and
do what the sentences between the blocks say:

    <!-- scene: sim             a fresh folder, and the shell of an ordinary user
    <!-- scene: libvirt         the same on a host with a real libvirtd and QEMU
    <!-- scene: lab             the same with sudo, on this machine: for labs, which end with the scene
    <!-- meanwhile              then, on lines of their own, commands that are run unseen

In what is printed a line of `…` stands for any lines, a `…` in a line for any text; what differs from run to
run (`tests/docs/likeness.py`) is not compared. `python -m tests.docs --write` puts down what is printed now.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def pages() -> tuple[Path, ...]:
    """All pages for people, but the list of changes."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return (*found, *sorted((ROOT / "examples").rglob("README.md")))

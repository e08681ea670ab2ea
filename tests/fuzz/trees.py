"""Trees that somebody wrote wrongly, or to do harm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from lxml import etree

from tests.fuzz import hostile, judge, mutate
from tests.fuzz.convergence import converges
from tests.fuzz.ground import Ground, as_yaml
from tests.fuzz.valid import documents

RAW = (
    "<domain type='kvm'><name>raw</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
    "<disk type='file' device='disk'><source file='/srv/images/raw.img'/><target dev='vda'/></disk>"
    "<interface type='network'><source network='lan'/></interface></devices></domain>",
    "<network><name>raw</name><ip address='10.9.0.1' netmask='255.255.255.0'/></network>",
    "<pool type='dir'><name>raw</name><target><path>/srv/raw</path></target></pool>",
)


def run(ground: Ground) -> Iterator[str]:
    """One tree: checked; planned and applied where it is valid."""
    rng = ground.rng
    before = ground.theirs()
    _write(ground, rng)
    code = ground.call("validate", "tree")
    if code not in (0, 3):
        yield f"validate says {code}:\n{ground.said[-1].text[-900:]}"
    if code == 0 and rng.random() < 0.5:
        yield from converges(ground)
    elif code == 0:
        ground.call(rng.choice(("plan", "status", "diff")), *TREE_ONLY)
    yield from judge.words(ground)
    if ground.theirs() != before:
        yield "what belongs to others is not what it was"


TREE_ONLY = ("tree", "--state", "sqlite:///state.db")


def _write(ground: Ground, rng: Random) -> None:
    made: list[Any] = list(documents(rng))
    kind = rng.randrange(10)
    if kind < 5:
        made = mutate.of_values(rng, made)
    data = _dumped(made)
    if kind in (5, 6):
        data = mutate.of_bytes(rng, data)
    (ground.tree / "all.yaml").write_bytes(data)
    if kind == 7:
        text = mutate.of_xml(rng, rng.choice(RAW))
        raw = text.encode()
        (ground.tree / "raw.xml").write_bytes(mutate.of_bytes(rng, raw) if rng.random() < 0.5 else raw)
    if kind == 8:
        _odd_file(ground.tree, rng)


def _dumped(made: list[Any]) -> bytes:
    try:
        return as_yaml(made)
    except (ValueError, TypeError, etree.Error):  # a key that YAML's writer cannot hold
        return repr(made).encode("utf-8", "replace")


def _odd_file(tree: Path, rng: Random) -> None:
    names = ("x.yaml", "x.xml", ".x.yaml", "x.yml", "X.YAML", "a b.yaml", "\udcff.yaml", "\x1b[2J.yaml",
    "one/x.xml",
             "é.yaml", "a\nb.yaml", "-.yaml", "x.yaml~", "one.yaml/y.yaml")  # fmt: skip
    path = tree / rng.choice(names)
    path.parent.mkdir(exist_ok=True)
    kind = rng.randrange(8)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        os.mkfifo(path)
    elif kind == 2:
        targets = (
            "/etc/passwd",
            "nowhere",
            "x.yaml",
            "/dev/zero",
            "..",
            ".",
            "/proc/self/environ",
            "all.yaml",
            "image",
        )
        path.symlink_to(rng.choice(targets))
    elif kind == 3:
        path.write_bytes(rng.randbytes(rng.choice((0, 1, 100, 5000))))
    elif kind == 4:
        path.write_bytes((tree / "all.yaml").read_bytes())
    elif kind == 5:
        path.write_bytes(
            rng.choice(("utf-16", "utf-32", "utf-8-sig")).encode()
            + hostile.text(rng).encode("utf-8", "replace")
        )
    elif kind == 6:
        path.write_bytes(rng.choice(RAW).encode(rng.choice(("utf-16", "utf-8-sig", "latin-1"))))
    else:
        path.write_bytes(
            rng.choice(
                (b"[" * 3000, b"{a: " * 300, b"- " * 3000, b"a: &a [*a]", b"&a [" * 50, b"x: " + b"9" * 5000)
            )
        )

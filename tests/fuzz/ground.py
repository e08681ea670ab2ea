"""The folder of one case: a tree, a simulated host with things of others, and the program upon them."""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from drivers.contract.complete import CompleteHost, open_complete
from reconciler.cli import main
from reconciler.inputs.images.content import Bytes
from specs.identity import Kind
from tests.fuzz.valid import SECRET_VALUE

TREE = ("tree", "--state", "sqlite:///state.db")
"""Relative to the case's folder, which is the working directory."""

THEIRS = {
    (Kind.NETWORK, "theirs"): "<network><name>theirs</name></network>",
    (Kind.STORAGE_POOL, "theirs"): (
        "<pool type='dir'><name>theirs</name><target><path>/srv/theirs</path></target></pool>"
    ),
    (Kind.VOLUME, "theirs/precious"): (
        "<volume><name>precious</name><capacity unit='KiB'>64</capacity></volume>"
    ),
    (Kind.DOMAIN, "theirs"): (
        "<domain type='kvm'><name>theirs</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>"
        "<devices><disk type='file' device='disk'><source file='/srv/theirs/precious'/>"
        "<target dev='vda'/></disk></devices></domain>"
    ),
}
"""What somebody else has on every host."""


@dataclass
class Said:
    """One call of the program."""

    arguments: tuple[str, ...]
    code: int
    text: str


@dataclass
class Ground:
    """A case at work; `said` is all that the program said so far."""

    folder: Path
    rng: Random
    said: list[Said] = field(default_factory=list)
    hosts: tuple[str, ...] = ("one", "two")

    def __post_init__(self) -> None:
        (self.folder / "tree").mkdir(parents=True)
        (self.folder / "host.db").write_bytes(_others_host())
        (self.folder / "tree/image").write_bytes(b"the image " * 400)
        (self.folder / "tree/key").write_text(SECRET_VALUE)

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    def declare(self, documents: list[Any]) -> None:
        (self.tree / "all.yaml").write_bytes(as_yaml(documents))

    def call(self, *arguments: str) -> int:
        """The program, in this process; its words are kept."""
        # As on a terminal: what cannot be encoded is an error on standard output only.
        output = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        errors = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = main.call([*arguments, "--verbose"] if "-h" not in arguments else list(arguments))
        words = output.buffer.getvalue() + errors.buffer.getvalue()
        self.said.append(Said(arguments, code, words.decode("utf-8", "replace")))
        return code

    def apply(self) -> int:
        return self.call("apply", *TREE, "--yes", "--allow-data-loss")

    def plan(self) -> int:
        return self.call("plan", *TREE, "--detailed-exitcode")

    def lose_state(self) -> None:
        for file in self.folder.glob("state.db*"):
            file.unlink()

    def theirs(self) -> list[Any]:
        """All rows of what belongs to others, to the letter."""
        with closing(sqlite3.connect(self.folder / "host.db")) as rows:
            objects = rows.execute(
                "SELECT host, kind, uuid, document, live, power, autostart FROM objects WHERE name = 'theirs'"
                " ORDER BY host, kind"
            ).fetchall()
            volumes = rows.execute("SELECT host, document FROM volumes WHERE name = 'precious'").fetchall()
            data = rows.execute("SELECT host, length, data FROM contents WHERE name = 'precious'").fetchall()
        return [objects, sorted(volumes), sorted(data)]

    def rewrite(self, change: Callable[[sqlite3.Connection], None]) -> None:
        """Changes the host's file behind everybody's back."""
        with closing(sqlite3.connect(self.folder / "host.db")) as rows:
            change(rows)
            rows.commit()

    def driver(self, host: str) -> CompleteHost:
        return open_complete(f"sim:{self.folder}/host.db?host={host}", host=host)


def as_yaml(documents: list[Any]) -> bytes:
    """The documents, also those with values that plain YAML text has no way to say."""
    dumped = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    return dumped.encode("utf-8", "surrogatepass")


@cache
def _others_host() -> bytes:
    """A host's file with what others have there, made once a process."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="vr-fuzz-host-"))
    for host in ("one", "two"):
        driver = open_complete(f"sim:{folder}/host.db?host={host}", host=host)
        for (kind, name), document in THEIRS.items():
            driver.lifecycle.define(kind, name, document)
            if kind is Kind.STORAGE_POOL:
                driver.lifecycle.build_pool(name)
            if kind is Kind.VOLUME:
                driver.storage.upload(name, Bytes(b"precious " * 100), lambda _: None)
            else:
                driver.lifecycle.start(kind, name)
        driver.close()
    with closing(sqlite3.connect(folder / "host.db")) as rows:
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = (folder / "host.db").read_bytes()
    shutil.rmtree(folder)
    return data

"""Kills upon a real libvirtd: a tree that changes round by round, and others' things beside it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain

_PATIENCE = 120
DOMAINS, VOLUMES = 12, 6

FLEET = "5a0f2c1e-9a44-4d0e-8f5e-0c8a4c7d9b11"


class Grounds:
    """A tree on a host of its own, where somebody else has a running guest and a volume."""

    def __init__(self, host: LibvirtHost, folder: Path) -> None:
        self.host, self.tree = host, folder / "tree"
        self.tree.mkdir(parents=True)
        (self.tree / "image").write_bytes(b"what the image holds " * 50_000)
        given = folder / "given.xml"
        given.write_text(qemu_domain("steady", host.images / "steady.console", memory_mib=256))
        host.virsh("create", str(given))
        host.virsh("pool-define-as", "theirs", "dir", "--target", str(host.images / "theirs"))
        host.virsh("pool-build", "theirs")
        host.virsh("pool-start", "theirs")
        host.virsh("vol-create-as", "theirs", "precious", "1M")
        (host.images / "theirs/precious").write_bytes(b"precious" * 1000)

    def theirs(self) -> tuple[object, ...]:
        """What somebody else has on the host, as it is now; reading it here touches its times."""
        described = self.host.virsh("vol-dumpxml", "--pool", "theirs", "precious")
        return (
            self.host.qemu_process("steady"),
            re.sub(r"(?s)<timestamps>.*</timestamps>", "", described),
            (self.host.images / "theirs/precious").read_bytes(),
        )

    def declare(self, rng: Random, number: int) -> None:
        """Another tree: edits, creations and removals, fills, starts and stops."""
        parts = [
            _document("Fleet", "kills", f"uuid: {FLEET}, prune: true, maxDeletions: 50, maxShrink: 100%"),
            _document("Host", "hv1", f'uri: "{self.host.qemu}"'),
            _document("StoragePool", "data", f"target: {self.host.images / 'data'}"),
            _document("Network", "lan", "ips: [{address: 10.74.0.1/24}]"),
        ]
        # What is paused lets go of no disk: those of the first two stay.
        kept = sorted({0, 1, *rng.sample(range(VOLUMES), rng.randint(3, VOLUMES))})
        parts += [
            _document("Volume", f"v{i}.img", "pool: data, capacity: 2MiB, source: image, onDelete: delete")
            for i in kept
        ]
        for i in rng.sample(range(DOMAINS), rng.randint(4, DOMAINS)):
            disk = f"disks: [{{volume: {{pool: data, name: v{i}.img}}}}], " if i in kept else ""
            state = "paused" if i < 2 else "stopped"
            parts.append(
                _document(
                    "Domain",
                    f"d{i}",
                    f"type: qemu, state: {state}, memory: 32MiB, {disk}interfaces: [{{network: lan}}],"
                    f" description: round {number}, stop: {{deadline: 100ms, force: true}}",
                )
            )
        (self.tree / "all.yaml").write_text("---\n".join(parts))

    def popen(self, command: str, *options: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "reconciler.cli.main", command, str(self.tree), *options]
        return subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def ends(self, command: str, *options: str) -> None:
        """A command that is not killed, and goes well."""
        process = self.popen(command, *options)
        said, _ = process.communicate(timeout=_PATIENCE)
        assert process.returncode == 0, said
        assert "internal error" not in said

    def filled(self) -> None:
        """Every volume holds the image, and no more."""
        image = (self.tree / "image").read_bytes()
        for path in (self.host.images / "data").glob("*.img"):
            assert path.read_bytes().rstrip(b"\0") == image, path


def rounds(number: int, folder: Path, rng: Random) -> Iterator[tuple[str, int, str]]:
    """So many kills in time: the scene, its kills, and what did not hold."""
    with LibvirtHost() as host:
        grounds = Grounds(host, folder)
        before = grounds.theirs()
        grounds.declare(rng, 0)
        began = time.monotonic()
        grounds.ends("apply", "--yes", "--allow-data-loss")
        seconds = time.monotonic() - began
        killed = turn = 0
        while killed < number:
            turn += 1
            try:
                kills = _round(grounds, rng, turn, seconds)
                assert grounds.theirs() == before, "what belongs to others is not what it was"
            except AssertionError as error:
                yield "real", 1, str(error)
                killed += 1
                continue
            killed += kills
            yield "real", kills, ""


def _round(grounds: Grounds, rng: Random, number: int, seconds: float) -> int:
    """One tree, whose apply is killed once or twice and then ends; the kills that came in time."""
    grounds.declare(rng, number)
    kills = 0
    for _ in range(rng.randint(1, 2)):
        command, option = rng.choice((("apply", "--yes"), ("run", "--once")))
        process = grounds.popen(command, option, "--allow-data-loss")
        time.sleep(rng.uniform(0.2, seconds))
        process.kill()
        said, _ = process.communicate(timeout=_PATIENCE)
        assert "Traceback" not in said, said
        if process.returncode >= 0:
            break
        kills += 1
    grounds.ends("apply", "--yes", "--allow-data-loss")
    grounds.ends("plan", "--detailed-exitcode")
    grounds.filled()
    return kills


def _document(kind: str, name: str, spec: str) -> str:
    return f"apiVersion: virt-reconcile/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"

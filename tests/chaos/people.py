"""People: they edit and commit all the while, and change things behind the service's back."""

from __future__ import annotations

import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.chaos.judge import Thing
from tests.support.daemons import LibvirtHost

FLEET = "f1c6f0a2-7a0e-4a35-9b4f-2d7f5a3c9e10"
STRANGER = "stranger"
"""A running guest that belongs to nobody's tree, on every host."""

_HEAD = "apiVersion: virt-reconcile/v1\n"
_GIT = ("git", "-c", "user.name=People", "-c", "user.email=people@example.org", "-c", "commit.gpgsign=false")


class People:
    """Who writes the tree, and who has virsh on the hosts. `declared` is all that was ever asked for; `tree`
    is a folder, and with `bare` a working copy whose commits are pushed there."""

    def __init__(
        self,
        tree: Path,
        hosts: Mapping[str, tuple[LibvirtHost, str]],
        rng: Random,
        *,
        bare: Path | None = None,
    ) -> None:
        self.tree, self._rng, self._hosts, self._bare = tree, rng, hosts, bare
        self.declared: defaultdict[Thing, set[str]] = defaultdict(set)
        self._guests: dict[str, dict[str, str] | None] = {
            f"{host}-{n}": self._invented(host, n) for host in hosts for n in range(4)
        }
        self._count = 0
        tree.mkdir(parents=True)
        if bare:
            _git(tree.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
            _git(tree, "init", "--quiet", "--initial-branch=main")
            _git(tree, "remote", "add", "origin", str(bare))
        self.write()

    def work(self) -> None:
        """An edit, or a change by hand, and a moment without either."""
        if self._rng.random() < 0.5:
            self.edit()
        else:
            self.drift()
        time.sleep(self._rng.uniform(0.1, 0.6))

    def edit(self) -> str:
        """One edit, committed and pushed; what it was. Now and then the files are broken for a moment."""
        if self._rng.random() < 0.15:
            (self.tree / "broken.yaml").write_text("kind: [Domain\n")
            self._commit("broken")
            (self.tree / "broken.yaml").unlink()
        name = self._rng.choice(sorted(self._guests))
        host, number = name.split("-")[0], int(name.split("-")[1])
        gone = number >= 2 and self._rng.random() < 0.3
        self._guests[name] = None if gone else self._invented(host, number)
        self.write()
        return f"{'takes out' if gone else 'edits'} {name}"

    def write(self) -> None:
        """Writes all files as things are to be now."""
        self._count += 1
        files = {"fleet.yaml": self._fleet()}
        for host, (_, uri) in self._hosts.items():
            own = {name: spec for name, spec in self._guests.items() if name.startswith(f"{host}-")}
            files[f"{host}.yaml"] = "---\n".join([_host(host, uri), _lan(host), *self._domains(own)])
            self.declared["Network", "lan"].add("active")
        for name, text in files.items():
            (self.tree / name).write_text(text)
        self._commit(f"change {self._count}")

    def drift(self) -> str:
        """One change behind the service's back; what it was. A host that is away takes none."""
        host = self._rng.choice(sorted(self._hosts))
        verb, *more = self._rng.choice(_DRIFTS)
        command = [
            "virsh",
            "--connect",
            self._hosts[host][0].qemu,
            verb,
            f"{host}-{self._rng.randrange(4)}",
            *more,
        ]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, timeout=_HANDS, check=False)
        return " ".join(command[3:])

    def _invented(self, host: str, number: int) -> dict[str, str]:
        """A guest: the first of each host always runs, the last never and is moved about; any other as it
        comes."""
        state = "running" if number == 0 else "stopped" if number == 3 else self._rng.choice(_STATES)
        home = self._rng.choice(sorted(self._hosts)) if number == 3 else host
        return {"host": home, "state": state, "title": f"t{self._rng.randrange(10_000)}"}

    def _domains(self, guests: dict[str, dict[str, str] | None]) -> list[str]:
        made = []
        for name, spec in guests.items():
            self.declared["Domain", name].add(spec["state"] if spec else "absent")
            if spec:
                made.append(
                    f"{_HEAD}kind: Domain\nmetadata: {{name: {name}}}\n"
                    f"spec: {{host: {spec['host']}, type: qemu, memory: 24MiB, state: {spec['state']},"
                    f" title: {spec['title']}, stop: {{deadline: 100ms, force: true}}}}\n"
                )
        return made

    def _fleet(self) -> str:
        spec = f"{{uuid: {FLEET}, prune: true, maxDeletions: 50, maxShrink: 100%, fights: {{times: 9999}}}}"
        return f"{_HEAD}kind: Fleet\nmetadata: {{name: chaos}}\nspec: {spec}\n"

    def _commit(self, message: str) -> None:
        if self._bare:
            _git(self.tree, "add", "--all")
            _git(self.tree, "commit", "--quiet", "--allow-empty", f"--message={message}")
            self.push()

    def push(self) -> None:
        """Pushes what was committed; while git is away it waits for the next time."""
        if self._bare and self._bare.exists():
            _git(self.tree, "push", "--quiet", "origin", "main")


_HANDS = 2.0
"""Seconds after which people give up."""

_STATES = ("running", "stopped")
_DRIFTS = (
    ("destroy",),
    ("start",),
    ("undefine",),
    ("setmem", "16M", "--config"),
    ("desc", "--title", "by hand"),
    ("suspend",),
    ("autostart",),
    ("setvcpus", "1", "--config"),
)


def _host(name: str, uri: str) -> str:
    return f'{_HEAD}kind: Host\nmetadata: {{name: {name}}}\nspec: {{uri: "{uri}"}}\n'


def _lan(host: str) -> str:
    spec = f"{{host: {host}, state: inactive, autostart: false, ips: [{{address: 10.71.0.1/24}}]}}"
    return f"{_HEAD}kind: Network\nmetadata: {{name: lan}}\nspec: {spec}\n"


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run([*_GIT, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

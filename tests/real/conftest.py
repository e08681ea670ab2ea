"""What tests on real hosts share: the command line, and trees on a host of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import call
from specs.documents.marks import read_mark
from tests.support.daemons import HostFleet, LibvirtHost
from tests.support.policy import trusting

if TYPE_CHECKING:
    from tests.real.fleet import Fleet

Cli = Callable[..., int]


@pytest.fixture(autouse=True, scope="package")
def _trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controller lets these trees read secrets and images outside of them."""
    with trusting(tmp_path_factory.mktemp("policy")):
        yield


class Shell:
    """The command line upon one tree, as a user runs it, with what it printed last."""

    def __init__(self, tree: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.tree, self._capture = tree, capture
        self.out = self.err = ""

    def __call__(self, command: str, *options: str) -> int:
        return self.run(command, str(self.tree), *options)

    def run(self, *arguments: str) -> int:
        """Any command line."""
        self._capture.readouterr()
        code = call(list(arguments))
        self.out, self.err = self._capture.readouterr()
        return code

    def apply(self, *options: str) -> None:
        """Applies, and expects it to go well."""
        assert self("apply", "--yes", "--verbose", *options) == 0, self.out + self.err

    def expect_nothing_to_do(self, *options: str) -> None:
        """Plans, and expects an empty plan."""
        assert self("plan", "--detailed-exitcode", *options) == 0, self.out + self.err
        assert "No changes." in self.out

    def write(self, name: str, text: str) -> None:
        """Writes a file of the tree."""
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def lose_state(self) -> None:
        """Deletes the state, as somebody may."""
        for file in (self.tree / ".virt-reconcile").iterdir():
            file.unlink()


def vouched_for(host: LibvirtHost, name: str, uri: str = "") -> bool:
    """Whether a domain's mark says of it what was read back after our last action."""
    document = host.virsh("dumpxml", "--inactive", name, uri=uri) + "\n"
    mark = read_mark(document)
    return mark is not None and mark.vouches_for(document)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A command line upon an empty tree."""
    tree = tmp_path / "tree"
    tree.mkdir()
    return Shell(tree, capsys)


@pytest.fixture
def host(empty_host: LibvirtHost, shell: Shell) -> LibvirtHost:
    """A real host with nothing on it, declared in the shell's tree, in a fleet that may prune anything."""
    shell.write(
        "fleet.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: default}\n"
        "spec: {uuid: 0b8f9a4e-6c1d-4e2f-8a3b-7d5c9e1f2a46, maxShrink: 100%}\n",
    )
    shell.write(
        "host.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: hv1}\n"
        f'spec: {{uri: "{empty_host.qemu}"}}\n',
    )
    return empty_host


@pytest.fixture
def fleet(hosts3: HostFleet, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Three real hosts, declared in the shell's tree."""
    from tests.real.fleet import Fleet

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Fleet(hosts3, shell)

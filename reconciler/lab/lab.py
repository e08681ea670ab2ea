"""Bringing a lab up, looking at it, taking it down."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.lab.errors import LabError
from reconciler.lab.folders import remove_folder
from reconciler.lab.groups import remove_group
from reconciler.lab.host import LabHost, answers, uri_of
from reconciler.lab.machine import require_machine, require_root
from reconciler.lab.record import LabRecord, Member
from reconciler.lab.switch import Switch, address_of
from reconciler.lab.tree import digests, is_untouched, tree_files
from specs.reading.ignoring import IGNORE_FILE
from state.location import inside_of, outside_of

_HIDDEN = ("/run", "/var/run", "/proc", "/sys", "/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt",
           "/var/log/libvirt")  # fmt: skip
"""What a host sees its own version of."""
_PATH_LIMIT = 107 - len("/hosts/hv100/sock/libvirt-admin-sock")


@dataclass(frozen=True, slots=True)
class HostStatus:
    """A host of a lab: `state` is running, `no answer` (its libvirtd has ended or hangs) or gone."""

    name: str
    uri: str
    address: str
    state: str


class Lab:
    """The lab in a folder: `hosts/` with a folder a host, `shared/`, which all of them see, and `tree/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.tree, self.shared = self.folder / "tree", self.folder / "shared"
        self._hosts, self._file = self.folder / "hosts", self.folder / "lab.json"
        self._ignore = self.folder / IGNORE_FILE

    def up(self, number: int, *, guests: bool) -> None:
        """Starts that many hosts, which live on, and writes a tree for them, unless there is one already.

        Raises LabError when it cannot; nothing is left then.
        """
        require_machine()
        self._require_usable_folder()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._require_nothing_there()
            known = {f"hv{i}": address_of(i) for i in range(1, number + 1)}
            hosts = [
                LabHost(
                    name,
                    self._hosts / name,
                    address=address,
                    neighbours=known,
                    shared=self.shared,
                    capabilities=_cache() / "capabilities",
                )
                for name, address in known.items()
            ]
            files = {} if self.tree.exists() else tree_files(hosts, self.shared, guests=guests)
            members = tuple(Member(host.name, host.address, tuple(map(str, host.groups))) for host in hosts)
            record = LabRecord(members, tree=digests(files))
            record.write(self._file)
            try:
                self._ignore.write_text("# the tree of this lab is in tree/; all else is its hosts' own\n*\n")
                self.tree.mkdir(exist_ok=True)
                for name, content in files.items():
                    (self.tree / name).write_bytes(content)
                self._start(hosts, record)
            except BaseException:
                self._remove(record)
                raise

    def status(self) -> list[HostStatus]:
        """Its hosts. Raises LabError where there is no lab."""
        require_root()
        record = self._record()
        with ThreadPoolExecutor() as pool:
            states = pool.map(self._state, record.members)
            return [
                HostStatus(member.name, uri_of(self._hosts / member.name), member.address, state)
                for member, state in zip(record.members, states, strict=True)
            ]

    def down(self) -> bool:
        """Ends the lab and removes all traces, but for a tree that somebody has changed; False where there
        was none. May be called at any time: after a reboot, or when `up` was killed."""
        if not self._file.exists():
            return False
        require_root()
        with self._alone():
            self._remove(self._record())
        return True

    def _start(self, hosts: list[LabHost], record: LabRecord) -> None:
        self._hosts.mkdir(mode=0o700)
        self.shared.mkdir()
        switch = Switch(self._hosts / "switch.log")
        try:
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda host: host.open(switch), hosts))
            members = tuple(
                replace(member, process=host.holder.process)
                for member, host in zip(record.members, hosts, strict=True)
                if host.holder
            )
            # From here on `down` can end them, so they may live on without us.
            LabRecord(members, switch.holder.process, up=True, tree=record.tree).write(self._file)
            switch.holder.release(self._hosts / "control")
            for host in hosts:
                host.release()
        except BaseException:
            for host in hosts:
                host.close()
            switch.close()
            raise

    def _state(self, member: Member) -> str:
        if member.process is None or not member.process.lives():
            return "gone"
        return "running" if answers(self._hosts / member.name, 3.0) else "no answer"

    def _remove(self, record: LabRecord) -> None:
        for process in (*(member.process for member in record.members), record.switch):
            if process:
                process.end()
        for member in record.members:
            for group in member.groups:
                remove_group(Path(group))
        remove_folder(self._hosts)
        remove_folder(self.shared)
        for state in (inside_of(self.tree), outside_of(self.tree)):
            remove_folder(state.parent)  # what it remembers of hosts that are no more
        if is_untouched(self.tree, record.tree):
            remove_folder(self.tree)
        self._ignore.unlink(missing_ok=True)
        self._file.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _record(self) -> LabRecord:
        record = LabRecord.read(self._file)
        if record is None:
            raise LabError(f"there is no lab in {self.folder}; `virt-reconcile lab up` makes one")
        return record

    def _require_usable_folder(self) -> None:
        path = str(self.folder)
        if not re.fullmatch(r"[\w/.+-]+", path, re.ASCII):
            raise LabError(f"{path}: a lab's folder may have letters, digits and _ . + - in its path only")
        if any(self.folder.is_relative_to(hidden) for hidden in _HIDDEN):
            raise LabError(f"{path}: a lab's hosts do not see this folder; choose one such as /tmp/lab")
        if len(path) > _PATH_LIMIT:
            raise LabError(
                f"{path}: too long for the path of a socket, which libvirt listens on; at most {_PATH_LIMIT}"
                " characters; choose one such as /tmp/lab"
            )

    def _require_nothing_there(self) -> None:
        record = LabRecord.read(self._file)
        if record:
            what = "a lab is up" if record.up else "a lab did not come up whole"
            raise LabError(f"{what} in {self.folder}; `virt-reconcile lab down {self.folder}` ends it")
        foreign = sorted(path.name for path in self.folder.iterdir() if path != self.tree)
        if foreign:
            raise LabError(f"{self.folder} is not empty ({foreign[0]}); choose a new folder for the lab")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other lab commands off this folder."""
        import fcntl  # not everywhere; without Linux we never come here

        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise LabError(f"another lab command is at work in {self.folder}") from error
        finally:
            os.close(handle)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "virt-reconcile"

"""What is in a folder of machines: all of its files that matter, by one command (POSIX: Linux and macOS)."""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from drivers.base.errors import Refused, Transient, Unreachable
from drivers.native.commands import Commands
from drivers.vmware.beside import SUFFIX, OwnFile, read_beside
from drivers.vmware.text import NotVmx, VmxFile, decoded, parse_vmx

OWN_FOLDER = ".virt-reconcile"
"""In the folder of machines: what VMware has no file for, the pools."""

_LOOK = r"""
cd "$1" || exit 3
pwd -P
{ read -r id < /etc/machine-id && echo "$id"; } 2>/dev/null ||
  ioreg -rd1 -c IOPlatformExpertDevice 2>/dev/null | sed -n 's/.*IOPlatformUUID" = "\(.*\)"/\1/p'
echo --
export COPYFILE_DISABLE=1
shift
[ "$1" = . ] || [ ! -d ./OWN ] || set -- "$@" ./OWN
find "$@" -maxdepth 3 \( -name '*.vmx' -o -name '*.vmsd' -o -name '*SUFFIX' \) -type f -exec tar -cf - {} +
""".replace("SUFFIX", SUFFIX).replace("OWN", OWN_FOLDER)
_NO_FOLDER = 3
_NOTHING, _EMPTY = OwnFile(), VmxFile()


@dataclass(frozen=True, slots=True)
class FoundMachine:
    """The files of one machine. `wrong` says why its .vmx file cannot be read; '' for one that can."""

    path: str
    data: bytes
    vmx: VmxFile
    beside: OwnFile = _NOTHING
    snapshots: VmxFile = _EMPTY
    wrong: str = ""
    stamp: str = ""

    @property
    def name(self) -> str:
        """What VMware calls it; its file's name where it has none."""
        return (self.vmx.get("displayName") or self.stem).replace("%25", "%")

    @property
    def stem(self) -> str:
        """Its .vmx file's name without what all of them end with."""
        return posixpath.basename(self.path).removesuffix(".vmx")

    @property
    def folder(self) -> str:
        """Where its .vmx file is."""
        return posixpath.dirname(self.path)

    @property
    def suspended(self) -> bool:
        """Whether its memory was saved: it goes on when it is started."""
        return self.vmx.get("checkpoint.vmState") is not None

    def snapshot_names(self) -> tuple[str, ...]:
        """The snapshots that VMware keeps of it (its .vmsd file)."""
        numbers = sorted(int(each[1]) for each in self.snapshots.matching(r"snapshot(\d+)\.displayname"))
        return tuple(self.snapshots.get(f"snapshot{number}.displayName") or str(number) for number in numbers)


@dataclass(frozen=True, slots=True)
class FoundFolder:
    """A folder as it was looked at: its machines by their paths, and the definitions of pools by name."""

    folder: str
    machine_id: str = ""
    machines: Mapping[str, FoundMachine] = field(default_factory=dict)
    pools: Mapping[str, str] = field(default_factory=dict)

    def within(self, machine: FoundMachine) -> str:
        """Where in the folder a machine is: './web', or '.'."""
        place = posixpath.relpath(machine.folder, self.folder)
        return place if place == "." else f"./{place}"

    def by_name(self) -> dict[str, list[FoundMachine]]:
        """The machines by their names, in order; there should be one of each."""
        found: dict[str, list[FoundMachine]] = {}
        for machine in sorted(self.machines.values(), key=lambda machine: machine.name):
            found.setdefault(machine.name, []).append(machine)
        return found

    def named(self, name: str) -> tuple[FoundMachine, ...]:
        """The machines of a name, of which there should be one."""
        return tuple(each for each in self.machines.values() if each.name == name)


def look(commands: Commands, folder: str, within: str = ".") -> FoundFolder:
    """Looks at a folder, or at the pools and what is `within` one of its own. Raises Unreachable where there
    is none, and Transient where not all of it could be read: what is missing then may well be there."""
    said = commands.run(["sh", "-c", _LOOK, "sh", folder, within], repeatable=True)
    if said.status == _NO_FOLDER:
        raise Unreachable(f"there is no folder '{folder}' on {commands.place}", "make it, or check the URI")
    if said.status:
        raise Transient(f"not all of '{folder}' on {commands.place} can be read: {said.error}")
    head, found, archive = said.output.partition(b"--\n")
    lines = head.decode(errors="replace").splitlines()
    if not found or not lines:
        raise Refused(f"{commands.place} does not tell what is in '{folder}': {said.error or said.status}")
    real = lines[0]
    files = {posixpath.normpath(posixpath.join(real, name)): data for name, data in _unpacked(archive)}
    return FoundFolder(
        real, lines[1].strip() if len(lines) > 1 else "", _machines(files), _pools(files, real)
    )


def _unpacked(archive: bytes) -> list[tuple[str, bytes]]:
    if not archive:
        return []
    files = []
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), ignore_zeros=True) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is not None:
                    files.append((member.name, content.read()))
    except tarfile.TarError as error:
        raise Refused(f"what the host sent of its machines is broken: {error}") from error
    return files


def _machines(files: Mapping[str, bytes]) -> dict[str, FoundMachine]:
    own = f"/{OWN_FOLDER}/"
    return {
        path: _machine(path, files)
        for path in sorted(files)
        if path.endswith(".vmx") and own not in path
    }  # fmt: skip


def _machine(path: str, files: Mapping[str, bytes]) -> FoundMachine:
    data, stem = files[path], path.removesuffix(".vmx")
    ours = files.get(f"{stem}{SUFFIX}", b"")
    vmx, wrong = _parsed(data)
    snapshots, _ = _parsed(files.get(f"{stem}.vmsd", b""))
    beside = read_beside(ours.decode(errors="replace"))
    return FoundMachine(
        path, data, vmx, beside, snapshots, wrong, sha256(data + b"\0" + ours).hexdigest()[:32]
    )


def _parsed(data: bytes) -> tuple[VmxFile, str]:
    try:
        return parse_vmx(decoded(data)), ""
    except NotVmx as error:
        return VmxFile(), str(error)


def _pools(files: Mapping[str, bytes], root: str) -> dict[str, str]:
    folder = f"{root}/{OWN_FOLDER}/"
    return {
        path.removeprefix(folder).removesuffix(SUFFIX): data.decode(errors="replace")
        for path, data in files.items()
        if path.startswith(folder) and path.endswith(SUFFIX)
    }

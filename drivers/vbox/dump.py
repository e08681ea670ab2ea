"""Everything that VirtualBox keeps in files, in one answer: who runs, VirtualBox.xml and all machines' files.

VBoxManage shows a machine in 30 to 60 ms; these files cost one command for all of them, and VBoxSVC writes
each change to them at once, also of what runs. A file is replaced as a whole, so none is read half written.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.base.errors import NotFound, Refused
from drivers.native.commands import NO_PROGRAM, Commands
from drivers.vbox.errors import failure, no_vboxmanage

_HOME = """
home=$VBOX_USER_HOME
if [ -z "$home" ]; then
  config=${XDG_CONFIG_HOME:-$HOME/.config}
  for each in "$config/VirtualBox" "$HOME/Library/VirtualBox" "$HOME/.VirtualBox"; do
    [ -f "$each/VirtualBox.xml" ] && home=$each && break
  done
fi
cd "${home:-/}" || exit 1
"""
"""The folder of VirtualBox.xml (com::GetVBoxUserHomeDirectory)."""

_ALL = (
    _HOME
    + """
VBoxManage list runningvms || exit
echo "$0"; date +%s; pwd
[ -f VirtualBox.xml ] || exit 0
{ echo VirtualBox.xml
  tr '>' '\\n' <VirtualBox.xml | sed -n 's/.*<MachineEntry .*src="\\([^"]*\\)".*/\\1/p' |
    sed -e 's/&quot;/"/g; s/&apos;/'"'"'/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\\&/g'
} | tr '\\n' '\\0' | tar -chPf - --null -T - 2>/dev/null
exit 0
"""
)
_SOME = (
    _HOME
    + """
VBoxManage list runningvms || exit
echo "$0"; date +%s; pwd
[ -f VirtualBox.xml ] || exit 0
tar -chPf - VirtualBox.xml "$@" 2>/dev/null
exit 0
"""
)
_BEHIND = "---virt-reconcile---"
"""The line behind what runs; the name of the script, too."""

_RUNNING = re.compile(rb"\{([0-9a-f-]{36})\}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Dump:
    """What was answered: the time over there, the UUIDs of what runs, VirtualBox.xml and the files by their
    paths."""

    now: int
    running: frozenset[str]
    registry: bytes
    home: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


def take_dump(commands: Commands, *files: str) -> Dump:
    """Looks at everything, or at some machines' files only."""
    script = ["sh", "-c", _SOME if files else _ALL, _BEHIND, *files]
    try:
        result = commands.run(script, patience=300.0, repeatable=True)
    except NotFound as error:
        raise no_vboxmanage(commands.place) from error
    if result.status == NO_PROGRAM:
        raise no_vboxmanage(commands.place)
    if result.status:
        raise failure(result, "list runningvms")
    return read_dump(result.output)


def read_dump(output: bytes) -> Dump:
    """The answer, taken apart. Raises Refused where it is none."""
    running, _, rest = output.partition(f"{_BEHIND}\n".encode())  # Debian's VBoxManage may warn before it
    now, _, rest = rest.partition(b"\n")
    home, _, archive = rest.partition(b"\n")
    if not now.isdigit():
        raise Refused("the host does not answer what it was asked for", output[:200].decode(errors="replace"))
    files = _unpacked(archive)
    registry = files.pop("VirtualBox.xml", b"")
    found = frozenset(uuid.decode() for uuid in _RUNNING.findall(running))
    return Dump(int(now), found, registry, home.decode(errors="surrogateescape"), files)


def _unpacked(archive: bytes) -> dict[str, bytes]:
    if not archive:
        return {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            return {each.name: _content(tar, each) for each in tar if each.isfile()}
    except tarfile.TarError as error:
        raise Refused(f"the host's files cannot be read: {error}") from error


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return b"" if file is None else file.read()

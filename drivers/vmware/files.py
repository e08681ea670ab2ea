"""Files on a machine: replaced whole or not at all, with the owner and the permissions that they had."""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.native.commands import Commands

_PUT = r"""
umask 077
new="$1.$$" folder="${1%/*}"
[ -d "$folder" ] || mkdir -p "$folder" || exit 1
if [ -e "$1" ]; then cp -p "$1" "$new" || exit 1; fi
cat > "$new" && mv -f "$new" "$1" || { rm -f "$new"; exit 1; }
"""
_OPEN = 17
_PUT_CLOSED = f'[ ! -e "$1.lck" ] || exit {_OPEN}\n{_PUT}'


def put_file(commands: Commands, path: str, data: bytes) -> None:
    """Writes a file, in a folder that is made where it is missing. Raises Refused where that cannot be done;
    then the file is as it was."""
    _put(commands, _PUT, path, data)


def put_closed_file(commands: Commands, path: str, data: bytes) -> None:
    """Writes a file that VMware must not have open: it locks those with a folder, NAME.lck (KB 10051)."""
    _put(commands, _PUT_CLOSED, path, data)


def _put(commands: Commands, script: str, path: str, data: bytes) -> None:
    said = commands.run(["sh", "-c", script, "sh", path], given=data)
    if said.status == _OPEN:
        raise Refused(f"'{path}' is open in VMware's own window, which would write over it", "close it there")
    if said.status:
        raise Refused(f"'{path}' cannot be written: {said.error or said.status}")


def remove(commands: Commands, *paths: str) -> None:
    """Removes files; what is not there is no error."""
    said = commands.run(["rm", "-f", "--", *paths], repeatable=True)
    if said.status:
        raise Refused(f"'{paths[0]}' cannot be removed: {said.error}")

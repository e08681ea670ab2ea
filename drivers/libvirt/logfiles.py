"""Files of a host's logs: on this machine as its daemon sees them, or on another by ssh; only read."""

from __future__ import annotations

import errno
import os
import shlex
import socket
import stat
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.base.logs import LogPiece
from specs.uris import Parts

Reader = Callable[[str, int | None, int], LogPiece]

_PATIENCE = 30.0
_CREDENTIALS = struct.Struct("3i")
_SCRIPT = """
size=$(stat -L -c %s -- "$1") || exit 3
test -f "$1" && test -r "$1" || exit 4
from=$2
test "$from" -le "$size" || from=0
if test "$from" -lt 0; then from=$((size - $3)); test "$from" -ge 0 || from=0; fi
echo "$from"
tail -c "+$((from + 1))" -- "$1" | head -c "$3"
"""
"""Where the piece begins, on a line; then the piece."""

_ABSENT, _FORBIDDEN, _SSH_FAILED = 3, 4, 255


def folder_of(parts: Parts, writer: str) -> str:
    """Where a hypervisor's logs are: of the system's daemon, or of a user's own."""
    if parts.path != "/session":
        return f"/var/log/libvirt/{writer}"
    if parts.host:
        return f".cache/libvirt/{writer}/log"
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return f"{home}/libvirt/{writer}/log"


def reader_of(parts: Parts) -> Reader:
    """What reads files over there. Raises Unsupported where only libvirt itself can be reached."""
    if parts.transport in ("", "unix") and not parts.host:
        root = _root_of_daemon(dict(parts.parameters).get("socket", ""))
        return lambda path, after, most: _read_here(f"{root}{path}", path, after, most)
    if parts.transport == "ssh":
        return lambda path, after, most: _read_by_ssh(parts, path, after, most)
    way = parts.transport or "tls"
    raise Unsupported(
        f"the host is reached by {way}, which gives no files", f"read it there, or use {parts.scheme}+ssh://"
    )


def _root_of_daemon(path: str) -> str:
    """The root folder of whoever listens at a socket that the URI names: it may live in namespaces of its
    own, and a file of the same path here is another one."""
    if not path:
        return ""
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(path)
            found = asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        except OSError as error:
            raise Unreachable(f"the daemon at {path} cannot be reached: {error.strerror}") from error
    pid, _, _ = _CREDENTIALS.unpack(found)
    return f"/proc/{pid}/root"


def _read_here(file: str, told: str, after: int | None, most: int) -> LogPiece:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise NotFound(f"there is no {told} yet") from error
        raise _forbidden(told, str(error.strerror)) from error
    known = os.fstat(descriptor)
    if not stat.S_ISREG(known.st_mode):
        os.close(descriptor)
        raise _forbidden(told, "it is no plain file")
    with os.fdopen(descriptor, "rb") as log:
        begin = max(0, known.st_size - most) if after is None else after if after <= known.st_size else 0
        log.seek(begin)
        data = log.read(most)
    return LogPiece(data, begin + len(data))


def _read_by_ssh(parts: Parts, path: str, after: int | None, most: int) -> LogPiece:
    """By the program that libvirt itself runs for such a URI, with the same words."""
    given = dict(parts.parameters)
    script = shlex.join(["sh", "-c", _SCRIPT, "sh", path, str(-1 if after is None else after), str(most)])
    command = ["ssh", "-T", "-e", "none", "-o", "BatchMode=yes"]
    command += ["-p", parts.port] if parts.port else []
    command += ["-l", parts.user] if parts.user else []
    command += ["-i", given["keyfile"]] if "keyfile" in given else []
    command += ["-o", "StrictHostKeyChecking=no"] if given.get("no_verify") == "1" else []
    host = parts.host.strip("[]")
    try:
        done = subprocess.run(  # noqa: S603 - words of ours, and a host that may not begin with '-'
            [*command, "--", host, script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreachable(f"{host} cannot be reached by ssh: {error}") from error
    said = done.stderr.decode(errors="backslashreplace").strip()
    if done.returncode == _SSH_FAILED:
        raise Unreachable(f"{host} cannot be reached by ssh: {said}")
    begin, _, data = done.stdout.partition(b"\n")
    if done.returncode == _ABSENT and "ermission" not in said:
        raise NotFound(f"there is no {path} on {host} yet")
    if done.returncode or not begin.isdigit():
        raise _forbidden(f"{host}:{path}", said or "permission denied")
    return LogPiece(data, int(begin) + len(data))


def _forbidden(told: str, why: str) -> Refused:
    return Refused(
        f"{told} cannot be read: {why}", "whoever reads it needs the right to: often root, or the group adm"
    )

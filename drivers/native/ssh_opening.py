"""Opening an ssh connection: whom it trusts, how long it waits, and what people are told when it fails."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from drivers.base.errors import Unreachable
from drivers.base.ways import (
    CHANGED,
    NO_ANSWER,
    NO_NAME,
    NO_SSHD,
    NOT_LET_IN,
    OTHER,
    UNKNOWN,
    HostWay,
    Sign,
)

OPENING = 20.0
"""Seconds that a host has to answer, and as many again to let us in."""

_SILENCE, _TIMES = 5, 3
"""Seconds of silence before the host is asked whether it is there, and how often before it is given up."""

_CONFIGURATION = ("~/.ssh/config", "/etc/ssh/ssh_config")
_KNOWN_HOSTS = (
    "~/.ssh/known_hosts",
    "~/.ssh/known_hosts2",
    "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2",
)
"""ssh_config(5): the files of a user come before those of all, and the defaults of both lists of hosts."""


_NOBODY = b"#\n"
"""A list of known hosts with none in it; asyncssh takes an empty one for its default."""


@dataclass(frozen=True, slots=True)
class SshAddress:
    """Where to: a host's name, or one of OpenSSH's configuration, and whatever of that a URI says itself."""

    host: str
    user: str = ""
    port: int = 0

    def __str__(self) -> str:
        return f"{self.user}@{self.host}" if self.user else self.host


async def open_connection(
    address: SshAddress, credentials: Mapping[str, str]
) -> asyncssh.SSHClientConnection:
    """A connection to a host that showed a key which is known. Raises Unreachable, in words of what to do."""
    options = _options(address, credentials)
    try:
        return await asyncssh.connect(**options)
    except asyncssh.HostKeyNotVerifiable as error:
        sign = CHANGED if _knows(options) else UNKNOWN
        raise _cannot(address, sign) from error
    except asyncssh.PermissionDenied as error:
        raise _cannot(address, NOT_LET_IN, "; or give name and password by Host.spec.credentials") from error
    except TimeoutError as error:
        raise _cannot(address, NO_ANSWER, why=f"it did not answer within {OPENING:g} s") from error
    except OSError as error:
        said = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        sign = next((each for each in (NO_NAME, NO_SSHD, NO_ANSWER) if each.said.search(said)), OTHER)
        raise _cannot(address, sign, why="" if sign is not OTHER else said) from error
    except asyncssh.Error as error:
        raise _cannot(address, OTHER, why=str(error)) from error
    except (asyncssh.ConfigParseError, asyncssh.KeyImportError, ValueError) as error:
        raise Unreachable(
            f"cannot connect to {address} by ssh: ssh's configuration cannot be used: {error}"
        ) from error


def _knows(options: dict[str, Any]) -> bool:
    """Whether some key of a host is known, by the name and the port that its configuration leads to."""
    try:
        there = asyncssh.SSHClientConnectionOptions(**options)
        found = asyncssh.match_known_hosts(options["known_hosts"], there.host, "", there.port or None)
    except (OSError, ValueError):
        return False
    return any(found[:2])


def _options(address: SshAddress, credentials: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    user = address.user or credentials.get("authname", "")
    if user:
        given["username"] = user
    if address.port:
        given["port"] = address.port
    if "passphrase" in credentials:
        given["password"] = credentials["passphrase"]
    given |= {"config": _there(_CONFIGURATION), "host": address.host, "connect_timeout": OPENING}
    given |= {"login_timeout": OPENING, "keepalive_interval": _SILENCE, "keepalive_count_max": _TIMES}
    configured = asyncssh.SSHClientConnectionOptions(**given).known_hosts
    known = _there(configured or _KNOWN_HOSTS)  # 'none' is no wish to trust everybody
    return {**given, "known_hosts": known or _NOBODY}


def _there(paths: object) -> list[str]:
    """The files among these that there are."""
    listed = paths if isinstance(paths, list | tuple) else ()
    return [str(path) for path in (Path(str(each)).expanduser() for each in listed) if path.is_file()]


def _cannot(address: SshAddress, sign: Sign, more: str = "", *, why: str = "") -> Unreachable:
    way = HostWay("ssh", address.host, address.user, address.port)
    found = sign.advice(way, agent="SSH_AUTH_SOCK" in os.environ)
    return Unreachable(f"cannot connect to {address} by ssh: {why or found.why}", found.hint + more)

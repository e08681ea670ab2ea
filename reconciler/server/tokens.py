"""Tokens: what a program or a person shows to be let in. The file holds their digests alone.

A token is 256 bits of chance, so that its plain SHA-256 says nothing of it; no slow hash is needed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from reconciler.faults import Fault
from specs.reading.trust import mistrusted

PREFIX = "vr_"
"""Begins every token, so that a scanner for secrets knows one."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_BYTES = 1024 * 1024
_FORM = "a line is NAME ROLE HASH, as `virt-reconcile token` writes it"


class Role(StrEnum):
    """What somebody may do: VIEW reads all, OPERATE also decides (suspend, pin, approve …) and wakes."""

    VIEW = "view"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Token:
    """One line of the file: whose it is, what it may do, and its digest."""

    name: str
    role: Role
    digest: str

    def __str__(self) -> str:
        return f"{self.name} {self.role} {self.digest}"


def make_token(name: str, role: Role) -> tuple[str, Token]:
    """A new token, and its line. Raises Fault for a name that cannot stand there."""
    if not _NAME.fullmatch(name):
        raise Fault(f"'{name}' is no name for a token: letters, digits and ._@- are allowed, 64 at most")
    secret = PREFIX + secrets.token_urlsafe(32)
    return secret, Token(name, role, digest_of(secret))


def digest_of(secret: str) -> str:
    """What stands in the file for a token."""
    return "sha256:" + hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def find_token(tokens: Mapping[str, Token], secret: str) -> Token | None:
    """The token that this is; how long it takes tells nothing of any."""
    shown, found = digest_of(secret), None
    for token in tokens.values():
        if hmac.compare_digest(token.digest, shown):
            found = token
    return found


def read_tokens(path: Path) -> Mapping[str, Token]:
    """Name → token. Raises Fault for a file that cannot be used, or that others may write to."""
    real = Path(os.path.realpath(path))
    why = mistrusted(real)
    if why:
        raise Fault(f"the tokens in {path} are not believed: {why}")
    try:
        with real.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
    except OSError as error:
        raise Fault(f"the tokens in {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Fault(f"the tokens in {path} cannot be read: the file is no text") from None
    if len(text) > _MOST_BYTES:
        raise Fault(f"the tokens in {path} cannot be read: it is larger than {_MOST_BYTES // 1024} KiB")
    found: dict[str, Token] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        token = _parsed(line, f"{path}:{number}")
        if token.name in found:
            raise Fault(f"{path}:{number}: a second token is named '{token.name}'; take one of them out")
        found[token.name] = token
    return found


def _parsed(line: str, where: str) -> Token:
    """What is wrong is told without the line: somebody may have put the token itself there."""
    parts = line.split()
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not _DIGEST.fullmatch(parts[2]):
        raise Fault(f"{where}: this is no token's line; {_FORM}")
    if parts[1] not in list(Role):
        raise Fault(f"{where}: a role is one of: {', '.join(Role)}")
    return Token(parts[0], Role(parts[1]), parts[2])


class TokenFile:
    """The tokens as the file has them now: what is taken out of it is out at once. Threads share it."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._stamp: tuple[int, ...] = ()
        self._tokens: Mapping[str, Token] = {}

    def now(self) -> Mapping[str, Token]:
        """Name → token. Raises Fault while the file cannot be used: then nobody is let in."""
        with self._lock:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._tokens, self._stamp = {}, ()
                self._tokens = read_tokens(self._path)
                self._stamp = stamp
            return self._tokens

    def _stamp_now(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise Fault(f"the tokens in {self._path} cannot be read: {error.strerror}") from None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

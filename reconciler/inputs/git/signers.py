"""Whose signatures count, and whether a commit has one of theirs."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.inputs import bounded
from reconciler.inputs.git.repository import Repository
from reconciler.inputs.sources import SourceError
from specs.desired import SignaturePolicy
from specs.reading.files import read_file
from specs.reading.git import GitError
from specs.reading.trust import mistrusted

_SSH_SAYS = re.compile(r'^Good "git" signature for .* with \S+ key (SHA256:\S+)$', re.MULTILINE)
"""What ssh-keygen says of a key that it found among the allowed ones. Of any other, it says 'Good "git"
signature with …' too, and fails."""

_GPG_SAYS = re.compile(r"^\[GNUPG:\] VALIDSIG (?:\S+ ){9}(?P<primary>[0-9A-F]{40,64})\s*$", re.MULTILINE)
"""GnuPG's doc/DETAILS: the last word is the fingerprint of the primary key."""

_KEY = re.compile(r"(?:^|\s)(?:ssh|ecdsa|sk)-\S+\s+(?P<blob>[A-Za-z0-9+/]+={0,2})(?:\s|$)")
_TIMEOUT = 60

_Known = tuple[frozenset[str], dict[str, str], dict[str, str]]
"""Fingerprints, and with which settings and variables git asks the program that knows the keys."""


@dataclass(frozen=True, slots=True)
class Signers:
    """Keys that may sign: ssh's file of allowed signers (ssh-keygen(1)), or an exported GnuPG keyring.
    `named` is where they are from, for people."""

    data: bytes
    named: str
    gpg: bool = False

    def refusal(self, repository: Repository, commit: str) -> str:
        """Why a commit does not count as theirs; '' when it does. Raises SourceError when that cannot be
        told."""
        with (
            _gpg_home(self.data) if self.gpg else _ssh_file(self.data) as (
                fingerprints,
                settings,
                environment,
            )
        ):
            if not fingerprints:
                return f"{self.named} holds no key that could have signed commit {commit[:12]}"
            try:
                said = repository.git(
                    "verify-commit", "--raw", commit, settings=settings, environment=environment
                ).messages
            except GitError:
                return f"commit {commit[:12]} is not signed by any of {self.named}"
        found = _GPG_SAYS.findall(said) if self.gpg else _SSH_SAYS.findall(said)
        if len(found) != 1 or found[0] not in fingerprints:
            return f"commit {commit[:12]} is not signed by any of {self.named}"
        return ""


def signers_of(policy: SignaturePolicy, root: Path) -> Signers:
    """The keys that a tree names, as they are there or on this machine now. Raises SourceError."""
    if policy.file.startswith("/"):
        return signers_in(Path(policy.file), gpg=policy.gpg)
    file = read_file(root, policy.file)
    if isinstance(file, str):
        raise SourceError(f"{policy.file}: {file}")
    return Signers(file.data, policy.file, policy.gpg)


def signers_in(path: Path, *, gpg: bool = False) -> Signers:
    """The keys in a file outside of any tree, which nobody else can have written. Raises SourceError."""
    wrong = mistrusted(path)
    if wrong:
        raise SourceError(f"{path} is not trusted: {wrong}")
    try:
        return Signers(bounded.read_file(path), str(path), gpg)
    except (OSError, bounded.TooMuch) as error:
        raise SourceError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


@contextmanager
def _ssh_file(data: bytes) -> Iterator[_Known]:
    keygen = _program("ssh-keygen")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "allowed_signers"
        file.write_bytes(data)
        yield (
            frozenset(_fingerprints(data.decode(errors="replace"))),
            {
                "gpg.ssh.allowedSignersFile": str(file),
                "gpg.ssh.program": keygen,
                "gpg.ssh.revocationFile": "",
                "gpg.minTrustLevel": "fully",
            },
            {},
        )


def _fingerprints(text: str) -> Iterator[str]:
    """Of the keys that stand in a file of allowed signers; those that sign other keys (cert-authority) are
    none, for then nobody knows which keys these are."""
    for line in text.splitlines():
        entry = line.strip()
        found = _KEY.search(entry)
        if entry.startswith("#") or not found or "cert-authority" in entry[: found.start()].lower():
            continue
        try:
            digest = hashlib.sha256(b64decode(found["blob"], validate=True)).digest()
        except Error:
            continue
        yield f"SHA256:{b64encode(digest).decode().rstrip('=')}"


@contextmanager
def _gpg_home(data: bytes) -> Iterator[_Known]:
    """A home of its own, with these keys alone, each trusted because it is among them."""
    gpg = _program("gpg")
    with TemporaryDirectory() as home:
        (Path(home) / "gpg.conf").write_text("trust-model always\nno-autostart\nno-auto-key-retrieve\n")
        _run([gpg, "--homedir", home, "--batch", "--quiet", "--import"], data)
        listed = _run([gpg, "--homedir", home, "--batch", "--with-colons", "--list-keys"]).decode()
        yield (
            frozenset(_primaries(listed)),
            {"gpg.program": gpg, "gpg.openpgp.program": gpg, "gpg.minTrustLevel": "fully"},
            {"GNUPGHOME": home},
        )


def _primaries(listed: str) -> Iterator[str]:
    """Fingerprints of primary keys: the first `fpr` line behind each `pub` one (doc/DETAILS)."""
    primary = False
    for line in listed.splitlines():
        fields = line.split(":")
        if fields[0] == "fpr" and primary:
            yield fields[9]
        primary = fields[0] == "pub"


def _run(command: list[str], given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, input=given, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{command[0]} did not end within {_TIMEOUT} s") from None
    return done.stdout


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SourceError(f"{name}, which looks at signatures, is not installed")
    return found

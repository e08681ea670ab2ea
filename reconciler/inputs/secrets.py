"""Secret values: read when they are needed, compared by a salted slow hash, never shown or kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from pathlib import Path

from reconciler.inputs.bounded import TooMuch, output_of, read_file
from specs.guard import Guard
from specs.reading.files import leads_out
from specs.secret_source import SecretSource


class SecretError(Exception):
    """A secret's value cannot be had; the message names its source and never the value."""


def read_secret(source: SecretSource, root: str = ".", guard: Guard = Guard()) -> bytes:
    """The value from its file (relative to the tree), environment variable or command, as far as the
    controller's policy allows it."""
    _require_allowed(source, root, guard)
    raw = _raw(source, root)
    if source.encoding == "base64":
        try:
            return base64.b64decode(raw, validate=False)
        except binascii.Error:
            raise SecretError(f"{_named(source)} does not hold base64") from None
    return raw.removesuffix(b"\n")


def read_text(source: SecretSource, root: str = ".", guard: Guard = Guard()) -> str:
    """The value as text without NUL, as names and passwords are; SecretError for others."""
    try:
        value = read_secret(source, root, guard).decode()
    except UnicodeDecodeError:
        raise SecretError(f"{_named(source)} does not hold text") from None
    if "\0" in value:
        raise SecretError(f"{_named(source)} does not hold text")
    return value


def fingerprint(value: bytes) -> str:
    """A salted hash that takes long to guess against."""
    salt = os.urandom(16)
    return f"{salt.hex()}${_scrypt(value, salt).hex()}"


def matches(value: bytes, known: str) -> bool:
    """Whether a value has that fingerprint."""
    salt, _, expected = known.partition("$")
    if not expected:
        return False
    return hmac.compare_digest(_scrypt(value, bytes.fromhex(salt)).hex(), expected)


def _scrypt(value: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(value, salt=salt, n=2**14, r=8, p=1)


def _require_allowed(source: SecretSource, root: str, guard: Guard) -> None:
    """SecretError where the policy does not let the tree say this, or a link leads to such a place."""
    refused = guard.secret_refusal(source, root)
    if refused:
        raise SecretError(refused)
    if source.file:
        path = (Path(root) / source.file).expanduser()
        within = path.parent if guard.beside(source.file, root) else Path(root)
        if leads_out(path, within, guard.secrets.folders):
            raise SecretError(
                f"{_named(source)} is a link that leads out of the tree and of the folders that"
                f" {guard.named} allows (secrets: folders)"
            )


def _raw(source: SecretSource, root: str) -> bytes:
    if source.text:
        return source.text.encode()
    if source.env:
        value = os.environb.get(source.env.encode())
        if value is None:
            raise SecretError(f"{_named(source)} is not set")
        return value
    path = (Path(root) / source.file).expanduser() if source.file else None
    try:
        return output_of(source.command, root) if path is None else read_file(path)
    except TooMuch as error:
        raise SecretError(f"{_named(source)} {error}") from None
    except (OSError, ValueError) as error:
        told = "cannot be run" if path is None else "cannot be read"
        raise SecretError(f"{_named(source)} {told}: {getattr(error, 'strerror', None) or error}") from None


def _named(source: SecretSource) -> str:
    if source.text:
        return "the value in the files"
    if source.env:
        return f"the environment variable {source.env}"
    return f"the file {source.file}" if source.file else f"the command '{source.command[0]}'"

"""Where the values of secrets and credentials come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a secret's value is read from when it is needed: exactly one field is set.

    `file` is a path on the controller, `env` a variable's name, `command` an argument vector; `text` is
    the value itself, of what is no secret (the name of a user).
    """

    file: str = ""
    env: str = ""
    command: tuple[str, ...] = ()
    encoding: str = "utf-8"
    """`utf-8`: the bytes as they are, one trailing newline dropped; `base64`: decoded first."""

    text: str = ""

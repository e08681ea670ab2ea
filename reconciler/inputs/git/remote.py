"""Where a repository is, which of its refs is followed, and how one logs in there."""

from __future__ import annotations

import base64
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.faults import Fault
from reconciler.inputs.secrets import SecretError, read_text
from specs.guard import Guard
from specs.guard.guard import SecretRules
from specs.secret_source import SecretSource

_SCHEMES = ("https", "ssh", "file", "http")
_OTHERS = re.compile(r"[a-z][a-z0-9+.-]*://|[a-z]+::")
_LIKE_SCP = re.compile(r"(?:[\w.][\w.-]*@)?[A-Za-z0-9][\w.-]*:(?!//)[^\s:]\S*")
_IN_REF = r"[^\x00-\x20\x7f~^:?*\[\\]"
_REF = re.compile(rf"(?![/-])(?!.*(?:\.\.|//|@\{{|/\.|\.lock(?:/|$))){_IN_REF}+")
"""As git-check-ref-format(1) has it."""

_ANYWHERE = Guard(secrets=SecretRules(env=("*",), folders=("/",)))
"""Where a token is read from is said by whoever runs this, and not by a tree."""

_USER = "x-access-token"
"""Whoever logs in with a token: GitHub, GitLab, Gitea and Forgejo look at the token alone."""


def is_git_url(source: str) -> bool:
    """Whether a text means a git repository, and no folder on this machine."""
    if _OTHERS.match(source):
        return True
    return bool(_LIKE_SCP.fullmatch(source)) and not Path(source).exists()


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository elsewhere. `ref` is a branch, a tag or HEAD, `path` the folder in it that is the tree.
    `ssh_key` is a file, `token` where a token is read from for https."""

    url: str
    ref: str = "HEAD"
    path: str = ""
    ssh_key: str = ""
    token: SecretSource | None = None

    def __post_init__(self) -> None:
        _require_url(self.url)
        if not _REF.fullmatch(self.ref) or self.ref.endswith(("/", ".")):
            raise Fault(f"--ref: '{self.ref}' is no branch or tag")
        if any(part in ("", ".", "..") for part in self.path.split("/")) and self.path:
            raise Fault(f"--path: '{self.path}' is no folder in a repository; write it like sites/north")
        if self.token and self.scheme != "https":
            raise Fault("--token: a token is sent by https only")
        if self.ssh_key and self.scheme != "ssh":
            raise Fault("--ssh-key: the repository is not reached by ssh")

    @property
    def scheme(self) -> str:
        """How it is reached: the one protocol that git may use."""
        return urlsplit(self.url).scheme if "://" in self.url else "ssh"

    @property
    def refs(self) -> tuple[str, ...]:
        """The full names that the ref may have, the first that is there counts: a tag that has a branch's
        name, which other people may be let to make, never takes its place."""
        if self.ref == "HEAD" or self.ref.startswith("refs/"):
            return (self.ref,)
        return (f"refs/heads/{self.ref}", f"refs/tags/{self.ref}")

    def told(self) -> str:
        """Repository, ref and folder, for people."""
        return " ".join(part for part in (self.url, self.ref, self.path) if part)

    def environment(self) -> dict[str, str]:
        """What git and ssh need for the way there; ssh asks nobody, and takes only hosts that it knows."""
        ssh = ["ssh", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=20"]
        if self.ssh_key:
            if not os.access(self.ssh_key, os.R_OK):
                raise Fault(f"--ssh-key: the file {self.ssh_key} cannot be read")
            ssh += ["-oIdentitiesOnly=yes", "-i", str(Path(self.ssh_key).absolute())]
        return {
            "GIT_ALLOW_PROTOCOL": self.scheme,
            "GIT_SSH_COMMAND": shlex.join(ssh),
            "GIT_SSH_VARIANT": "ssh",
        }

    def settings(self) -> Mapping[str, str]:
        """git's settings for the way there. A token goes to this very server, and nowhere that it redirects
        to; it is read anew each time."""
        if self.token is None:
            return {}
        try:
            token = read_text(self.token, guard=_ANYWHERE).strip()
        except SecretError as error:
            raise Fault(f"--token: {error}") from None
        if not token.isprintable() or not token:
            raise Fault("--token: what is read there is no token")
        parts = urlsplit(self.url)
        login = base64.b64encode(f"{parts.username or _USER}:{token}".encode()).decode()
        server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        return {
            f"http.{server}.extraHeader": f"Authorization: Basic {login}",
            "http.followRedirects": "false",
        }


def _require_url(url: str) -> None:
    """Raises Fault for what git is not to be given."""
    allowed = "allowed: https://…, ssh://…, USER@HOST:PATH, file:///… and http://…"
    if "://" not in url:
        if not _LIKE_SCP.fullmatch(url):
            raise Fault(f"'{url}' is no address of a git repository; {allowed}")
        return
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError as error:
        raise Fault(f"the repository's URL cannot be read: {error}; {allowed}") from None
    if password is not None:
        raise Fault("a password or token does not belong in a URL, which is shown and kept: use --token")
    if parts.scheme not in _SCHEMES or not url.isprintable() or " " in url:
        raise Fault(f"'{url}' is no address of a git repository; {allowed}")
    if parts.scheme == "file" and not parts.path.startswith("/"):
        raise Fault(f"'{url}': write file:///PATH")
    if parts.scheme != "file" and (not parts.hostname or parts.hostname.startswith("-")):
        raise Fault(f"'{url}' names no host; {allowed}")


def secret_source(text: str) -> SecretSource:
    """Where a secret is read from, as options say it: env:NAME or file:PATH. Raises Fault."""
    kind, _, what = text.partition(":")
    if kind == "env" and what:
        return SecretSource(env=what)
    if kind == "file" and what:
        return SecretSource(file=str(Path(what).absolute()))
    raise Fault("a secret is read from env:NAME or file:PATH, and never said itself")

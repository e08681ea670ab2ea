"""The controller's policy as plain data, with its answers. Without a policy file the defaults stand."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from specs.secret_source import SecretSource
from specs.uris import SCHEMES, TRANSPORTS, matches, parts_of, refusal

FILE = "/etc/virt-reconcile/policy.yaml"
"""Where the policy is unless it is said otherwise."""

SECRETS = "/etc/virt-reconcile/secrets"
"""The folder in which files of secrets may always be."""


def is_called(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns means a name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def fits(value: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns means a value; a path means what is below it, too. A value that climbs
    ('..') is none of them."""
    if ".." in value.split("/"):
        return False
    return any(
        fnmatchcase(value, pattern)
        or (pattern.startswith("/") and value.startswith(f"{pattern.rstrip('/')}/"))
        for pattern in patterns
    )


@dataclass(frozen=True, slots=True)
class HostRules:
    """Which hosts a tree may name: `uris` are patterns of what is allowed besides libvirt's plain URIs;
    with `only` nothing else is. `migration_addresses` are patterns of where guests may be moved by."""

    uris: tuple[str, ...] = ()
    transports: tuple[str, ...] = tuple(TRANSPORTS)
    only: bool = False
    migration_addresses: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class SecretRules:
    """Where values of secrets may come from: patterns of argument vectors, of names of variables, and
    folders."""

    commands: tuple[tuple[str, ...], ...] = ()
    env: tuple[str, ...] = ("VR_*",)
    folders: tuple[str, ...] = (SECRETS,)


@dataclass(frozen=True, slots=True)
class ImageRules:
    """Where images may come from, and how they are fetched; sizes in bytes, speeds in bytes a second, 0 for
    no limit of the policy's own."""

    folders: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("*",)
    require_checksum: bool = False
    require_https: bool = False
    private_addresses: bool = False
    max_size: int = 0
    least_speed: int = 0


@dataclass(frozen=True, slots=True)
class PrivilegeRule:
    """What resources may have that reaches beyond a guest; an empty selector selects all."""

    allow: tuple[tuple[str, tuple[str, ...]], ...]
    fleets: tuple[str, ...] = ("*",)
    hosts: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ("*",)

    def allows(
        self, what: str, value: str, *, fleet: str, name: str, hosts: Iterable[Mapping[str, str]]
    ) -> bool:
        """Whether a resource may have it, on every host that it may come to be on."""
        return (
            is_called(fleet, self.fleets)
            and is_called(name, self.names)
            and all(labels.get(key) == wanted for labels in hosts for key, wanted in self.hosts)
            and any(what == key and fits(value, patterns) for key, patterns in self.allow)
        )


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What no tree and no option exceeds, for some fleets."""

    fleets: tuple[str, ...] = ("*",)
    names: tuple[str, ...] = ("*",)
    """How what they declare must be called."""

    pools: tuple[str, ...] = ("*",)
    """The folders in which their pools may be."""

    prune: bool = True
    max_deletions: int | None = None
    data_loss: bool = True


@dataclass(frozen=True, slots=True)
class SignedCommits:
    """That a tree's commit must be signed by one of these (ssh's file of allowed signers)."""

    allowed_signers: str
    fleets: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class StateRules:
    """Where states are: `url` is the one of all trees, whatever they say; `allow` are patterns of what a
    Fleet may say besides a file of its own tree."""

    url: str = ""
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """The whole policy. `source` is its file; '' for the defaults. With `privileges` None everything that
    reaches beyond a guest is allowed, and shown. `untrusted` is about one call: the tree's author is trusted
    with nothing at all."""

    source: str = ""
    hosts: HostRules = HostRules()
    secrets: SecretRules = SecretRules()
    images: ImageRules = ImageRules()
    privileges: tuple[PrivilegeRule, ...] | None = None
    ceilings: tuple[Ceiling, ...] = ()
    signed: tuple[SignedCommits, ...] = ()
    untrusted: bool = False
    state: StateRules = StateRules()

    @property
    def named(self) -> str:
        """The file to change, for messages."""
        return self.source or FILE

    def uri_refusal(self, uri: str) -> str:
        """Why a tree may not say a URI; '' when it may."""
        if self.allows_uri(uri):
            return ""
        if self.hosts.only:
            return f"{self.named} (hosts) allows these only: {', '.join(self.hosts.uris) or 'none'}"
        refused = refusal(uri)
        if refused:
            return f"{refused}; {self.named} may allow it (hosts: uris)"
        parts = parts_of(uri)
        if parts and parts.scheme in SCHEMES and parts.transport not in self.hosts.transports:
            listed = ", ".join(name or "none" for name in self.hosts.transports)
            return f"{self.named} allows no transport '{parts.transport or 'none'}'; allowed: {listed}"
        return ""

    def state_refusal(self, said: str) -> str:
        """Why a Fleet may not say where the state is; '' when it may, or when nobody asks it."""
        if self.state.url or ("://" not in said and not said.startswith("/")):
            return ""
        if fits(said, self.state.allow) if said.startswith("/") else self._allows_state(said):
            return ""
        return (
            f"a tree does not choose a state outside of itself: {self.named} has to allow it (state: allow:"
            f" ['{said}']), or give it with --state"
        )

    def _allows_state(self, said: str) -> bool:
        return any(matches(said, pattern) for pattern in self.state.allow)

    def allows_uri(self, uri: str) -> bool:
        """Whether the policy itself names a URI."""
        return any(matches(uri, pattern) for pattern in self.hosts.uris)

    def secret_refusal(self, source: SecretSource, root: str) -> str:
        """Why a value may not be read from where a tree says; '' when it may."""
        if source.text:
            return ""
        if self.untrusted:
            return "its value is not looked at (--untrusted)"
        if source.env:
            if is_called(source.env, self.secrets.env):
                return ""
            listed = ", ".join(self.secrets.env) or "none"
            return (
                f"the environment variable {source.env} is not allowed on this controller (allowed:"
                f" {listed}): add it to {self.named} (secrets: env)"
            )
        if source.file:
            if _inside(source.file, root) or fits(_absolute(source.file, root), self.secrets.folders):
                return ""
            if self.beside(source.file, root):
                return ""
            return (
                f"the file {source.file} is outside of the tree and of the allowed folders"
                f" ({', '.join(self.secrets.folders) or 'none'}): add its folder to {self.named}"
                " (secrets: folders)"
            )
        if any(_is_command(source.command, pattern) for pattern in self.secrets.commands):
            return ""
        program = source.command[0] if source.command else ""
        return (
            f"the command '{program}' is not allowed on this controller: add it to {self.named}"
            " (secrets: commands)"
        )

    def beside(self, file: str, root: str) -> bool:
        """Whether a secret's file stands beside the tree, where people keep what git is not to have: named
        by its whole path, and not hidden. A policy file names the folders itself."""
        folder, name = posixpath.split(file)
        return (
            not self.source
            and folder == posixpath.dirname(posixpath.abspath(root))
            and name[:1] not in ("", ".")
        )

    def image_refusal(self, file: str, root: str) -> str:
        """Why an image's file may not be read; '' when it may."""
        if _inside(file, root) or fits(_absolute(file, root), self.images.folders):
            return ""
        return (
            f"'{file}' is outside of the tree and of the folders that {self.named} allows (images: folders:"
            f" {', '.join(self.images.folders) or 'none'})"
        )

    def allows(
        self, what: str, value: str, *, fleet: str, name: str, hosts: Iterable[Mapping[str, str]]
    ) -> bool:
        """Whether a resource may have what reaches beyond a guest."""
        hosts = tuple(hosts)
        return self.privileges is None or any(
            rule.allows(what, value, fleet=fleet, name=name, hosts=hosts) for rule in self.privileges
        )

    def ceiling(self, fleet: str) -> Ceiling:
        """The strictest of all ceilings that are about a fleet."""
        mine = [ceiling for ceiling in self.ceilings if is_called(fleet, ceiling.fleets)]
        most = [c.max_deletions for c in mine if c.max_deletions is not None]
        pools = [c.pools for c in mine if c.pools != ("*",)]
        return Ceiling(
            pools=pools[0] if pools else ("*",),
            prune=all(c.prune for c in mine),
            max_deletions=min(most, default=None),
            data_loss=all(c.data_loss for c in mine),
        )

    def may_be_called(self, name: str, fleet: str) -> bool:
        """Whether a fleet may declare something of a name."""
        return all(is_called(name, c.names) for c in self.ceilings if is_called(fleet, c.fleets))


def _absolute(path: str, root: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.abspath(root), posixpath.expanduser(path)))


def _inside(path: str, root: str) -> bool:
    return _absolute(path, root).startswith(f"{posixpath.abspath(root).rstrip('/')}/")


def _is_command(given: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Argument by argument; a last '*' stands for any more of them, none of which may be an option. The
    program is a name or an absolute path, never a file beside the tree."""
    if not given or ("/" in given[0] and not given[0].startswith("/")) or ".." in given[0].split("/"):
        return False
    if pattern[-1:] == ("*",) and len(given) > len(pattern):
        pattern += ("*",) * (len(given) - len(pattern))
    return len(given) == len(pattern) and all(
        fnmatchcase(argument, sample) and not (sample.startswith("*") and argument.startswith("-"))
        for argument, sample in zip(given, pattern, strict=True)
    )

"""The compiled tree, kept: what has not changed is not parsed again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from specs.compiling.restoring import restore_fleet, restore_host, restore_rules, restore_secret, tupled
from specs.content import OnSeedChange, Seed, Source
from specs.desired import (
    Declared,
    Desired,
    Policy,
    PowerState,
    restore_policy,
)
from specs.diagnostics import Origin, Problem
from specs.guard.guard import Guard
from specs.guests import (
    Demand,
    HostSelector,
    MigrationPolicy,
    Placement,
    Ready,
    Reservation,
)
from specs.identity import Address
from specs.modes import Mode
from specs.reading.files import digest_of, read_file, read_tree
from specs.reading.skipped import skipped_files
from specs.reading.trust import cache_home, mistrusted, mistrusted_stat

_KEPT = 100
"""How many trees' compiled forms are kept."""


def load_cached(
    root: Path, hosts: Mapping[str, str] | None, cache_file: Path | None, guard: Guard = Guard()
) -> Desired:
    """As `load`, through a cache file that is only believed when it was made of the same bytes by the
    same program, and nobody but the user could have written it. It never lies in the tree: whoever
    writes files there would choose what is declared. Raises InvalidTree."""
    hosts = hosts or {}
    if cache_file is None:
        return _load(root, hosts, guard)
    key = _key(root, hosts, guard)
    if key:
        known = _read(cache_file, key, root)
        if known is not None:
            return replace(known, guard=guard)
    desired = _load(root, hosts, guard)
    # Else the files changed while they were loaded.
    if key and key == _key(root, hosts, guard) and not _seeds_hold_secrets(desired):
        _write(cache_file, {"key": key, "under": _under(hosts, guard)}, desired)
    return desired


def last_good(
    root: Path, hosts: Mapping[str, str], cache_file: Path | None, guard: Guard = Guard()
) -> Desired | None:
    """The tree as it last was without a problem, for the same hosts under the same policy; None where that is
    not kept."""
    if cache_file is None:
        return None
    try:
        known = json.loads(_believed(cache_file))
        if known["under"] != _under(hosts, guard):
            return None
        return replace(_restore(known["tree"]), root=str(root), guard=guard)
    except _NOT_SO:
        return None


_NOT_SO = (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError)
"""What reading a file raises that is not as we wrote it."""


def _load(root: Path, hosts: Mapping[str, str], guard: Guard) -> Desired:
    from specs.compiling.loader import load

    return load(root, hosts, guard)


def _key(root: Path, hosts: Mapping[str, str], guard: Guard) -> str:
    """The digest of all that a load depends on; '' when a file cannot be read: then nothing is kept."""
    read = read_tree(root)
    total = digest_of((*read.sources(), *skipped_files(root, read.walk.rules)))
    total.update(json.dumps([str(root), _under(hosts, guard)]).encode())
    return "" if read.problems else total.hexdigest()


def _under(hosts: Mapping[str, str], guard: Guard) -> str:
    """All that a load depends on besides the files, and how their folder was called."""
    return json.dumps([_program(), sorted(hosts.items()), repr(guard)])


@cache
def _program() -> str:
    """This program: its version, and its sources as they lie on the disk."""
    try:
        own = version("virt-reconcile")
    except PackageNotFoundError:
        own = ""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return own + json.dumps([(str(f), (s := f.stat()).st_size, s.st_mtime_ns) for f in files])


def _read(path: Path, key: str, root: Path) -> Desired | None:
    try:
        known = json.loads(_believed(path))
        if known["key"] != key or not all(_is_unchanged(root, *file) for file in known["tree"]["inputs"]):
            return None
        return _restore(known["tree"])
    except _NOT_SO:
        return None


def _believed(path: Path) -> bytes:
    """What a file of our own holds; OSError when others may have written it."""
    if mistrusted(path.parent, folder=True):
        raise PermissionError
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if mistrusted_stat(found) or found.st_uid != os.geteuid():
            raise PermissionError
        return file.read()


def _is_unchanged(root: Path, path: str, digest: str) -> bool:
    file = read_file(root, path)
    return not isinstance(file, str) and hashlib.sha256(file.data).hexdigest() == digest


def _seeds_hold_secrets(desired: Desired) -> bool:
    """Whether a seed, which is all in the cache, speaks of what nobody else should read."""
    sources = [d.source for d in desired.resources.values() if d.source]
    texts = [text for source in sources for text in (source.text, json.dumps(source.files)) if text != "[]"]
    if not texts:
        return False
    from specs.documents.sensitive import speaks_of_secrets

    return any(map(speaks_of_secrets, texts))


def _write(path: Path, keys: Mapping[str, str], desired: Desired) -> None:
    """A tree that cannot be written to is loaded anew each time."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if mistrusted(path.parent, folder=True):
            return
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            # At once: piece by piece it is written by a slower encoder.
            file.write(json.dumps({**keys, "tree": _dump(desired)}))
        Path(file.name).replace(path)
        _tidy(path.parent)
    except OSError:
        return


def _tidy(folder: Path) -> None:
    """Keeps what was used last: trees come and go."""
    oldest_first = sorted((file.stat().st_mtime, file) for file in folder.iterdir())
    for _, file in oldest_first[:-_KEPT]:
        file.unlink(missing_ok=True)


def cache_of(root: Path) -> Path | None:
    """Where the compiled form of a tree is kept; None where there is no place."""
    try:
        home = cache_home()
        name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()
    except (OSError, RuntimeError):  # no home, a loop of links
        return None
    return home / "virt-reconcile" / "trees" / f"{name}.json"


def _dump(desired: Desired) -> dict[str, Any]:
    policies: dict[Policy, int] = {}
    rows = []
    for d in desired.resources.values():
        number = policies.setdefault(d.policy, len(policies))
        rows.append(
            [
                str(d.address),
                d.host,
                d.native,
                d.document,
                d.digest,
                d.uuid,
                [d.origin.file, d.origin.line, d.origin.column],
                d.power,
                d.autostart,
                d.start_new,
                [str(address) for address in d.requires],
                d.labels,
                number,
                asdict(d.secret) if d.secret else None,
                _dump_extras(d),
            ]
        )
    return {
        "root": desired.root,
        "fleet": asdict(desired.fleet),
        "hosts": [asdict(host) for host in desired.hosts.values()],
        "policies": [asdict(policy) for policy in policies],
        "resources": rows,
        "inputs": desired.inputs,
        "files": desired.files,
        "skipped": desired.skipped,
        "empty": desired.empty,
        "foreign": desired.foreign,
        "ignored": desired.ignored,
        "warnings": [[asdict(w.origin), w.message] for w in desired.warnings],
    }


def _restore(tree: dict[str, Any]) -> Desired:
    policies = [restore_policy(values) for values in tree["policies"]]
    resources = {}
    for row in tree["resources"]:
        address = Address.parse(row[0])
        secret = row[13]
        resources[address] = Declared(
            address,
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            Origin(*row[6]),
            PowerState(row[7]) if row[7] else None,
            row[8],
            row[9],
            tuple(map(Address.parse, row[10])),
            tuple((name, value) for name, value in row[11]),
            policies[row[12]],
            restore_secret(secret) if secret else None,
            **_restore_extras(row[14]),
        )
    return Desired(
        tree["root"],
        restore_fleet(tupled(tree["fleet"]) | restore_rules(tree["fleet"])),
        {values["name"]: restore_host(values) for values in tree["hosts"]},
        resources,
        tuple(Problem(Origin(**origin), message) for origin, message in tree["warnings"]),
        tupled(tree["inputs"]),
        tree["files"],
        tupled(tree["skipped"]),
        tupled(tree["empty"]),
        tupled(tree["foreign"]),
        tupled(tree["ignored"]),
    )


_EXTRAS: Mapping[str, Callable[..., Any]] = {
    "source": Source,
    "seed": lambda policy, **values: Seed(policy=OnSeedChange(policy), **values),
    "ready": Ready,
    "placement": lambda hosts, **values: Placement(HostSelector(**hosts), **values),
    "demand": Demand,
    "migration": MigrationPolicy,
}
"""What only some resources have: kept by name, where it is not the default."""

_MANY: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    **dict.fromkeys(("privileged", "by_place"), (str, str)),
    "after": (str, Address.parse),
    "reserved": (asdict, lambda values: Reservation(**values)),
}
"""What is a tuple of others: how one is taken apart, and made again."""

_USUAL = (Demand(), MigrationPolicy())


def _plain(value: Any) -> Any:
    """A dataclass as a dictionary; `dataclasses.asdict` copies each value besides, which takes its time."""
    if not is_dataclass(value):
        return value
    return {name: _plain(getattr(value, name)) for name in _names(cast(Hashable, type(value)))}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _dump_extras(declared: Declared) -> dict[str, Any]:
    extras: dict[str, Any] = {
        name: _plain(value)
        for name in _EXTRAS
        if (value := getattr(declared, name)) is not None and value not in _USUAL
    }
    if declared.follows:
        extras["follows"] = str(declared.follows)
    if declared.shared:
        extras["shared"] = True
    if declared.formerly:
        extras["formerly"] = declared.formerly
    if declared.mode is not Mode.ENFORCE:
        extras["mode"] = declared.mode
    for name, (dump, _) in _MANY.items():
        if told := getattr(declared, name):
            extras[name] = [dump(each) for each in told]
    return extras


def _restore_extras(values: dict[str, Any]) -> dict[str, Any]:
    extras: dict[str, Any] = {
        name: _EXTRAS[name](**tupled(value)) for name, value in values.items() if name in _EXTRAS
    }
    if "follows" in values:
        extras["follows"] = Address.parse(values["follows"])
    extras |= {name: values[name] for name in ("shared", "formerly") if name in values}
    if "mode" in values:
        extras["mode"] = Mode(values["mode"])
    return extras | {name: tuple(map(_MANY[name][1], told)) for name, told in values.items() if name in _MANY}

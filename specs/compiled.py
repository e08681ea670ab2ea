"""The compiled tree, kept: what has not changed is not parsed again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from specs.content import OnSeedChange, Seed, Source
from specs.desired import (
    Declared,
    DeclaredHost,
    Desired,
    FleetPolicy,
    Policy,
    PowerState,
    SecretSource,
    restore_policy,
)
from specs.diagnostics import Origin, Problem
from specs.files import read_file, read_tree
from specs.guests import Demand, HostCapacity, HostMigration, MigrationPolicy, Placement, Ready, Selector
from specs.identity import Address
from specs.skipped import skipped_files


def load_cached(root: Path, hosts: Mapping[str, str] | None, cache_file: Path | None) -> Desired:
    """As `load`, through a cache file that is only believed when it was made of the same bytes by the
    same program for the same user. Raises InvalidTree."""
    hosts = hosts or {}
    if cache_file is None:
        return _load(root, hosts)
    key = _key(root, hosts)
    if key:
        known = _read(cache_file, key, root)
        if known is not None:
            return known
    desired = _load(root, hosts)
    if key and not _seeds_hold_secrets(desired):
        _write(cache_file, key, desired)
    return desired


def _load(root: Path, hosts: Mapping[str, str]) -> Desired:
    from specs.loader import load

    return load(root, hosts)


def _key(root: Path, hosts: Mapping[str, str]) -> str:
    """The digest of all that a load depends on; '' when a file cannot be read: then nothing is kept."""
    files, problems = read_tree(root)
    skipped = skipped_files(root)
    total = hashlib.sha256(_program().encode())
    total.update(json.dumps([str(root), sorted(hosts.items())]).encode())
    for file in (*files, *skipped):
        total.update(f"\0{file.path}\0{len(file.data)}\0".encode())
        total.update(file.data)
    return "" if problems else total.hexdigest()


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
        if path.stat().st_uid != os.geteuid():
            return None
        known = json.loads(path.read_bytes())
        if known["key"] != key or not all(_is_unchanged(root, *file) for file in known["tree"]["inputs"]):
            return None
        return _restore(known["tree"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _is_unchanged(root: Path, path: str, digest: str) -> bool:
    file = read_file(root, path)
    return not isinstance(file, str) and hashlib.sha256(file.data).hexdigest() == digest


def _seeds_hold_secrets(desired: Desired) -> bool:
    """Whether a seed, which is all in the cache, speaks of what nobody else should read."""
    sources = [d.source for d in desired.resources.values() if d.source]
    texts = [text for source in sources for text in (source.text, json.dumps(source.files)) if text != "[]"]
    if not texts:
        return False
    from specs.sensitive import speaks_of_secrets

    return any(map(speaks_of_secrets, texts))


def _write(path: Path, key: str, desired: Desired) -> None:
    """A tree that cannot be written to is loaded anew each time."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
            (path.parent / ".gitignore").write_text("*\n")
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump({"key": key, "tree": _dump(desired)}, file)
        Path(file.name).replace(path)
    except OSError:
        return


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
        "skipped": desired.skipped,
        "empty": desired.empty,
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
            _restore_secret(secret) if secret else None,
            **_restore_extras(row[14]),
        )
    return Desired(
        tree["root"],
        FleetPolicy(**tree["fleet"]),
        {values["name"]: _restore_host(values) for values in tree["hosts"]},
        resources,
        tuple(Problem(Origin(**origin), message) for origin, message in tree["warnings"]),
        _tupled(tree["inputs"]),
        _tupled(tree["skipped"]),
        _tupled(tree["empty"]),
    )


_EXTRAS: Mapping[str, Callable[..., Any]] = {
    "source": Source,
    "seed": lambda policy, **values: Seed(policy=OnSeedChange(policy), **values),
    "ready": Ready,
    "placement": lambda hosts, **values: Placement(Selector(**hosts), **values),
    "demand": Demand,
    "migration": MigrationPolicy,
}
"""What only some resources have: kept by name, where it is not the default."""


def _dump_extras(declared: Declared) -> dict[str, Any]:
    extras: dict[str, Any] = {
        name: asdict(value)
        for name in _EXTRAS
        if (value := getattr(declared, name)) not in (None, Demand(), MigrationPolicy())
    }
    if declared.follows:
        extras["follows"] = str(declared.follows)
    if declared.shared:
        extras["shared"] = True
    if declared.after:
        extras["after"] = [str(address) for address in declared.after]
    return extras


def _restore_extras(values: dict[str, Any]) -> dict[str, Any]:
    extras: dict[str, Any] = {
        name: _EXTRAS[name](**_tupled(value)) for name, value in values.items() if name in _EXTRAS
    }
    if "follows" in values:
        extras["follows"] = Address.parse(values["follows"])
    if "shared" in values:
        extras["shared"] = values["shared"]
    if "after" in values:
        extras["after"] = tuple(map(Address.parse, values["after"]))
    return extras


def _tupled(value: Any) -> Any:
    """JSON's lists as the tuples that they were, at every depth."""
    if isinstance(value, list):
        return tuple(map(_tupled, value))
    return {k: _tupled(v) for k, v in value.items()} if isinstance(value, dict) else value


def _restore_secret(values: dict[str, Any]) -> SecretSource:
    return SecretSource(**{**values, "command": tuple(values["command"])})


def _restore_host(values: dict[str, Any]) -> DeclaredHost:
    return DeclaredHost(
        **{
            **values,
            "origin": Origin(**values["origin"]),
            "labels": _tupled(values["labels"]),
            "capacity": HostCapacity(**values["capacity"]),
            "migration": HostMigration(**values["migration"]),
            "credentials": tuple((name, _restore_secret(s)) for name, s in values["credentials"]),
        }
    )

"""The compiled tree, kept: what has not changed is not parsed again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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
from specs.files import read_tree
from specs.identity import Address


def load_cached(root: Path, hosts: Mapping[str, str] | None, cache_file: Path | None) -> Desired:
    """As `load`, through a cache file that is only believed when it was made of the same bytes by the
    same program for the same user. Raises InvalidTree."""
    hosts = hosts or {}
    if cache_file is None:
        return _load(root, hosts)
    key = _key(root, hosts)
    if key:
        known = _read(cache_file, key)
        if known is not None:
            return known
    desired = _load(root, hosts)
    if key:
        _write(cache_file, key, desired)
    return desired


def _load(root: Path, hosts: Mapping[str, str]) -> Desired:
    from specs.loader import load

    return load(root, hosts)


def _key(root: Path, hosts: Mapping[str, str]) -> str:
    """The digest of all that a load depends on; '' when a file cannot be read: then nothing is kept."""
    files, problems = read_tree(root)
    total = hashlib.sha256(_program().encode())
    total.update(json.dumps([str(root), sorted(hosts.items())]).encode())
    for file in files:
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


def _read(path: Path, key: str) -> Desired | None:
    try:
        if path.stat().st_uid != os.geteuid():
            return None
        known = json.loads(path.read_bytes())
        return _restore(known["tree"]) if known["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


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
            ]
        )
    return {
        "root": desired.root,
        "fleet": asdict(desired.fleet),
        "hosts": [[h.name, h.uri, asdict(h.origin), h.labels] for h in desired.hosts.values()],
        "policies": [asdict(policy) for policy in policies],
        "resources": rows,
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
            SecretSource(**{**secret, "command": tuple(secret["command"])}) if secret else None,
        )
    return Desired(
        tree["root"],
        FleetPolicy(**tree["fleet"]),
        {
            name: DeclaredHost(name, uri, Origin(**origin), tuple((n, v) for n, v in labels))
            for name, uri, origin, labels in tree["hosts"]
        },
        resources,
        tuple(Problem(Origin(**origin), message) for origin, message in tree["warnings"]),
    )

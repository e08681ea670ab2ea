"""Saved plans: written by plan --out; apply --plan executes one exactly as it was shown, or refuses it.

The file carries a MAC (HMAC-SHA256) by a key that lies beside the state. It is made over the file's bytes,
and nothing of them is parsed before it is right, so that no file of somebody else's gets any further.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from reconciler.cli.binding import FILES, bound_to
from reconciler.cli.common import Common
from reconciler.engine.round import Planned
from reconciler.faults import Fault
from reconciler.plan import Options, Plan
from reconciler.plan.sameness import Mismatch, changed, differing
from reconciler.report.json import FORMAT_VERSION
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.listing import listed
from state import OpenState, key_of

_LARGEST = 256 * 1024 * 1024
_HEAD_BYTES = 16 * 1024
_HEAD = re.compile(
    rb'\{\s*"format_version":\s*(?P<version>\d{1,9}),\s*"kind":\s*"saved-plan",'
    rb'(?:\s*"key":\s*"(?P<key>[0-9a-f]{16})",\s*"tree":\s*(?P<tree>"(?:[^"\\]|\\.){1,8192}"))?'
)
_MAC = re.compile(rb',\n  "mac": "(?P<mac>[0-9a-f]{64})"\n\}\n\Z')
_SHOWN = 5
_TOLD = 10


@dataclass(frozen=True)
class SavedPlan:
    """A plan with what it was asked for and what it is bound to (binding.bound_to); no secret is in it."""

    format_version: int
    kind: str
    key: str
    tree: str
    hosts: tuple[str, ...]
    options: Options
    bound: Mapping[str, Mapping[str, str]]
    plan: Plan


@dataclass(frozen=True)
class VerifiedPlan:
    """A saved plan whose MAC was right; `id` tells it from every other."""

    saved: SavedPlan
    id: str
    key: bytes
    common: Common


_ADAPTER = TypeAdapter(SavedPlan)


def save(path: Path, planned: Planned, options: Options, common: Common) -> None:
    """Writes the plan for its owner alone: documents can hold what others need not know."""
    key = key_of(common.place(planned.desired).url, make=True)
    assert key is not None
    saved = SavedPlan(
        FORMAT_VERSION,
        "saved-plan",
        _name_of(key),
        str(common.tree.resolve()),
        common.hosts,
        options,
        bound_to(planned, key),
        planned.plan,
    )
    text = json.dumps(_ADAPTER.dump_python(saved, mode="json"), indent=2)
    body = text.encode()
    _write(path, body.removesuffix(b"\n}") + f',\n  "mac": "{_mac(key, body)}"\n}}\n'.encode())


def _basis(common: Common, path: Path) -> Desired:
    """Whose tree it is of, which says where the state is. Raises Fault."""
    try:
        return common.basis()
    except InvalidTree as error:
        raise Fault(f"{path}: the tree that it is of cannot be read: {error.problems[0]}") from None


def open_saved(path: Path, common: Common) -> VerifiedPlan:
    """Reads a saved plan; Fault when it is none, when it was changed since, or was saved with another state
    than the one that `common` (without its tree) names, or by another version."""
    data = _read(path)
    head = _HEAD.match(data[:_HEAD_BYTES])
    if head is None:
        raise Fault(f"{path} is no saved plan: plan --out writes one")
    if int(head["version"]) != FORMAT_VERSION:
        raise Fault(f"{path} was saved by another version of virt-reconcile; plan again")
    if head["key"] is None:
        raise Fault(f"{path} is no saved plan any more: its beginning was changed")
    common = replace(common, tree=_tree_in(head["tree"], path))
    basis = _basis(common, path)
    key = key_of(common.place(basis).url)
    if key is None or _name_of(key).encode() != head["key"]:
        raise Fault(
            f"{path} was saved with another state than {common.state_told(basis)}; give the --state"
            " that plan was given, or plan again"
        )
    found = _MAC.search(data[-128:])
    body = data[: -len(found[0])] + b"\n}" if found else b""
    if found is None or not hmac.compare_digest(_mac(key, body).encode(), found["mac"]):
        raise Fault(f"{path} was changed after it was saved; nothing was done, plan again")
    try:
        saved = _ADAPTER.validate_json(body)
    except ValidationError as error:  # ours, of a version that called itself the same
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise Fault(f"{path} cannot be used ({place}: {first['msg']}); plan again") from None
    return VerifiedPlan(saved, found["mac"].decode(), key, replace(common, hosts=saved.hosts))


def options_now(opened: VerifiedPlan) -> Options:
    """What the plan was asked for, at the commit that the tree has now."""
    return replace(opened.saved.options, commit=opened.common.options().commit)


def as_saved(opened: VerifiedPlan, now: Planned, store: OpenState) -> Planned:
    """What was saved, to be executed; Fault when anything of it would be planned otherwise now, or when it
    was executed before."""
    saved = opened.saved
    done = store.run_of(opened.id)
    again = f"it was applied already, as run {done} (history shows it)" if done else ""
    found = list(differing(saved.plan, now.plan))
    bound = bound_to(now, opened.key)
    for subject in sorted(saved.bound.keys() | bound.keys()):
        found.extend(
            replace(one, general=subject == FILES)
            for one in changed(subject, saved.bound.get(subject, {}), bound.get(subject, {}))
        )
    if found:
        raise Fault(*_stale(found, again))
    if again:
        raise Fault(f"the saved plan is stale: {again}; nothing was done, plan again")
    return replace(now, plan=saved.plan)


def _stale(found: list[Mismatch], again: str) -> Iterator[str]:
    near = {one.subject for one in found if not one.general}
    subjects = sorted(near or {one.subject for one in found}, key=lambda s: ("/" not in s, s))
    shown = listed(subjects, _SHOWN)
    told = _told(found)
    also = f"; {again}" if again else ""
    yield f"the saved plan is stale: {shown} changed since; nothing was done, plan again{also}"
    yield from told[:_TOLD]
    if len(told) > _TOLD:
        yield f"    and {len(told) - _TOLD} more"


def _told(found: list[Mismatch]) -> list[str]:
    """A line for each, causes first: what is wrong with a host is wrong with all that is on it."""
    explained = {one.subject for one in found if one.whole}
    causes = [one for one in found if one.what and (one.whole or one.subject not in explained)]
    causes.sort(key=lambda one: "/" in one.subject)
    return list(dict.fromkeys(f"    {one.subject}: {one.what}" for one in causes))


def _mac(key: bytes, body: bytes) -> str:
    return hmac.new(key, b"saved-plan\0" + body, hashlib.sha256).hexdigest()


def _name_of(key: bytes) -> str:
    """Tells one key from another and gives nothing away of it."""
    return hmac.new(key, b"name", hashlib.sha256).hexdigest()[:16]


def _tree_in(text: bytes, path: Path) -> Path:
    try:
        tree = json.loads(text)
        os.fsencode(tree)
    except ValueError:
        tree = ""
    if not tree.startswith("/") or not tree.isprintable():  # it is told before anybody vouches for it
        raise Fault(f"{path} is no saved plan any more: its beginning was changed")
    return Path(tree)


def _read(path: Path) -> bytes:
    """The bytes of a regular file of a sensible size; whatever else lies there is not waited for."""
    if path.is_symlink():
        raise Fault(f"{path} is a link; give the saved plan itself")
    file = _open_regular(path)
    if file is None:
        raise Fault(f"{path} is no saved plan: it is no regular file")
    with file:
        large = os.fstat(file.fileno()).st_size > _LARGEST
        data = b"" if large else file.read(_LARGEST + 1)
    if large or len(data) > _LARGEST:
        raise Fault(f"{path} is no saved plan: it is larger than {_LARGEST // 1024 // 1024} MiB")
    return data


def _open_regular(path: Path) -> BinaryIO | None:
    """Opens a regular file, follows no link and waits for nobody; None when it is something else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None


def _write(path: Path, data: bytes) -> None:
    """Makes the file; only over a saved plan of the user's own, and then by a rename, so that what else has
    that name, links included, stays as it is."""
    if not os.path.lexists(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        return
    _require_own_plan(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _require_own_plan(path: Path) -> None:
    try:
        file = _open_regular(path)
    except OSError:  # a link, or nothing that can be read
        file = None
    own = False
    if file:
        with file:
            own = os.fstat(file.fileno()).st_uid == os.geteuid() and bool(_HEAD.match(file.read(_HEAD_BYTES)))
    if not own:
        raise Fault(
            f"{path} exists, and is no saved plan of yours: it is not written over; remove it, or give --out"
            " another name"
        )

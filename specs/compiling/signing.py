"""By whom a fleet's commits must be signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from specs.compiling.work import Load
from specs.desired import SignaturePolicy
from specs.diagnostics import Problem
from specs.entries import Entry
from specs.models.fleet import Fleet
from specs.paths import resolve
from specs.reading.files import read_file


def signatures_of(entries: Iterable[Entry], work: Load) -> SignaturePolicy | None:
    """What the Fleet says of signatures; a file of the tree that is not there is a problem."""
    for entry in entries:
        said = entry.model.spec.signatures if isinstance(entry.model, Fleet) else None
        if said is None:
            continue
        gpg, every = bool(said.gpg_keyring), said.scope == "every"
        named = said.gpg_keyring or said.allowed_signers or ""
        if named.startswith("/"):
            return SignaturePolicy(named, gpg, every)
        field = "gpgKeyring" if gpg else "allowedSigners"
        path = resolve(entry.origin.file, named)
        file = "it leads out of the tree" if path is None else read_file(work.root, path)
        if path is None or isinstance(file, str):
            at = entry.at("spec", "signatures", field)
            work.problems.append(Problem(at, f"'{named}': {file}"))
            return None
        work.inputs[path] = hashlib.sha256(file.data).hexdigest()
        return SignaturePolicy(path, gpg, every)
    return None

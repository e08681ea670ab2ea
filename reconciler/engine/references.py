"""Documents that name Secrets: tokens of the values take the places of the names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.engine.sealing import Sealer
from reconciler.plan.scope import Scope
from specs.desired import Declared, Desired, goal_digest
from specs.documents.sensitive import REFERENCE
from specs.identity import Address, Kind
from specs.tokens import TOKEN
from state import OpenState


def with_secrets(
    desired: Desired, scope: Scope, store: OpenState, sealer: Sealer
) -> tuple[Desired, list[str]]:
    """The tree with tokens where documents of the scope name Secrets, and what is wrong. Where a value
    cannot be read, what was applied last stands, as long as nothing else was changed in the document."""
    naming = {a: d for a, d in desired.resources.items() if a in scope and REFERENCE.search(d.document)}
    if not naming:
        return desired, []
    from reconciler.inputs.secrets import SecretError

    known = store.documents(naming)
    warnings, resolved = [], dict(desired.resources)
    for address, declared in naming.items():
        try:
            document = sealer.resolve(declared.document, _reader(declared, desired))
        except SecretError as error:
            warnings.append(f"{declared.origin}: {address}: {error}")
            last = known[address].declared if address in known else ""
            if TOKEN.sub("", last) != REFERENCE.sub("", declared.document):
                continue
            document = last
        digest = goal_digest(document, declared.power, declared.autostart, start_new=declared.start_new)
        resolved[address] = replace(declared, document=document, digest=digest)
    return replace(desired, resources=resolved), warnings


def _reader(declared: Declared, desired: Desired) -> Callable[[str], str]:
    """The value of a Secret that the resource's host has, by its name."""
    from reconciler.inputs.secrets import SecretError, read_text

    def value_of(name: str) -> str:
        secret = desired.resources.get(Address(Kind.SECRET, name, declared.host))
        if secret is None or secret.secret is None:
            raise SecretError(f"{declared.host or 'no host'} has no Secret '{name}' with a value")
        return read_text(secret.secret, desired.root, desired.guard)

    return value_of

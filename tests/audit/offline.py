"""What can be said of the lock files without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, metadata

from tests.locks.read import Locked


def problems(locked: Iterable[Locked]) -> list[str]:
    """What keeps an installation from being exactly what was tested."""
    found = []
    for one in locked:
        if one.requirement.url:
            found.append(f"{one.name}: from an address of its own")
        elif not one.version or "*" in one.version:
            found.append(f"{one.name}: not pinned to one version")
        if not one.hashes:
            found.append(f"{one.name}: no hash")
        elif any(not _sha256(given) for given in one.hashes):
            found.append(f"{one.name}: a hash that is no SHA-256")
    return found


def _sha256(text: str) -> bool:
    kind, _, digits = text.partition(":")
    return kind == "sha256" and len(digits) == 64


def licence_of(name: str) -> str:
    """The licence that an installed package says it is under; '' when it says none or is not installed."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ""
    classified = [
        text.rpartition("::")[2].strip()
        for text in said.get_all("Classifier") or []
        if text.startswith("License ::")
    ]
    free_text = str(said.json.get("license", "")).strip().splitlines()
    return (
        str(said.json.get("license_expression", ""))
        or ", ".join(classified)
        or (free_text[0] if free_text else "")
    )

"""What was done, as the journal has it, in the words of the files."""

from __future__ import annotations

from reconciler.report.places import place_of
from specs.identity import Address
from state.journal import ActionEntry


def deed(entry: ActionEntry) -> str:
    """'attach disk vdb': what was done to a resource."""
    whole = f"{entry.verb} {entry.address} "
    part = entry.action.removeprefix(whole) if entry.action.startswith(whole) else ""
    again = part.endswith(" anew") or part == "anew"
    part = part.removesuffix("anew").strip()
    try:
        told = place_of(Address.parse(entry.address).kind, part) if part else ""
    except ValueError:  # a kind that this version does not know
        told = part
    told = "" if entry.verb.endswith(told) else told
    return " ".join(filter(None, (entry.verb, told, "anew" if again else "")))


def deed_upon(entry: ActionEntry) -> str:
    """'attach Domain/web disk vdb'."""
    verb, _, rest = deed(entry).partition(" ")
    return " ".join(filter(None, (verb, entry.address, rest)))

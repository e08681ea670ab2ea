"""The map of a fleet as compact JSON: one letter a guest, host by host."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby

from reconciler.server.pages.badges import badge_of
from reconciler.server.pages.rendering import plain
from reconciler.server.pages.vigil import Vigil, natural
from state.standings import Condition

_NAME = len("Domain/")


def map_document(entries: Sequence[tuple[str, str, str]], vigil: Vigil) -> bytes:
    """All hosts with their guests: names in one list, the letters of their badges in one string."""
    by_host = {host: list(group) for host, group in groupby(entries, key=lambda entry: entry[0])}
    hosts = [
        _host(name, by_host.get(name, []), vigil) for name in sorted({*by_host, *vigil.hosts}, key=natural)
    ]
    return json.dumps({"hosts": hosts}, ensure_ascii=False, separators=(",", ":")).encode()


def _host(name: str, entries: Sequence[tuple[str, str, str]], vigil: Vigil) -> dict[str, object]:
    seen = vigil.seen(name)
    letters = {condition: badge_of(condition, seen=seen).letter for condition in Condition}
    return {
        "host": plain(name),
        "late": not seen,
        "letters": "".join(letters[Condition(condition)] for _, _, condition in entries),
        "names": [address[_NAME:] for _, address, _ in entries],
    }


def tag_of(document: bytes) -> str:
    """By which a browser asks whether it has the newest map."""
    return f'"{sha256(document).hexdigest()[:32]}"'

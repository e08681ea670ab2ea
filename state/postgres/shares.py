"""What a controller does about its hosts at a beat: values in, values out, no database and no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from state.claims import FLEET


@dataclass(frozen=True, slots=True)
class Claimed:
    """One of a controller's own hosts, who of the others asks for it ('' for nobody), and whether it came
    from another one, for the asking, just now."""

    asked_by: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What a controller sees at a beat: itself, all that live, the hosts that there are to be worked, its own
    ones, those that are busy, and those that it asks others for."""

    me: str
    members: Collection[str]
    hosts: Collection[str]
    mine: Mapping[str, Claimed]
    busy: Collection[str] = ()
    asking: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What it does: hosts that it gives to who asks for them, hosts that it lets go of, and how many of the
    free ones it takes."""

    give: Mapping[str, str]
    drop: tuple[str, ...]
    take: int


def turn_of(seen: Situation) -> Turn:
    """What a controller does in this situation."""
    free = {host for host in seen.mine if host not in seen.busy and not _is_kept(host, seen)}
    others = {*seen.members} - {seen.me}
    give = {host: seen.mine[host].asked_by for host in free if seen.mine[host].asked_by in others}
    foreign = {host for host in seen.mine.keys() - give.keys() - {*seen.busy} if host not in seen.hosts}
    # The fleet's own claim is no host, and no part of anybody's share: it stays where it is.
    left = sorted(seen.mine.keys() - give.keys() - foreign - {FLEET})
    over = len(left) - share_of(seen.me, seen.members, len({*seen.hosts} - {FLEET}))
    surplus = [host for host in left if host in free]
    drop = surplus[-over:] if over > 0 else []
    return Turn(give, tuple(sorted({*foreign, *drop})), max(-over, 0))


def share_of(me: str, members: Collection[str], hosts: int) -> int:
    """How many hosts are a controller's fair share: the same sum for whoever reckons it, so that all have
    an owner and nobody has two more than another one."""
    order = sorted({me, *members})
    each, rest = divmod(hosts, len(order))
    return each + (order.index(me) < rest)


def _is_kept(host: str, seen: Situation) -> bool:
    """Once what was asked for has come, nothing is passed on before it was used, for it was to be used
    together. While more are asked for, those before them by name are kept: everybody waits in this order, so
    that no two wait for each other."""
    return any(one.fresh for one in seen.mine.values()) or host < min(seen.asking, default="")

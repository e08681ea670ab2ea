"""Half-filled or not: what the markers beside a volume mean, and what the state knows of them.

A marker counts only if the state knows its fill, or if neither the fill nor the volume is known to any state
that we have (it was lost). Whatever else is called like a marker is a stray: it is told, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.plan.users import volume_users
from reconciler.plan.world import World
from specs.content import MARKER
from specs.desired import Declared, DeclaredHost
from specs.identity import Kind
from specs.markers import marker_of
from state.fills import NotedFill


@dataclass(frozen=True, slots=True)
class FillState:
    """What the markers beside a declared volume say. `fill` is ours, as far as its marker is there;
    `forgotten` are the nonces of fills that no state knows, of a volume that no state knows either; `strays`
    are the nonces of what only looks like a marker, `names` what all of those that count are called."""

    fill: NotedFill | None = None
    forgotten: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stray_names: tuple[str, ...] = ()

    @property
    def half_filled(self) -> bool:
        """Whether what is in it may be only a part."""
        return self.fill is not None or bool(self.forgotten)


def fill_state(declared: Declared, world: World) -> FillState:
    """What is to be thought of a volume's markers."""
    seen = world.markers(declared.host, declared.native)
    fill = world.recorded.fills.get(declared.address)
    known = declared.address in world.records or fill is not None
    ours = tuple(nonce for nonce in seen if fill and nonce in fill.nonces)
    others = tuple(nonce for nonce in seen if nonce not in ours)
    plain = declared.native + MARKER
    bare = (plain,) if world.observation(declared.host, Kind.VOLUME, plain) else ()
    return FillState(
        fill if ours else None,
        () if known else others,
        others if known else (),
        _names(declared, ours if known else others),
        (*_names(declared, others if known else ()), *bare),
    )


def unmarked(declared: Declared, world: World) -> bool:
    """Whether nothing is there that looks like a marker, nor a fill under way in the state."""
    if declared.address.kind is not Kind.VOLUME:
        return True
    bare = world.observation(declared.host, Kind.VOLUME, declared.native + MARKER)
    marked = bare is not None or bool(world.markers(declared.host, declared.native))
    return not marked and declared.address not in world.recorded.fills


def in_the_way(declared: Declared, world: World, hosts: Mapping[str, DeclaredHost]) -> str:
    """Why a half-filled volume must not be filled anew; '' when nothing is in the way."""
    found = fill_state(declared, world)
    if found.fill and found.fill.filled and found.fill.content:
        wanted = world.answers.contents.get(declared.address)
        if wanted == found.fill.content:
            return ""  # only its marker goes
    what = "is half-filled" if found.fill else "may be half-filled"
    marks = " and ".join(found.names)
    if declared.source is None:
        return (
            f"{what} (that is what {marks} says), and the files say no more what belongs in it: declare its"
            " source again, or delete both by hand"
        )
    using = volume_users(declared.address, declared.native, declared.host, world.inventories)
    users = using.running if found.fill else using.all
    if users:
        return (
            f"{what} (that is what {marks} says), but {users[0]} uses it, so that it is left alone: if it is"
            f" whole, delete {marks}; if not, stop and undefine its users, or delete the volume"
        )
    unasked = [name for name, message in world.unreachable.items() if not _fenced(name, hosts)]
    if not declared.address.host and unasked:
        return f"{what}, and {', '.join(unasked)} cannot be asked whether a guest there uses it"
    return ""


def note_on_strays(declared: Declared, world: World) -> tuple[str, ...]:
    """What a person should know of what only looks like a marker."""
    names = fill_state(declared, world).stray_names
    if not names:
        return ()
    one = len(names) == 1
    return (
        f"{' and '.join(names)} {'looks' if one else 'look'} like the mark of a half-filled volume and"
        f" {'is' if one else 'are'} no fill of ours: the volume is taken as whole; find out who made"
        f" {'it' if one else 'them'}, and delete {'it' if one else 'them'}",
    )


def _fenced(name: str, hosts: Mapping[str, DeclaredHost]) -> bool:
    return name in hosts and hosts[name].fenced


def _names(declared: Declared, nonces: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(marker_of(declared.native, nonce) for nonce in nonces)

"""What a simulated host does with each kind. One without a row is kept as it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from drivers.simulated import network, nwfilter, pool, secret, volume
from drivers.simulated.domain import verbs
from drivers.simulated.naming import canonical_uuid, check_identity, check_name, existing
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.xml import Element, parse, to_text
from specs.identity import FACTS, MANAGED_KINDS, Kind


@dataclass(frozen=True, slots=True)
class SimulatedCalls:
    """What is done alike to all kinds, in a way that each has for itself."""

    define: Callable[[HostRows, str, str], None]
    """Creates or redefines by a document."""

    undefine: Callable[[HostRows, str], None]
    """Removes one that is inactive."""

    start: Callable[[HostRows, str], None] | None = None
    """Starts one; None where a kind is never started."""

    stop: Callable[[HostRows, str], None] | None = None
    """Stops one at once; None where a kind is never started."""


def _as_it_is(root: Element) -> None:
    """What libvirt does not rewrite."""


def _freely(host: HostRows, name: str) -> None:
    """What nothing else needs."""


def plain(
    kind: Kind,
    rewrite: Callable[[Element], None] = _as_it_is,
    check_unused: Callable[[HostRows, str], None] = _freely,
) -> SimulatedCalls:
    """A kind that is nothing but its definition: `rewrite` makes of a document what libvirt keeps,
    `check_unused` refuses to remove one that is needed."""

    def define(host: HostRows, name: str, document: str) -> None:
        root = parse(document, FACTS[kind].tag)
        check_name(root, name)
        uuid = canonical_uuid(root)
        old = check_identity(host, kind, name, uuid)
        rewrite(root)
        host.save(replace(old or StoredObject(kind, name, uuid, ""), document=to_text(root)))

    def undefine(host: HostRows, name: str) -> None:
        existing(host, kind, name)
        check_unused(host, name)
        host.remove(kind, name)

    return SimulatedCalls(define, undefine)


_OWN: Mapping[Kind, SimulatedCalls] = {
    Kind.DOMAIN: SimulatedCalls(verbs.define, verbs.undefine, verbs.start, verbs.stop),
    Kind.NETWORK: SimulatedCalls(network.define, network.undefine, network.start, network.stop),
    Kind.STORAGE_POOL: SimulatedCalls(pool.define, pool.undefine, pool.start, pool.stop),
    Kind.VOLUME: SimulatedCalls(volume.create, volume.delete),
    Kind.SECRET: SimulatedCalls(secret.define, secret.undefine),
    Kind.NETWORK_FILTER: plain(Kind.NETWORK_FILTER, nwfilter.rewrite, nwfilter.check_unused),
}

CALLS: Mapping[Kind, SimulatedCalls] = {kind: _OWN.get(kind) or plain(kind) for kind in MANAGED_KINDS}
"""Kind → what is done with it. A kind that is rewritten, or not removed while it is used, is a row more."""

"""One pass over everything on a host.

The list calls' flags tell active, paused, autostarted and transient objects apart, so that each object
costs one call for its document, and an active one a second for its live document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import libvirt

from drivers.base import Observation
from drivers.libvirt.errors import is_lost, is_missing, translated
from drivers.libvirt.itself import guests
from drivers.libvirt.kinds import CALLS
from drivers.libvirt.secrets import secret_name
from specs.desired import PowerState
from specs.identity import Kind

NO_TEXT = "what libvirt says of it is not UTF-8"
Found = Observation | tuple[str, str]
"""An observation, or the name of what could not be read and why."""

_VOLATILE_POOL = re.compile(r"\s*<(capacity|allocation|available)\b[^>]*>[^<]*</\1>")
_VOLATILE_VOLUME = re.compile(
    r"\s*<(allocation|physical)\b[^>]*>[^<]*</\1>|\s*<timestamps>.*?</timestamps>", re.DOTALL
)
_OF_A_START = re.compile(
    r"\s*<alias name='(?!ua-)[^']*'/>"
    r"|\s*<seclabel type='dynamic' model='[^']*' relabel='yes'"
    r"(/>|>(\s*<(image)?label>[^<]*</(image)?label>)*\s*</seclabel>)"
)
"""Aliases that no user gave, and labels that are chosen at a start: of a transient domain they stand in the
inactive document, too, for that is made of what runs (virDomainDeviceInfoFormat)."""
_ID = " id="  # stands in the root of a live document
_ASKED = 5
INACTIVE_POOL = "its pool is inactive, so its volumes cannot be looked at"


def domains(handle: libvirt.virConnect) -> Iterator[Found]:
    """All domains."""
    every = guests(handle)
    paused = _uuids(handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED))
    autostarted = _uuids(handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART))
    transient = _uuids(handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT))
    saved = _uuids(handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE))
    for domain in every:
        uuid = domain.UUIDString()
        power = PowerState.STOPPED
        if domain.ID() != -1:
            power = PowerState.PAUSED if uuid in paused else PowerState.RUNNING
        yield from _read(
            _named(domain),
            lambda domain=domain, power=power, uuid=uuid: _domain(  # type: ignore[misc]
                domain, power, uuid in autostarted, uuid not in transient, uuid in saved
            ),
        )


def _domain(
    domain: libvirt.virDomain, power: PowerState, autostart: bool, persistent: bool, saved: bool
) -> Observation:
    live = None if power is PowerState.STOPPED else _live_document(domain)
    if live is None:
        power = PowerState.STOPPED  # it stopped since it was listed
    document = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    return Observation(
        kind=Kind.DOMAIN,
        name=domain.name(),
        document=document if persistent else _OF_A_START.sub("", document),
        live=live,
        power=power,
        autostart=autostart,
        persistent=persistent,
        saved=_saved_document(domain) if saved and live is None else None,
    )


def _live_document(domain: libvirt.virDomain) -> str | None:
    """None when it runs no more. While it stops and starts, libvirt gives its definition in between."""
    for _ in range(_ASKED):
        document: str = domain.XMLDesc(0)
        if _ID in document.partition(">")[0] or not document:
            return document
        if not domain.isActive():
            return None
    return document


def _saved_document(domain: libvirt.virDomain) -> str:
    """What a saved image goes on as; '' where the driver does not tell it, or the image cannot be read."""
    try:
        return str(domain.managedSaveGetXMLDesc(0))
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return ""


def one_domain(domain: libvirt.virDomain) -> Observation:
    """One domain, its state asked for directly; an inactive one (which has no id) is persistent."""
    if domain.ID() == -1:
        return _domain(domain, PowerState.STOPPED, bool(domain.autostart()), True, _has_saved_image(domain))
    state, _ = domain.state()
    power = {
        libvirt.VIR_DOMAIN_SHUTOFF: PowerState.STOPPED,
        libvirt.VIR_DOMAIN_CRASHED: PowerState.STOPPED,
        libvirt.VIR_DOMAIN_PAUSED: PowerState.PAUSED,
    }.get(state, PowerState.RUNNING)
    return _domain(domain, power, bool(domain.autostart()), bool(domain.isPersistent()), saved=False)


def _has_saved_image(domain: libvirt.virDomain) -> bool:
    """A driver without saved images (lxc, test) has no call to ask for one."""
    try:
        return bool(domain.hasManagedSaveImage(0))
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return False


def networks(handle: libvirt.virConnect) -> Iterator[Found]:
    """All networks."""
    active = _uuids(handle.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE))
    autostarted = _uuids(handle.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_AUTOSTART))
    transient = _uuids(handle.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_TRANSIENT))
    for network in handle.listAllNetworks(0):
        uuid = network.UUIDString()
        yield from _read(
            _named(network),
            lambda network=network, uuid=uuid: network_of(  # type: ignore[misc]
                network, uuid in active, uuid in autostarted, uuid not in transient
            ),
        )


def network_of(network: libvirt.virNetwork, active: bool, autostart: bool, persistent: bool) -> Observation:
    """One network whose state is known."""
    live = network.XMLDesc(0) if active else None
    return Observation(
        kind=Kind.NETWORK,
        name=network.name(),
        document=definition(network, libvirt.VIR_NETWORK_XML_INACTIVE),
        live=live,
        power=PowerState.ACTIVE if active else PowerState.INACTIVE,
        autostart=autostart,
        persistent=persistent,
    )


def pools(handle: libvirt.virConnect) -> Iterator[Found]:
    """All pools, each followed by its volumes as far as it is active."""
    active = _uuids(handle.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE))
    autostarted = _uuids(handle.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART))
    transient = _uuids(handle.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT))
    for pool in handle.listAllStoragePools(0):
        uuid = pool.UUIDString()
        yield from _read(
            _named(pool),
            lambda pool=pool, uuid=uuid: pool_of(  # type: ignore[misc]
                pool, uuid in active, uuid in autostarted, uuid not in transient
            ),
        )
        if uuid in active:
            yield from _volumes(pool)
        else:
            yield f"{_named(pool)}/*", INACTIVE_POOL


def pool_of(pool: libvirt.virStoragePool, active: bool, autostart: bool, persistent: bool) -> Observation:
    """One pool whose state is known, without the sizes that change by themselves."""
    live = _VOLATILE_POOL.sub("", pool.XMLDesc(0)) if active else None
    inactive = libvirt.VIR_STORAGE_XML_INACTIVE
    return Observation(
        kind=Kind.STORAGE_POOL,
        name=pool.name(),
        document=_VOLATILE_POOL.sub("", definition(pool, inactive)) if persistent else live or "",
        live=live,
        power=PowerState.ACTIVE if active else PowerState.INACTIVE,
        autostart=autostart,
        persistent=persistent,
    )


def _volumes(pool: libvirt.virStoragePool) -> Iterator[Found]:
    try:
        volumes = pool.listAllVolumes(0)
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        yield f"{_named(pool)}/*", str(translated(error))
        return
    for number, volume in enumerate(volumes):
        name = f"{_named(pool)}/{_named(volume, number)}"
        yield from _read(name, lambda volume=volume, name=name: volume_of(volume, name))  # type: ignore[misc]


def volume_of(volume: libvirt.virStorageVol, name: str) -> Observation:
    """One volume, without what its use changes."""
    return Observation(Kind.VOLUME, name, _VOLATILE_VOLUME.sub("", volume.XMLDesc(0)))


def secrets(handle: libvirt.virConnect, *, readonly: bool) -> Iterator[Found]:
    """All secrets, never their values."""
    for secret in handle.listAllSecrets(0):
        yield from _read(
            _secret_named(secret),
            lambda secret=secret: secret_of(secret, readonly=readonly),  # type: ignore[misc]
        )


def _secret_named(secret: libvirt.virSecret) -> str:
    try:
        return secret_name(secret)
    except UnicodeDecodeError:
        return str(secret.UUIDString())


def secret_of(secret: libvirt.virSecret, *, readonly: bool) -> Observation:
    """One secret; whether it has a value is only told to those who may write."""
    has_value: bool | None = None
    if not readonly:
        try:
            has_value = secret.value() is not None
        except libvirt.libvirtError as error:
            # A private secret has a value that is not given out: nothing can be told then.
            has_value = False if error.get_error_code() == libvirt.VIR_ERR_NO_SECRET else None
    return Observation(Kind.SECRET, secret_name(secret), secret.XMLDesc(0), has_value=has_value)


def plain(handle: libvirt.virConnect, kind: Kind) -> Iterator[Found]:
    """All of a kind of which there is nothing but its definition."""
    every = CALLS[kind].every
    for entry in every(handle) if every else ():
        yield from _read(_named(entry), lambda entry=entry: plain_of(kind, entry))  # type: ignore[misc]


def plain_of(kind: Kind, entry: Any) -> Observation:
    """One of a kind of which there is nothing but its definition."""
    return Observation(kind, entry.name(), entry.XMLDesc(0))


def definition(item: libvirt.virNetwork | libvirt.virStoragePool, inactive: int) -> str:
    """The persistent document; a driver that knows one document only (test) refuses the flag."""
    try:
        return str(item.XMLDesc(inactive))
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_INVALID_ARG:
            raise
        return str(item.XMLDesc(0))


def _uuids(objects: list[Any]) -> frozenset[str]:
    return frozenset(item.UUIDString() for item in objects)


def _read(name: str, observe: Callable[[], Observation]) -> Iterator[Found]:
    """What has vanished since it was listed is left out; what cannot be read is named."""
    try:
        yield observe()
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        if not is_missing(error):
            yield name, str(translated(error))
    except UnicodeDecodeError:
        yield name, NO_TEXT


def _named(item: Any, number: int | None = None) -> str:
    """An object's name; one whose name is not UTF-8 is told by its UUID, or by its number in the list."""
    try:
        return str(item.name())
    except UnicodeDecodeError:
        told = item.UUIDString() if number is None else f"number {number + 1} of its pool"
        return f"(its name is not UTF-8: {told})"

"""Defining, starting and stopping domains."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from drivers.base.belongings import Belonging
from drivers.simulated import kept
from drivers.simulated.domain.disks import source_of, target_of
from drivers.simulated.domain.live import image_of, run, uses_of
from drivers.simulated.domain.rewrite import rewrite
from drivers.simulated.naming import check_identity, check_name, existing
from drivers.simulated.nwfilter import check_reference
from drivers.simulated.rows import HostRows, StoredObject
from drivers.simulated.secret import find_secret
from drivers.simulated.xml import Element, parse, refuse, text_of, to_text
from specs.desired import PowerState
from specs.documents.called import renamed
from specs.identity import Kind


def define(host: HostRows, name: str, document: str) -> None:
    """Creates a domain, or redefines it in place."""
    root = parse(document, "domain")
    check_name(root, name)
    rewrite(root)
    uuid = text_of(root, "uuid")
    old = check_identity(host, Kind.DOMAIN, name, uuid)
    entry = old or StoredObject(Kind.DOMAIN, name, uuid, "", power=PowerState.STOPPED, autostart=0)
    host.save(replace(entry, document=to_text(root)))


_KEEPING = ("os/nvram", "devices/tpm/backend[@type='emulator']")
"""What of a domain lets its guest keep something beside its disks."""


def state_of(name: str) -> str:
    """The number that is 1 while what a guest wrote into its firmware or its TPM is there."""
    return f"state {name}"


def lost_with(host: HostRows, name: str) -> Mapping[Belonging, str]:
    """What would go with a domain's definition."""
    names = kept.names(host, name)
    return {Belonging.SNAPSHOTS: ", ".join(names)} if names else {}


def undefine(host: HostRows, name: str, discards: Collection[Belonging] = ()) -> None:
    """Removes a domain that is off; what its guest wrote into its firmware or its TPM stays."""
    entry = existing(host, Kind.DOMAIN, name)
    if entry.live:
        refuse(
            f"domain '{name}' is running",
            "stop it first: a guest without a definition vanishes with its stop",
        )
    for belonging in lost_with(host, name).keys() - set(discards):
        refuse(f"domain '{name}' has {belonging}", "they would go with its definition")
    host.remove(Kind.DOMAIN, name)
    kept.forget(host, name)


def rename(host: HostRows, name: str, new_name: str, uuid: str) -> None:
    """Renames a domain that is off, with what is kept of it by its name."""
    there = host.entry(Kind.DOMAIN, new_name)
    if there and uuid and there.uuid == uuid:
        return
    entry = existing(host, Kind.DOMAIN, name)
    if uuid and entry.uuid != uuid:
        refuse(f"another domain is called '{name}'")
    if entry.live:
        refuse(f"domain '{name}' is running", "a guest is renamed while it is stopped")
    if there:
        refuse(f"domain '{new_name}' already exists with uuid {there.uuid}")
    if kept.names(host, name):
        refuse(f"cannot rename domain '{name}' with snapshots", "delete them first")
    host.remove(Kind.DOMAIN, name)
    host.save(replace(entry, name=new_name, document=renamed(entry.document, new_name)))
    for number in (started, state_of):
        host.keep_number(number(new_name), host.number(number(name)))
        host.keep_number(number(name), 0)


def start(host: HostRows, name: str, *, paused: bool = False) -> None:
    """Starts a domain that is off; what it needs must be there."""
    entry = existing(host, Kind.DOMAIN, name)
    if entry.live:
        return
    root = parse(entry.document)
    check_devices(root, host)
    run(root, host)
    host.set_uses(name, uses_of(root, host))
    host.keep_number(started(name), int(time.time() * 1000))
    if any(root.find(path) is not None for path in _KEEPING):
        host.keep_number(state_of(name), 1)
    power = PowerState.PAUSED if paused else PowerState.RUNNING
    host.save(replace(entry, live=to_text(root), power=power))


def check_devices(root: Element, host: HostRows) -> None:
    """What a guest's devices refer to is on the host, active and free."""
    _check_interfaces(root, host)
    _check_disks(root, host)


def started(name: str) -> str:
    """The number that holds when a guest was started, in milliseconds since the epoch."""
    return f"started {name}"


def stop(host: HostRows, name: str) -> None:
    """The guest is off, whichever way it went."""
    entry = existing(host, Kind.DOMAIN, name)
    host.set_uses(name, ())
    host.save(replace(entry, live=None, power=PowerState.STOPPED))


def set_running(host: HostRows, name: str, power: PowerState) -> None:
    """Pauses or resumes an active domain."""
    entry = running(host, name)
    host.save(replace(entry, power=power))


def running(host: HostRows, name: str) -> StoredObject:
    """An active domain; Refused when it is off."""
    entry = existing(host, Kind.DOMAIN, name)
    if not entry.live:
        refuse("domain is not running", f"start '{name}' first")
    return entry


def edited(document: str, change: Callable[[Element], None]) -> str:
    """A document, changed."""
    root = parse(document)
    change(root)
    return to_text(root)


def _check_interfaces(root: Element, host: HostRows) -> None:
    for interface in root.iterfind("devices/interface"):
        check_interface(interface, host)


def check_interface(interface: Element, host: HostRows) -> None:
    """Its network is active, its filter exists."""
    source = interface.find("source")
    if interface.get("type") == "network" and source is not None:
        name = source.get("network", "")
        network = host.entry(Kind.NETWORK, name)
        if network is None:
            refuse(f"Network not found: no network with matching name '{name}'", "define it first")
        if network.power != PowerState.ACTIVE:
            refuse(f"network '{name}' is not active", "start it first")
    for reference in interface.iterfind("filterref"):
        check_reference(host, reference.get("filter", ""))


def _check_disks(root: Element, host: HostRows) -> None:
    held: dict[str, bool] = {}
    for disk in root.iterfind("devices/disk"):
        check_disk(disk, host)
        image, shared = image_of(disk, host), _shared(disk)
        if image in held and not (shared and held[image]):
            _locked(image)
        if image:
            held[image] = shared


def check_disk(disk: Element, host: HostRows, domain: str = "") -> None:
    """Its volume exists, its secrets have values, and no other running guest writes to it."""
    _check_volume(disk, host)
    for secret in (*disk.iterfind(".//auth/secret"), *disk.iterfind(".//encryption/secret")):
        found = find_secret(host, secret)
        if found is None:
            refuse(f"Secret not found: the disk '{target_of(disk)}' needs one", "define it first")
        if found.value is None:
            refuse(f"secret '{found.uuid}' does not have a value", "give it its value first")
    image = image_of(disk, host)
    if image and any(
        not (shared and _shared(disk)) for user, shared in host.uses("image", image) if user != domain
    ):
        _locked(image)


def _check_volume(disk: Element, host: HostRows) -> None:
    source = source_of(disk)
    if not source:
        return
    if disk.get("type") == "volume":
        pool_name, _, volume = source.partition("/")
        pool = host.entry(Kind.STORAGE_POOL, pool_name)
        if pool is None:
            refuse(
                f"Storage pool not found: no storage pool with matching name '{pool_name}'", "define it first"
            )
        if pool.power != PowerState.ACTIVE:
            refuse(f"storage pool '{pool_name}' containing volume '{volume}' is not active", "start it first")
        if host.volume(pool.place or "", volume) is None:
            refuse(
                f"Storage volume not found: no storage vol with matching name '{volume}'", "create it first"
            )
    elif disk.get("type") in ("file", "block"):
        folder, _, name = source.rpartition("/")
        if host.pool_at(folder) and host.volume(folder, name) is None:
            refuse(
                f"Cannot access storage file '{source}': No such file or directory", "create the volume first"
            )


def _shared(disk: Element) -> bool:
    return disk.find("shareable") is not None or disk.find("readonly") is not None


def _locked(image: str) -> None:
    refuse(
        f'Failed to get "write" lock: another guest uses the image [{image}]',
        "stop that guest, or mark the disk shareable in both",
    )

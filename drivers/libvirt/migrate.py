"""Moving a domain from one libvirt host to another (migration.html, virDomainMigrate3)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import libvirt
from lxml import etree

from drivers.base import Move, MoveProgress
from drivers.base.errors import DriverError, Refused, Unreachable
from drivers.libvirt.connection import Connection
from drivers.libvirt.domains import refresh_pools, with_passwords
from drivers.libvirt.errors import is_lost, translated
from drivers.libvirt.watch import Watch
from specs.identity import Kind
from specs.xml import parse

_DROPS_CACHE = 4_000_000
"""The first QEMU that drops the host's cache of a disk when a guest has moved (migration.html, cache)."""

_INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
_NOT_TO_BE_ASKED = frozenset(
    {
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_DENIED,
        libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
    }
)
_STOPPED = frozenset({libvirt.VIR_ERR_OPERATION_ABORTED, libvirt.VIR_ERR_MIGRATE_UNSAFE})
"""How a move ends that is abandoned: under way, or before it was begun anew."""

_MODES = {
    "managed": 0,
    "peer-to-peer": libvirt.VIR_MIGRATE_PEER2PEER,
    "tunnelled": libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_TUNNELLED,
}


def cpu_problem(handle: libvirt.virConnect, domain: str) -> str:
    """Why the host cannot give a guest its CPU; '' when it can, or when nobody can tell."""
    root = parse(domain)
    cpu = root.find("cpu")
    if cpu is None or cpu.find("model") is None or cpu.get("mode") in ("host-passthrough", "maximum"):
        return ""
    kind = root.find("os/type")
    machine = kind.get("machine") if kind is not None else None
    document = etree.tostring(cpu, encoding="unicode", with_tail=False)
    flags = libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE
    try:
        try:
            handle.compareHypervisorCPU(None, None, machine, root.get("type"), document, flags)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_OPERATION_DENIED or root.get("type") != "kvm":
                raise
            # A read-only connection is told only what the processor itself can do.
            handle.compareCPU(document, flags)
    except libvirt.libvirtError as error:
        if is_lost(error) or error.get_error_code() in _NOT_TO_BE_ASKED:
            return ""
        return f"its CPU is not to be had there: {error.get_error_message()}"
    return ""


def move_domain(
    source: Connection,
    destination: Connection,
    name: str,
    move: Move,
    progress: Callable[[MoveProgress], None],
    cancel: threading.Event,
) -> None:
    """Moves a domain; see drivers.base.Mover.move."""
    if source.readonly or destination.readonly:
        raise Refused("the connection is read-only")
    domain = source.read(lambda handle: handle.lookupByName(name))
    with _explained():
        document = _definition(domain, move)
        autostart = bool(domain.autostart())
        refresh_pools(destination.handle(), document)
        if move.live:
            watch = Watch(domain, move.policy, progress, cancel)
            with _honest(source, destination, name, watch), watch:
                _move_live(domain, destination, document, move, watch)
        else:
            _move_definition(domain, destination, document)
    _settle(destination, name, autostart=autostart)


def _definition(domain: libvirt.virDomain, move: Move) -> str:
    secure = str(domain.XMLDesc(_INACTIVE))
    return with_passwords(move.document, secure) if move.document else secure


def _move_definition(domain: libvirt.virDomain, destination: Connection, document: str) -> None:
    """A stopped domain: defined there, then undefined here. What only this host has of it is refused, for
    it would be lost."""
    root = parse(document)
    nvram, tpm = root.findtext("os/nvram"), root.find("devices/tpm/backend[@type='emulator']")
    if domain.isActive():
        raise Refused("it runs by now", "plan again")
    if domain.hasManagedSaveImage():
        raise Refused(
            "it has a saved state, which would stay behind", "start it (then it moves with it), or discard it"
        )
    if domain.snapshotNum() or domain.listAllCheckpoints():
        raise Refused(
            "it has snapshots or checkpoints, which would stay behind", "delete or merge them first"
        )
    if nvram or tpm is not None:
        raise Refused(
            f"it is stopped, and its {'UEFI variables' if nvram else 'TPM'} would stay behind",
            "start it: a running guest takes them along",
        )
    destination.handle().defineXML(document)
    domain.undefine()


def _move_live(
    domain: libvirt.virDomain,
    destination: Connection,
    document: str,
    move: Move,
    watch: Watch,
) -> None:
    flags, parameters = _flags(domain, move), _parameters(document, move)
    try:
        _migrate(domain, destination, flags, parameters, move)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_MIGRATE_UNSAFE or watch.abandoned:
            raise
        _require_shared(domain, move, error)
        _migrate(domain, destination, flags | libvirt.VIR_MIGRATE_UNSAFE, parameters, move)


def _migrate(
    domain: libvirt.virDomain,
    destination: Connection,
    flags: int,
    parameters: Mapping[str, Any],
    move: Move,
) -> None:
    if flags & libvirt.VIR_MIGRATE_PEER2PEER:
        domain.migrateToURI3(_peer(move), dict(parameters), flags)
    else:
        domain.migrate3(destination.handle(), dict(parameters), flags)


def _flags(domain: libvirt.virDomain, move: Move) -> int:
    policy = move.policy
    flags = (
        libvirt.VIR_MIGRATE_LIVE
        | libvirt.VIR_MIGRATE_PERSIST_DEST
        | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
        | _MODES[policy.mode]
    )
    chosen = (
        (policy.post_copy, libvirt.VIR_MIGRATE_POSTCOPY),
        (policy.auto_converge, libvirt.VIR_MIGRATE_AUTO_CONVERGE),
        (policy.compressed, libvirt.VIR_MIGRATE_COMPRESSED),
        (policy.parallel, libvirt.VIR_MIGRATE_PARALLEL),
        (move.copied_disks, _copying(domain, move)),
    )
    for wanted, flag in chosen:
        flags |= flag if wanted else 0
    return int(flags)


def _copying(domain: libvirt.virDomain, move: Move) -> int:
    """Only what lies upon a backing file is copied where there is one: the volume at the destination was
    made upon the same. Otherwise all of it is."""
    live = parse(domain.XMLDesc(0))
    for disk in live.iterfind("devices/disk"):
        target = disk.find("target")
        upon = disk.find("backingStore/source")
        if target is not None and target.get("dev") in move.copied_disks and upon is not None:
            return int(libvirt.VIR_MIGRATE_NON_SHARED_INC)
    return int(libvirt.VIR_MIGRATE_NON_SHARED_DISK)


def _parameters(document: str, move: Move) -> Mapping[str, Any]:
    parameters: dict[str, Any] = {libvirt.VIR_MIGRATE_PARAM_PERSIST_XML: document}
    if move.address and "://" not in move.address and move.policy.mode != "tunnelled":
        parameters[libvirt.VIR_MIGRATE_PARAM_URI] = f"tcp://{_bracketed(move.address)}"
    if move.copied_disks:
        parameters[libvirt.VIR_MIGRATE_PARAM_MIGRATE_DISKS] = list(move.copied_disks)
    if move.bandwidth:
        parameters[libvirt.VIR_MIGRATE_PARAM_BANDWIDTH] = move.bandwidth
    if move.policy.parallel:
        parameters[libvirt.VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS] = move.policy.parallel
    return parameters


def _peer(move: Move) -> str:
    """Where the hosts reach each other: a URI as given, or libvirt's TCP socket at an address."""
    if not move.address:
        raise Refused(
            f"migration.mode: {move.policy.mode} needs the destination's address",
            "declare migration: {address: …} in its Host",
        )
    return move.address if "://" in move.address else f"qemu+tcp://{_bracketed(move.address)}/system"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address and not address.startswith("[") else address


def _require_shared(domain: libvirt.virDomain, move: Move, error: libvirt.libvirtError) -> None:
    """libvirt knows no storage as shared but network file systems. What the files say of volumes is
    believed, as far as QEMU itself keeps them whole; of anything else they say nothing."""
    if move.policy.storage != "shared":
        raise error
    cached = domain.connect().getVersion() < _DROPS_CACHE
    for disk in parse(domain.XMLDesc(0)).iterfind("devices/disk"):
        if disk.find("readonly") is not None or disk.get("type") == "network":
            continue
        driver = disk.find("driver")
        cache = driver.get("cache", "") if driver is not None else ""
        target = disk.find("target")
        told = f"disk {target.get('dev') if target is not None else '?'}"
        if disk.get("type") != "volume":
            raise Refused(
                f"{told} is no volume of a pool: nothing says that both hosts see the same",
                "declare it as a volume of a pool with shared: true, or migration: {storage: copy}",
            ) from error
        if cached and cache not in ("none", "directsync"):
            raise Refused(f"{told} is cached by its host", "declare cache: none for it") from error


@contextmanager
def _honest(source: Connection, destination: Connection, name: str, watch: Watch) -> Iterator[None]:
    """When a move ends in an error, says where the guest is, as far as anybody can tell."""
    try:
        yield
    except (libvirt.libvirtError, DriverError) as error:
        here, there = _active(source, name), _active(destination, name)
        if here is False and there:
            return
        told, hint = _reason(error, watch)
        if here and not there:
            raise Refused(f"it did not move and goes on where it is: {told}", hint) from error
        # Out of time, it is refused all the same: whatever is unreachable is tried again, and would move.
        unclear = Refused if watch.out_of_time else Unreachable
        raise unclear(
            f"the move broke off ({told}), and nobody can tell yet where the guest is", "plan again"
        ) from error


def _reason(error: libvirt.libvirtError | DriverError, watch: Watch) -> tuple[str, str]:
    """Why it did not move, and what a person can do about it."""
    if isinstance(error, DriverError):
        return error.message, error.hint
    if watch.out_of_time and error.get_error_code() in _STOPPED:
        return (
            f"it was not there within {watch.policy.timeout:g} s",
            "allow it more in migration.timeout, or another onTimeout",
        )
    return error.get_error_message(), translated(error).hint


def _active(connection: Connection, name: str) -> bool | None:
    """Whether the guest runs (or is paused) there; None when the host cannot be asked."""
    try:
        return connection.read(lambda handle: bool(handle.lookupByName(name).isActive()))
    except Unreachable:
        return None
    except DriverError:
        return False


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except libvirt.libvirtError as error:
        raise translated(error, Kind.DOMAIN) from error


def _settle(destination: Connection, name: str, *, autostart: bool) -> None:
    """libvirt takes autostart along for nobody."""
    if autostart:
        destination.write(lambda handle: handle.lookupByName(name).setAutostart(1), Kind.DOMAIN)

"""The devices of a domain → <devices> (formatdomain.html#devices)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from specs.documents.build import element, maybe
from specs.documents.formats import FormatOf, bandwidth, format_of, openvswitch, pci_address, vlan
from specs.models.devices.disks import Disk, Filesystem, NetworkSource
from specs.models.devices.interfaces import Interface
from specs.models.devices.others import Character, HostDevice
from specs.models.domain import DomainSpec

TARGET_PREFIXES = {"virtio": "vd", "scsi": "sd", "sata": "sd", "usb": "sd", "ide": "hd", "fdc": "fd",
                   "xen": "xvd", "sd": "sd"}  # fmt: skip
TARGET_BUSES = {"vd": "virtio", "hd": "ide", "xvd": "xen", "fd": "fdc"}
_SCHEME_BUSES = {"xen": "xen", "esx": "scsi", "vpx": "scsi", "hyperv": "scsi", "vbox": "sata", "vz": "sata"}
AGENT = "org.qemu.guest_agent.0"


def render(
    devices: etree._Element, spec: DomainSpec, scheme: str, usage: Callable[[str], str], formats: FormatOf
) -> None:
    """Puts the devices in; the scheme decides defaults such as the buses, `usage` finds secrets by name,
    `formats` tells a volume's format."""
    machine = scheme in ("qemu", "sim")
    maybe(devices, "emulator", spec.emulator)
    for disk, target, bus in _placed(spec.disks, scheme):
        node = _disk(devices, disk, target, bus, formats, driver="qemu" if machine else None)
        if disk.network:
            _login(node, disk.network, usage)
    for filesystem in spec.filesystems:
        _filesystem(devices, filesystem, container=scheme == "lxc")
    for interface in spec.interfaces:
        _interface(devices, interface, "virtio" if machine else None)
    _characters(devices, spec, machine=machine, container=scheme == "lxc")
    if spec.agent:
        _channel(devices, AGENT, None)
    for channel in spec.channels:
        _channel(devices, channel.name, channel.path)
    for entry in spec.input:
        element(devices, "input", type_=entry.type, bus=entry.bus)
    if spec.tpm:
        tpm = element(devices, "tpm", model=spec.tpm.model)
        element(tpm, "backend", type_="emulator", version=spec.tpm.version)
    for graphics in spec.graphics:
        node = element(
            devices, "graphics", type_=graphics.type, port=graphics.port, autoport=graphics.port is None
        )
        if graphics.listen:
            element(node, "listen", type_="address", address=graphics.listen)
    if spec.sound:
        element(devices, "sound", model=spec.sound.model)
    if spec.video:
        element(element(devices, "video"), "model", type_=spec.video.model, heads=spec.video.heads)
    for device in spec.host_devices:
        _host_device(devices, device)
    if spec.watchdog:
        element(devices, "watchdog", model=spec.watchdog.model, action=spec.watchdog.action)
    if spec.memballoon:
        balloon = element(devices, "memballoon", model=spec.memballoon.model)
        if spec.memballoon.period is not None:
            element(balloon, "stats", period=spec.memballoon.period)
    if spec.rng:
        rng = element(devices, "rng", model="virtio")
        if spec.rng.bytes is not None:
            element(rng, "rate", bytes=spec.rng.bytes, period=spec.rng.period)
        element(rng, "backend", spec.rng.backend, model="random")


def _placed(disks: list[Disk], scheme: str) -> Iterator[tuple[Disk, str, str]]:
    """Each disk with its target and bus: as declared, else the next free target of its bus."""
    taken = {disk.target for disk in disks if disk.target}
    for disk in disks:
        bus = disk.bus or _default_bus(disk, scheme)
        target = disk.target
        if target is None:
            prefix = TARGET_PREFIXES[bus]
            target = next(name for name in target_names(prefix) if name not in taken)
            taken.add(target)
        yield disk, target, bus


def _default_bus(disk: Disk, scheme: str) -> str:
    if disk.target:
        prefix = disk.target.rstrip("0123456789")[:-1]
        if prefix in TARGET_BUSES:
            return TARGET_BUSES[prefix]
        return "sata" if disk.device == "cdrom" else "scsi"
    if scheme in _SCHEME_BUSES:
        return _SCHEME_BUSES[scheme]
    return {"cdrom": "sata", "floppy": "fdc", "lun": "scsi"}.get(disk.device, "virtio")


def target_names(prefix: str) -> Iterator[str]:
    """The targets of a bus, in order: vda, vdb, …"""
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield from (prefix + letter for letter in letters)
    yield from (prefix + first + second for first in letters for second in letters)


def _disk(
    devices: etree._Element, disk: Disk, target: str, bus: str, formats: FormatOf, *, driver: str | None
) -> etree._Element:
    kind = next(
        (k for k, s in (("volume", disk.volume), ("block", disk.block), ("network", disk.network)) if s),
        "file",
    )
    node = element(devices, "disk", type_=kind, device=disk.device)
    options = {
        "type_": disk.format or (_format_of(disk, formats) if kind != "block" else "raw"),
        "cache": disk.cache,
        "io": disk.io,
        "discard": disk.discard,
        "detect_zeroes": disk.detect_zeroes,
    }
    if any(value is not None for value in options.values()):
        element(node, "driver", name=driver, **options)
    if disk.volume:
        element(node, "source", pool=disk.volume.pool, volume=disk.volume.name)
    elif disk.file:
        element(node, "source", file=disk.file)
    elif disk.block:
        element(node, "source", dev=disk.block)
    elif disk.network:
        _network_source(node, disk.network)
    element(node, "target", dev=target, bus=bus)
    if disk.iops is not None or disk.bandwidth is not None:
        limits = element(node, "iotune")
        maybe(limits, "total_bytes_sec", disk.bandwidth)
        maybe(limits, "total_iops_sec", disk.iops)
    if disk.readonly or disk.device == "cdrom":
        element(node, "readonly")
    if disk.shareable:
        element(node, "shareable")
    maybe(node, "serial", disk.serial)
    if disk.boot:
        element(node, "boot", order=disk.boot)
    return node


def _format_of(disk: Disk, formats: FormatOf) -> str | None:
    if disk.device in ("cdrom", "floppy"):
        return None
    return formats(disk.volume.pool, disk.volume.name) if disk.volume else format_of(disk.file or "", None)


def _network_source(node: etree._Element, network: NetworkSource) -> None:
    source = element(node, "source", protocol=network.protocol, name=network.name)
    for host in network.hosts:
        element(source, "host", name=host.name, port=host.port)


def _login(disk: etree._Element, network: NetworkSource, usage: Callable[[str], str]) -> None:
    source = disk.find("source")
    if source is not None and network.user and network.secret:
        auth = element(source, "auth", username=network.user)
        kind = "iscsi" if network.protocol == "iscsi" else "ceph"
        element(auth, "secret", type_=kind, usage=usage(network.secret))


def _filesystem(devices: etree._Element, filesystem: Filesystem, *, container: bool) -> None:
    driver = filesystem.driver or ("container" if container else "virtiofs")
    access = filesystem.accessmode or (None if driver == "container" else "passthrough")
    node = element(devices, "filesystem", type_="mount", accessmode=access)
    if driver == "virtiofs":
        element(node, "driver", type_="virtiofs")
    element(node, "source", dir=filesystem.source)
    element(node, "target", dir=filesystem.target)
    if filesystem.readonly:
        element(node, "readonly")


def _interface(devices: etree._Element, nic: Interface, model: str | None) -> None:
    kind = next((k for k in ("network", "bridge", "direct") if getattr(nic, k) is not None), "user")
    node = element(devices, "interface", type_=kind)
    if nic.mac:
        element(node, "mac", address=nic.mac)
    if nic.network:
        element(node, "source", network=nic.network, portgroup=nic.portgroup)
    elif nic.bridge:
        element(node, "source", bridge=nic.bridge)
    elif nic.direct:
        element(node, "source", dev=nic.direct.dev, mode=nic.direct.mode)
    vlan(node, nic.vlan)
    openvswitch(node, on=nic.openvswitch)
    if nic.model or model:
        element(node, "model", type_=nic.model or model)
    if nic.queues is not None:
        element(node, "driver", queues=nic.queues)
    if nic.filter:
        reference = element(node, "filterref", filter=nic.filter)
        for name, value in nic.filter_parameters.items():
            element(reference, "parameter", name=name, value=value)
    bandwidth(node, nic.bandwidth)
    element(node, "link", state=nic.link)
    if nic.mtu:
        element(node, "mtu", size=nic.mtu)
    if nic.boot:
        element(node, "boot", order=nic.boot)


def _characters(devices: etree._Element, spec: DomainSpec, *, machine: bool, container: bool) -> None:
    """A QEMU guest without any gets a serial console, as `virsh console` expects."""
    serial = spec.serial or ([Character()] if machine and not spec.console else [])
    for port, entry in enumerate(serial):
        node = _character(devices, "serial", entry)
        element(node, "target", port=port)
    for number, entry in enumerate(spec.console or ([Character()] if container else [])):
        node = _character(devices, "console", entry)
        first = number == 0 and bool(serial)
        element(node, "target", type_="lxc" if container else "serial" if first else "virtio")


def _character(devices: etree._Element, tag: str, entry: Character) -> etree._Element:
    node = element(devices, tag, type_=entry.type)
    if entry.type == "file":
        element(node, "source", path=entry.path)
    elif entry.type == "unix":
        element(node, "source", mode="bind", path=entry.path)
    elif entry.type == "tcp":
        element(node, "source", mode="bind", host=entry.host, service=entry.port)
        element(node, "protocol", type_="raw")
    if entry.log:
        element(node, "log", file=entry.log, append="on")
    return node


def _channel(devices: etree._Element, name: str, path: str | None) -> None:
    node = element(devices, "channel", type_="unix")
    if path:
        element(node, "source", mode="bind", path=path)
    element(node, "target", type_="virtio", name=name)


def _host_device(devices: etree._Element, device: HostDevice) -> None:
    if device.pci:
        node = element(devices, "hostdev", mode="subsystem", type_="pci", managed=device.managed)
        element(element(node, "source"), "address", **pci_address(device.pci))
    elif device.usb:
        vendor, _, product = device.usb.partition(":")
        node = element(devices, "hostdev", mode="subsystem", type_="usb")
        source = element(node, "source")
        element(source, "vendor", id=f"0x{vendor}")
        element(source, "product", id=f"0x{product}")
    else:
        node = element(devices, "hostdev", mode="subsystem", type_="mdev", model=device.mdev_model)
        element(element(node, "source"), "address", uuid=device.mdev)

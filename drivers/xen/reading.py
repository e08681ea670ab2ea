"""A whole file as one libvirt document (xl.cfg(5); libvirt's own reading is xenParseXL and xenParseXM)."""

from __future__ import annotations

from lxml import etree

from drivers.xen.characters import write_channels, write_ports
from drivers.xen.devices import write_displays, write_hostdevs, write_inputs, write_nic
from drivers.xen.disks import write_disk, xl_disk, xm_disk
from drivers.xen.machine import (
    kind_of,
    write_boot,
    write_clock,
    write_cpu,
    write_events,
    write_features,
    write_general,
)
from drivers.xen.settings import XenSettings
from specs.documents.build import element, root

_ARGUMENTS = "http://libvirt.org/schemas/domain/xen/1.0"


def read_xl(text: str) -> str:
    """The domain of an xl.cfg. Raises NotXenConfiguration."""
    return etree.tostring(_document(XenSettings(text), xm=False), encoding="unicode", pretty_print=True)


def read_xm(text: str) -> str:
    """The domain of a file of xm's, the older tool: its disks say how they are served, its kernel is the
    firmware. Raises NotXenConfiguration."""
    return etree.tostring(_document(XenSettings(text), xm=True), encoding="unicode", pretty_print=True)


def unread(text: str) -> tuple[str, ...]:
    """The settings of a file that have no place in its document."""
    settings = XenSettings(text)
    _document(settings, xm=False)
    return tuple(settings.unread())


def _document(settings: XenSettings, *, xm: bool) -> etree._Element:
    document, kind = root("domain", type_="xen"), kind_of(settings)
    write_general(document, settings)
    write_boot(document, settings, kind, xm=xm)
    write_features(document, settings, kind)
    write_cpu(document, settings, kind)
    write_clock(document, settings, kind)
    write_events(document, settings, xm=xm)
    devices = element(document, "devices")
    if emulator := settings.text("device_model_override"):
        element(devices, "emulator", emulator)
    for text in settings.texts("disk"):
        write_disk(devices, xm_disk(text) if xm else xl_disk(text), hvm=kind == "hvm")
    _write_limits(devices, settings)
    for text in settings.texts("vif"):
        write_nic(devices, text, "netfront" if xm else "vif")
    write_ports(devices, settings, kind)
    write_channels(devices, settings)
    write_inputs(devices, settings, kind)
    write_displays(devices, settings, kind)
    write_hostdevs(devices, settings)
    _write_arguments(document, settings)
    return document


def _write_limits(devices: etree._Element, settings: XenSettings) -> None:
    """Of Xen's own bus: how many event channels and grant frames a guest may have."""
    channels, frames = settings.number("max_event_channels"), settings.number("max_grant_frames")
    if channels or frames:
        element(
            devices, "controller", type_="xenbus", index=0, maxEventChannels=channels or None,
            maxGrantFrames=frames or None,
        )  # fmt: skip


def _write_arguments(document: etree._Element, settings: XenSettings) -> None:
    """What else the emulator is told."""
    arguments = settings.texts("device_model_args")
    if arguments:
        line = etree.SubElement(document, f"{{{_ARGUMENTS}}}commandline", nsmap={"xen": _ARGUMENTS})
        for argument in arguments:
            etree.SubElement(line, f"{{{_ARGUMENTS}}}arg", value=argument)

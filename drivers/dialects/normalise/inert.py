"""What libvirt reads and does not keep, as nothing comes of it where it stands: told, and no difference.

Only silence of the host is excused so. A value that it does have there is compared as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from drivers.dialects.model import Platform
from drivers.dialects.normalise.graphics import mark_inert_display
from specs.documents.tree import Node

_FILTERED = frozenset({"network", "bridge", "ethernet"})
"""Interfaces that take a filter (virDomainNetDefParseXML)."""

_VIRTIO = frozenset({"virtio", "virtio-transitional", "virtio-non-transitional"})
_OF_ALL_VIRTIO = frozenset({"iommu", "ats", "packed", "page_per_vq"})
"""Of a driver: what virDomainVirtioOptionsParseXML reads of any model."""

_WORDS = (
    ("disk", "driver", ("cache", "error_policy", "rerror_policy", "io", "discard", "detect_zeroes")),
    ("filesystem", "driver", ("format", "wrpolicy")),
    ("filesystem", "", ("multidevs",)),
    ("hostdev", "driver", ("name",)),
    ("interface", "driver", ("name", "txmode")),
    ("interface", "backend", ("type",)),
    ("memory", "", ("access",)),
    ("tpm", "backend", ("version",)),
    ("video", "driver", ("name",)),
)
"""Device, child ('' for itself) and attributes of which 'default' says nothing: the first word of an
enumeration is not written (virDomainDiskDefFormatDriver and its like)."""


_CHOOSES_ALL = (8, 6, 0)
"""Before this release firmware that the host chooses was told nothing but whether it is to be secure
(virDomainDefParseBootOptions, virDomainLoaderDefParseXML)."""

_NO_DISPLAY = (9, 0, 0)
"""A release in which only mediated devices have a display (virDomainHostdevDefParseXMLSubsys)."""


def mark_inert(root: Node, platform: Platform) -> None:
    """Marks what the document says in vain, of a normalised tree."""
    _boot(root, platform)
    for cpu in root.all("cpu"):
        _cpu(cpu)
    for smbios in _below(root, "os", "smbios"):
        if smbios.attrs.get("mode") == "none":  # virDomainDefFormatInternalSetRootName
            smbios.lose("")
    _nodes(root)
    for devices in root.all("devices"):
        for device in devices.children:
            rule = _RULES.get(device.tag)
            if rule:
                rule(device)
        if platform.libvirt and platform.libvirt <= _NO_DISPLAY:
            for hostdev in devices.all("hostdev"):
                if hostdev.attrs.get("type") == "pci":
                    hostdev.lose("display", "ramfb")
        for tag, child, names in _WORDS:
            for device in devices.all(tag):
                _default_words(device.all(child) if child else [device], names)


def _boot(root: Node, platform: Platform) -> None:
    """Firmware that the host chooses, and what a loader is told where there is none
    (virDomainDefFormatInternalSetRootName)."""
    for os in root.all("os"):
        if "firmware" in os.attrs and platform.libvirt and platform.libvirt < _CHOOSES_ALL:
            _chosen_firmware(os)
    if root.first("bootloader") is None:
        for arguments in root.all("bootloader_args"):
            arguments.lose("")


def _chosen_firmware(os: Node) -> None:
    for loader in os.all("loader"):
        loader.lose("", *(loader.attrs.keys() - {"secure"}))
    for nvram in os.all("nvram"):
        nvram.lose("template")
        if os.first("loader") is None or not nvram.text:
            nvram.lose("")


def _cpu(cpu: Node) -> None:
    """Only a CPU of a named model has a match, a vendor or a fallback (virCPUDefFormatBufFull)."""
    mode, model = cpu.attrs.get("mode", "custom"), cpu.first("model")
    if mode != "custom":
        cpu.lose("match")
    elif model is None:
        cpu.lose("mode", "match")
    if mode not in ("custom", "host-model"):
        for child in (*cpu.all("model"), *cpu.all("vendor")):
            child.lose("")
    elif model is not None and not model.text:
        model.lose("fallback", *(() if "vendor_id" in model.attrs else ("",)))


def _nodes(root: Node) -> None:
    """Nodes of the host where placement is automatic, and nodes of a guest that has none
    (virDomainNumatuneSet, virDomainVcpuParse, virDomainDefPostParseMemtune)."""
    for element in (*root.all("vcpu"), *(m for tune in root.all("numatune") for m in tune.all("memory"))):
        if element.attrs.get("placement") == "auto":
            element.lose("cpuset", "nodeset")
    if any(numa.all("cell") for cpu in root.all("cpu") for numa in cpu.all("numa")):
        return
    for page in _below(root, "memoryBacking", "hugepages", "page"):
        if page.attrs.get("nodeset") == "0":
            page.lose("nodeset")


def _below(root: Node, *tags: str) -> Iterator[Node]:
    if not tags:
        yield root
        return
    for child in root.all(tags[0]):
        yield from _below(child, *tags[1:])


def _interface(device: Node) -> None:
    """A filter where none is taken, and settings of a model that has none (virDomainNetDefParseXML,
    virDomainNetDefParseXMLDriver, virDomainNetBackendParseXML)."""
    kind = device.attrs.get("type", "user")
    if kind not in _FILTERED:
        for filterref in device.all("filterref"):
            filterref.lose("")
    if kind != "hostdev" and device.value("model", "type") in _VIRTIO:
        return
    for driver in device.all("driver"):
        driver.lose(*(driver.attrs.keys() - _OF_ALL_VIRTIO))
        for part in (*driver.all("host"), *driver.all("guest")):
            part.lose("")
    for backend in device.all("backend"):
        backend.lose("vhost", *(("",) if backend.attrs.keys() == {"vhost"} else ()))


def _protocol(device: Node) -> None:
    """Only what is reached by TCP has a protocol (virDomainChrSourceDefParseProtocol)."""
    if device.attrs.get("type") != "tcp":
        for protocol in device.all("protocol"):
            protocol.lose("")


def _rng(device: Node) -> None:
    for backend in device.all("backend"):
        _protocol(backend)


def _disk(device: Node) -> None:
    """Only a disk on USB can be removable (virDomainDiskDefFormat)."""
    for target in device.all("target"):
        if target.attrs.get("bus") != "usb":
            target.lose("removable")


def _memory(device: Node) -> None:
    """Only virtio-mem has blocks of which some are asked for (virDomainMemoryTargetDefFormat)."""
    if device.attrs.get("model") != "virtio-mem":
        for target in device.all("target"):
            for part in target.children:
                if part.tag in ("block", "requested"):
                    part.lose("")


def _default_words(elements: list[Node], names: tuple[str, ...]) -> None:
    for element in elements:
        element.lose(*(name for name in names if element.attrs.get(name) == "default"))
        if element.attrs and element.attrs.keys() <= element.inert and not element.children:
            element.lose("")


_RULES: Mapping[str, Callable[[Node], None]] = {
    "interface": _interface,
    "disk": _disk,
    "graphics": mark_inert_display,
    "memory": _memory,
    "rng": _rng,
    **dict.fromkeys(("serial", "parallel", "console", "channel", "redirdev", "smartcard"), _protocol),
}

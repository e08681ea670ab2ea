"""The document of a running guest, saved as a file: what only its start chose is nobody's wish."""

from __future__ import annotations

from collections.abc import Iterator

from specs.documents.tree import Node

_CHOSEN = frozenset({"loader", "nvram", "firmware"})


def forget_its_start(declared: Node, found: Node) -> None:
    """Lets such a document (only a running domain has an id: virDomainDefFormatInternal) say what the guest
    is defined by, as it was found, where a start fills in or chooses something else."""
    if "id" not in declared.source.attrib:
        return
    _cpu(declared, found)
    _firmware(declared, found)
    _adjusted(declared, found)
    _labels(declared, found)
    _disks(declared, found)
    for ours, theirs in _alike(declared, found, "graphics"):
        _addresses(ours, theirs)
    for tag in ("serial", "parallel", "console", "channel"):
        for ours, theirs in _alike(declared, found, tag):
            for source in ours.all("source"):
                if not theirs.value("source", "tls"):
                    source.attrs.pop("tls", None)  # from qemu.conf (qemuDomainPrepareChardevSourceTLS)
    for hostdev in _devices(declared, "hostdev"):
        for source in hostdev.all("source"):  # qemuHostdevPrepareUSBDevices
            source.drop(lambda child, of=source: child.tag == "address" and of.first("vendor") is not None)  # type: ignore[misc]


def _devices(root: Node, tag: str) -> list[Node]:
    return [device for devices in root.all("devices") for device in devices.all(tag)]


def _alike(declared: Node, found: Node, tag: str) -> Iterator[tuple[Node, Node]]:
    """The devices of a tag, in their order: a start changes none of it."""
    return zip(_devices(declared, tag), _devices(found, tag), strict=False)


def _cpu(declared: Node, found: Node) -> None:
    """qemuProcessUpdateGuestCPU: a CPU that follows the host, or is the least, becomes a model of its own."""
    ours, theirs = declared.first("cpu"), found.first("cpu")
    if ours is None or ours.attrs.get("check") != "full":
        return
    follows = theirs is None or theirs.attrs.get("mode", "custom") != "custom"
    if theirs is None or follows or theirs.attrs.get("match") == "minimum":
        ours.attrs = dict(theirs.attrs) if theirs is not None else {}
        ours.drop(lambda child: child.tag not in ("topology", "numa"))
        return
    for name in ("check", "match"):
        _as_found(ours, theirs, name)
    for model in ours.all("model"):
        _as_found(model, theirs.first("model"), "fallback")
    known = {feature.attrs.get("name"): feature for feature in theirs.all("feature")}
    for feature in ours.all("feature"):
        if feature.attrs.get("name") in known:
            _as_found(feature, known[feature.attrs.get("name")], "policy")
    ours.drop(lambda child: child.tag == "feature" and child.attrs.get("name") not in known)


def _as_found(ours: Node, theirs: Node | None, name: str) -> None:
    ours.attrs.pop(name, None)
    if theirs is not None and name in theirs.attrs and name not in theirs.implied:
        ours.attrs[name] = theirs.attrs[name]


def _firmware(declared: Node, found: Node) -> None:
    """qemuFirmwareFillDomain."""
    ours, theirs = declared.first("os"), found.first("os")
    if ours is not None and theirs is not None and "firmware" in theirs.attrs:
        kept = {child.tag for child in theirs.children}
        ours.drop(lambda child: child.tag in _CHOSEN - kept)


def _adjusted(declared: Node, found: Node) -> None:
    """What follows the guest: its clock (qemuBuildClockArgStr), and what its balloon has come to."""
    ours, theirs = declared.first("clock"), found.first("clock")
    if ours is not None and theirs is not None and ours.attrs.get("offset") == "variable":
        for name in ("adjustment", "basis"):
            _as_found(ours, theirs, name)
    current, wanted = declared.first("currentMemory"), found.first("currentMemory")
    if current is not None and wanted is not None:
        current.text = wanted.text


def _labels(declared: Node, found: Node) -> None:
    """virSecurityManagerGenLabel: a guest that is not confined is said to be so."""
    if found.first("seclabel") is None:
        declared.drop(lambda child: child.tag == "seclabel" and child.attrs.get("type") == "none")


def _disks(declared: Node, found: Node) -> None:
    """What a disk lies upon, as it was found out, and media that may be missing and were
    (qemuDomainDetermineDiskChain, qemuDomainCheckRemoveOptionalDisk)."""
    running = {disk.value("target", "dev"): disk for disk in _devices(declared, "disk")}
    for theirs in _devices(found, "disk"):
        ours = running.get(theirs.value("target", "dev"))
        if ours is None:
            theirs.own = theirs.value("source", "startupPolicy") in ("optional", "requisite")
        elif theirs.first("backingStore") is None:
            ours.drop(lambda child: child.tag == "backingStore")


def _addresses(ours: Node, theirs: Node) -> None:
    """Where a display listens when nothing is said (qemuProcessGraphicsSetupListen)."""
    for mine, known in zip(ours.all("listen"), theirs.all("listen"), strict=False):
        if "address" not in known.attrs:
            mine.attrs.pop("address", None)

"""What the devices of a domain have that reaches beyond the guest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from specs.guard.privileges.model import Privilege
from specs.guard.privileges.paths import own_paths, paths, text_of
from specs.xml import Element

_EMULATORS = re.compile(
    r"/usr/(?:local/)?(?:bin|libexec|lib)/(?:qemu-system-[a-z0-9_]+|qemu-kvm|kvm|cloud-hypervisor)"
    r"|/usr/lib(?:64|exec)?/(?:libvirt/)?libvirt_lxc"
    r"|/usr/lib(?:64)?/xen(?:-[0-9.]+)?/bin/qemu-(?:system-[a-z0-9_]+|dm)"
)
_VIRTIOFSD = frozenset({"/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd"})
_CHARACTER = frozenset({"serial", "parallel", "console", "channel", "redirdev"})
_OWN_CHARACTER = frozenset({"", "pty", "null", "vc", "spicevmc", "spiceport", "qemu-vdagent", "dbus"})
_PLAIN_INTERFACES = frozenset({"", "network", "user"})
_DEVICE = {
    "disk": "disk",
    "filesystem": "filesystem",
    "hostdev": "hostdev",
    "interface": "interface",
    "rng": "rng",
    "tpm": "tpm",
    "shmem": "shmem",
    "smartcard": "smartcard",
    "memory": "memory file",
    **dict.fromkeys(_CHARACTER, "character device"),
}
"""What an absolute path somewhere in a device is called."""


def device_privileges(device: Element) -> Iterator[Privilege]:
    """What one device has."""
    tag, kind = str(device.tag), device.get("type", "")
    if tag == "emulator":
        if text_of(device) and not _EMULATORS.fullmatch(text_of(device)):
            yield Privilege("emulator", text_of(device), device)
        return
    look = _LOOKS.get(tag)
    if look:
        yield from look(device, kind)
    yield from _labels(device)
    if tag not in ("disk", "filesystem"):
        yield from paths(device, _DEVICE.get(tag, "host path"))


def _labels(device: Element) -> Iterator[Privilege]:
    for found in device.iterfind(".//seclabel"):
        yield from label(found)


def label(part: Element) -> Iterator[Privilege]:
    """A security label that takes the guest's confinement away."""
    kind, relabel = part.get("type", ""), part.get("relabel", "")
    if kind in ("none", "static") or relabel == "no":
        model = part.get("model", "")
        value = " ".join(
            filter(None, (model, f"type={kind}" if kind else "", f"relabel={relabel}" if relabel else ""))
        )
        yield Privilege("seclabel", value, part)


def _disk(device: Element, kind: str) -> Iterator[Privilege]:
    if device.get("device") == "lun" or device.get("rawio") == "yes":
        target = device.find("target")
        yield Privilege("raw SCSI", target.get("dev", "") if target is not None else "", device)
    if kind in ("nvme", "vhostuser", "vhostvdpa"):
        yield Privilege("hostdev", described(device, kind), device)
        return
    for element in device.iter("{*}*"):
        tag = str(element.tag)
        if tag == "target" and element.getparent() is device:
            continue
        if tag == "source" and element.get("protocol"):
            server = element.find("host")
            where = server.get("name") or server.get("socket") or "" if server is not None else ""
            value = f"{element.get('protocol')}:{where}/{element.get('name', '')}".replace("//", "/")
            yield Privilege("network disk", value, element)
        for name in ("file", "dev", "dir"):
            value = element.get(name, "")
            if value and tag == "source":
                block = name == "dev" or value.startswith("/dev/")
                yield Privilege("block device" if block else "disk", value, element)
        if tag != "source":
            yield from own_paths(element, "disk")
        elif element.get("path", "").startswith("/"):
            yield Privilege("disk", element.get("path", ""), element)


def _filesystem(device: Element, kind: str) -> Iterator[Privilege]:
    if kind in ("ram", "bind"):
        return
    for source in device.iterfind("source"):
        for name in ("dir", "file", "dev", "name", "socket", "volume"):
            value = source.get(name, "")
            if value and not (name == "volume" and source.get("pool")):
                yield Privilege("filesystem", value, source)
    for part in device:
        if part.tag == "binary":  # virtiofsd, or whatever is named in its place
            if part.get("path") and part.get("path") not in _VIRTIOFSD:
                yield Privilege("emulator", part.get("path", ""), part)
        elif part.tag not in ("source", "target"):
            yield from paths(part, "filesystem")


def _interface(device: Element, kind: str) -> Iterator[Privilege]:
    if kind == "hostdev":
        yield Privilege("hostdev", described(device, kind), device)
    elif kind not in _PLAIN_INTERFACES:
        yield Privilege("interface", described(device, kind), device)
    for tag in ("script", "downscript"):
        for script in device.iterfind(tag):
            yield Privilege("script", script.get("path", ""), script)


def _character(device: Element, kind: str) -> Iterator[Privilege]:
    if kind in _OWN_CHARACTER:
        return
    sources = list(device.iterfind("source"))
    paths = [source.get("path", "") for source in sources if source.get("path")]
    if kind == "unix" and not paths:
        return  # libvirt chooses the path
    if not any(path.startswith("/") for path in paths):
        yield Privilege("character device", described(device, kind), device)


def _rng(device: Element, kind: str) -> Iterator[Privilege]:
    for backend in device.iterfind("backend"):
        if backend.get("model") == "egd":
            yield Privilege("rng", f"egd {backend.get('type', '')}", device)


def _hostdev(device: Element, kind: str) -> Iterator[Privilege]:
    yield Privilege("hostdev", described(device, kind), device)


def _tpm(device: Element, kind: str) -> Iterator[Privilege]:
    backend = device.find("backend")
    if backend is not None and backend.get("type", "passthrough") != "emulator":
        yield Privilege("tpm", backend.get("type", "passthrough"), device)


def _shmem(device: Element, kind: str) -> Iterator[Privilege]:
    yield Privilege("shmem", device.get("name", ""), device)


def _smartcard(device: Element, kind: str) -> Iterator[Privilege]:
    if device.get("mode") != "passthrough":
        yield Privilege("smartcard", f"mode={device.get('mode', '')}", device)
    elif kind not in _OWN_CHARACTER:
        yield Privilege("smartcard", kind, device)


def _input(device: Element, kind: str) -> Iterator[Privilege]:
    if kind in ("passthrough", "evdev"):
        yield Privilege("host path", described(device, kind), device)


_LOOKS: Mapping[str, Callable[[Element, str], Iterator[Privilege]]] = {
    "disk": _disk,
    "filesystem": _filesystem,
    "hostdev": _hostdev,
    "interface": _interface,
    **dict.fromkeys(_CHARACTER, _character),
    "rng": _rng,
    "tpm": _tpm,
    "shmem": _shmem,
    "smartcard": _smartcard,
    "input": _input,
}
"""Who looks at a device, by its element."""


def described(element: Element, kind: str) -> str:
    """A device in short: its type, and what its source says."""
    told = [kind or element.get("mode", "")]
    sources = [element] if element.tag == "source" else list(element.iterfind("source"))
    for source in sources:
        for each in source.iter("{*}*"):
            numbers = [each.get(name, "") for name in ("domain", "bus", "slot", "function")]
            if each.tag == "address" and all(numbers):
                told.append("{}:{}:{}.{}".format(*(number.removeprefix("0x") for number in numbers)))
                continue
            told.extend(
                str(value) for name, value in each.items() if name not in ("mode", "startupPolicy", "portid")
            )
            told.extend(filter(None, [text_of(each)]))
    return " ".join(filter(None, told))

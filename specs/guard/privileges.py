"""What a document has that reaches beyond its guest: programs, files and devices of the host, its network.

The places are those of libvirt's schemas (domaincommon.rng, network.rng, storagepool.rng, storagevol.rng).
What is not known here and says an absolute path is taken for one of the host's: a new element of libvirt is
privileged until somebody looked at it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from specs.identity import Kind
from specs.xml import Element

WHATS = (
    "emulator",
    "bootloader",
    "loader",
    "kernel",
    "disk",
    "block device",
    "network disk",
    "raw SCSI",
    "filesystem",
    "hostdev",
    "interface",
    "script",
    "character device",
    "rng",
    "tpm",
    "shmem",
    "smartcard",
    "seclabel",
    "memory file",
    "element",
    "container root",
    "capabilities",
    "host path",
    "network",
    "pool",
    "backing",
)
"""Everything that can be privileged, by the names that a policy and a plan use."""


@dataclass(frozen=True, slots=True)
class Privilege:
    """One thing that reaches beyond the guest; `element` is where the document says it."""

    what: str
    value: str
    element: Element

    def __str__(self) -> str:
        return f"{self.what} {self.value}".strip()


_EMULATORS = re.compile(
    r"/usr/(?:local/)?(?:bin|libexec|lib)/(?:qemu-system-[a-z0-9_]+|qemu-kvm|kvm|cloud-hypervisor)"
    r"|/usr/lib(?:64|exec)?/(?:libvirt/)?libvirt_lxc"
    r"|/usr/lib(?:64)?/xen(?:-[0-9.]+)?/bin/qemu-(?:system-[a-z0-9_]+|dm)"
)
_VIRTIOFSD = frozenset({"/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd"})
_SYSTEM = (
    *("/bin/", "/boot/", "/dev/", "/etc/", "/home/", "/lib/", "/lib32/", "/lib64/", "/libx32/", "/proc/"),
    *("/root/", "/run/", "/sbin/", "/sys/", "/usr/", "/var/"),
)
_SHARED = ("/", "/tmp/")  # noqa: S108 - these are everybody's
_OWN = "/var/lib/libvirt/"
_INTERNAL = frozenset(
    {"boot", "bhyve", "ch", "dnsmasq", "libxl", "lxc", "network"}
    | {"qemu", "sanlock", "secrets", "swtpm", "uml", "vz", "xen"}
)
_SHIPPED = ("/usr/share/", "/usr/lib/", "/usr/lib64/")
_PREFIXES = {
    "http://libvirt.org/schemas/domain/qemu/1.0": "qemu",
    "http://libvirt.org/schemas/domain/lxc/1.0": "lxc",
    "http://libvirt.org/schemas/domain/xen/1.0": "xen",
    "http://libvirt.org/schemas/domain/bhyve/1.0": "bhyve",
    "http://libvirt.org/schemas/network/dnsmasq/1.0": "dnsmasq",
    "http://libvirt.org/schemas/storagepool/fs/1.0": "fs",
    "http://libvirt.org/schemas/storagepool/rbd/1.0": "rbd",
}
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

_IN_THE_GUEST = frozenset({"metadata", "description", "title", "name", "cmdline", "initargs"})
"""Elements whose text is the guest's own, or nobody's."""

_NO_PATHS = frozenset({"init", "initarg", "initdir", "initenv", "partition", "genid", "bootloader_args"})


def privileges(
    document: Element, kind: Kind, *, scheme: str = "", folders: Collection[str] = ()
) -> tuple[Privilege, ...]:
    """What a document has that reaches beyond a guest, without what lies in one of the `folders` (those of
    the host's declared pools)."""
    looks = {
        Kind.DOMAIN: lambda: _domain(document, scheme),
        Kind.NETWORK: lambda: _network(document),
        Kind.STORAGE_POOL: lambda: _pool(document),
        Kind.VOLUME: lambda: _volume(document),
    }
    if kind not in looks:
        return ()
    found: dict[tuple[str, str], Privilege] = {}
    for each in (*looks[kind](), *_foreign(document)):
        if each.what in ("emulator", "pool") or not _lies_in(each.value, folders):
            found.setdefault((each.what, each.value), each)
    return tuple(found.values())


def _lies_in(path: str, folders: Collection[str]) -> bool:
    return (
        path.startswith("/")
        and ".." not in path.split("/")
        and any(path.startswith(f"{folder.rstrip('/')}/") for folder in folders if folder != "/")
    )


def _foreign(document: Element) -> Iterator[Privilege]:
    """Elements of another namespace outside of <metadata>: they reach past libvirt."""
    for child in document:
        if child.tag == "metadata" or not isinstance(child.tag, str):
            continue
        for element in child.iter("{*}*"):
            tag = str(element.tag)
            if tag.startswith("{"):
                namespace, _, name = tag[1:].partition("}")
                yield Privilege("element", f"{_PREFIXES.get(namespace, namespace)}:{name}", element)
                break


def _domain(document: Element, scheme: str) -> Iterator[Privilege]:
    kind = document.get("type") or scheme
    if kind in ("lxc", "openvz") and document.find("idmap") is None:
        yield Privilege("container root", "is the host's own root (no idmap)", document)
    for part in document:
        tag = str(part.tag)
        if tag in _IN_THE_GUEST:
            continue
        if tag == "devices":
            for device in part:
                yield from _device(device)
        elif tag == "os":
            yield from _boot(part)
        elif tag == "bootloader":
            yield Privilege("bootloader", _text(part), part)
        elif tag == "seclabel":
            yield from _label(part)
        elif tag == "features":
            yield from _capabilities(part)
        elif tag == "memoryBacking":
            if part.find("source[@type='file']") is not None:
                yield Privilege("memory file", "memoryBacking", part)
        else:
            yield from _paths(part, "host path")


def _boot(part: Element) -> Iterator[Privilege]:
    """What a guest begins with; what is shipped as firmware is meant for that."""
    for element in part.iter("{*}*"):
        tag = str(element.tag)
        if tag in ("kernel", "initrd", "dtb", "shim"):
            if _text(element):
                yield Privilege("kernel", _text(element), element)
        elif tag in ("loader", "nvram"):
            for value in (_text(element), element.get("template", ""), *_source_values(element)):
                if value and not _is_below(value, _SHIPPED) and not _is_below(value, (f"{_OWN}qemu/nvram/",)):
                    yield Privilege("loader", value, element)
        elif tag == "bootloader":
            yield Privilege("bootloader", _text(element), element)
        elif tag not in _NO_PATHS and tag not in _IN_THE_GUEST and element.getparent() is not None:
            parent = element.getparent()
            if parent is not None and parent.tag not in ("loader", "nvram"):
                yield from _own_paths(element, "host path")


def _source_values(element: Element) -> Iterator[str]:
    for source in element.iterfind("source"):
        for name in ("file", "dev", "dir"):
            if source.get(name):
                yield source.get(name, "")


def _label(part: Element) -> Iterator[Privilege]:
    kind, relabel = part.get("type", ""), part.get("relabel", "")
    if kind in ("none", "static") or relabel == "no":
        model = part.get("model", "")
        value = " ".join(
            filter(None, (model, f"type={kind}" if kind else "", f"relabel={relabel}" if relabel else ""))
        )
        yield Privilege("seclabel", value, part)


def _capabilities(part: Element) -> Iterator[Privilege]:
    for capabilities in part.iterfind("capabilities"):
        policy = capabilities.get("policy", "")
        given = [str(child.tag) for child in capabilities if child.get("state") == "on"]
        if policy == "allow" or given:
            value = " ".join(filter(None, (f"policy={policy}" if policy else "", *given)))
            yield Privilege("capabilities", value, capabilities)


def _device(device: Element) -> Iterator[Privilege]:
    tag, kind = str(device.tag), device.get("type", "")
    if tag == "emulator":
        if _text(device) and not _EMULATORS.fullmatch(_text(device)):
            yield Privilege("emulator", _text(device), device)
        return
    if tag == "disk":
        yield from _disk(device, kind)
    elif tag == "filesystem":
        yield from _filesystem(device, kind)
    elif tag == "hostdev":
        yield Privilege("hostdev", _described(device, kind), device)
    elif tag == "interface":
        yield from _interface(device, kind)
    elif tag in _CHARACTER:
        yield from _character(device, kind)
    elif tag == "rng":
        yield from _rng(device)
    elif tag == "tpm":
        backend = device.find("backend")
        if backend is not None and backend.get("type", "passthrough") != "emulator":
            yield Privilege("tpm", backend.get("type", "passthrough"), device)
    elif tag == "shmem":
        yield Privilege("shmem", device.get("name", ""), device)
    elif tag == "smartcard" and device.get("mode") != "passthrough":
        yield Privilege("smartcard", f"mode={device.get('mode', '')}", device)
    elif tag == "smartcard" and kind not in _OWN_CHARACTER:
        yield Privilege("smartcard", kind, device)
    elif tag == "input" and kind in ("passthrough", "evdev"):
        yield Privilege("host path", _described(device, kind), device)
    yield from _labels(device)
    if tag not in ("disk", "filesystem"):
        yield from _paths(device, _DEVICE.get(tag, "host path"))


def _labels(device: Element) -> Iterator[Privilege]:
    for label in device.iterfind(".//seclabel"):
        yield from _label(label)


def _disk(device: Element, kind: str) -> Iterator[Privilege]:
    if device.get("device") == "lun" or device.get("rawio") == "yes":
        target = device.find("target")
        yield Privilege("raw SCSI", target.get("dev", "") if target is not None else "", device)
    if kind in ("nvme", "vhostuser", "vhostvdpa"):
        yield Privilege("hostdev", _described(device, kind), device)
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
            yield from _own_paths(element, "disk")
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
            yield from _paths(part, "filesystem")


def _interface(device: Element, kind: str) -> Iterator[Privilege]:
    if kind == "hostdev":
        yield Privilege("hostdev", _described(device, kind), device)
    elif kind not in _PLAIN_INTERFACES:
        yield Privilege("interface", _described(device, kind), device)
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
        yield Privilege("character device", _described(device, kind), device)


def _rng(device: Element) -> Iterator[Privilege]:
    for backend in device.iterfind("backend"):
        if backend.get("model") == "egd":
            yield Privilege("rng", f"egd {backend.get('type', '')}", device)


_RANDOM = frozenset({"/dev/random", "/dev/urandom", "/dev/hwrng"})


def _paths(part: Element, what: str) -> Iterator[Privilege]:
    """Every absolute path in and below an element, but where a guest mounts something."""
    for element in part.iter("{*}*"):
        if element.tag not in _NO_PATHS and element.tag not in _IN_THE_GUEST:
            yield from _own_paths(element, what)


def _own_paths(element: Element, what: str) -> Iterator[Privilege]:
    values = [str(value) for name, value in element.items() if (element.tag, name) != ("target", "dir")]
    for value in (_text(element), *values):
        if not value.startswith("/") or value in _RANDOM:
            continue
        if element.tag == "emulator" or _is_below(value, (f"{_OWN}qemu/channel/",)):
            continue
        if what == "interface" and element.tag in ("script", "downscript"):
            continue
        yield Privilege(what, value, element)


def _network(document: Element) -> Iterator[Privilege]:
    forward = document.find("forward")
    mode = (forward.get("mode") or "nat") if forward is not None else "nat"
    if forward is not None and mode != "nat":
        bridge = document.find("bridge")
        name = bridge.get("name", "") if bridge is not None else forward.get("dev", "")
        yield Privilege("network", f"{mode} {name}".strip(), forward)
    for part in document:
        if part.tag not in _IN_THE_GUEST:
            yield from _paths(part, "host path")


def _pool(document: Element) -> Iterator[Privilege]:
    kind = document.get("type", "dir")
    path = (document.findtext("target/path") or "").strip()
    if kind not in ("dir", "rbd", "gluster", "iscsi-direct", "sheepdog"):
        source = document.find("source")
        named = _described(source, kind) if source is not None else kind
        yield Privilege("pool", named, document)
    at = document.find("target/path")
    if path and at is not None and is_system(path) and kind in ("dir", "fs", "netfs"):
        yield Privilege("pool", path, at)


def is_system(path: str) -> bool:
    """Whether a folder is the machine's own, or holds such folders."""
    if not path.startswith("/") or ".." in path.split("/"):
        return True
    clean = f"{posixpath.normpath(path).rstrip('/')}/"
    clean = f"/{clean.lstrip('/')}"
    if clean.startswith(_OWN) and clean != _OWN:
        return clean.removeprefix(_OWN).partition("/")[0] in _INTERNAL
    return clean in _SHARED or clean.startswith(_SYSTEM)


def _volume(document: Element) -> Iterator[Privilege]:
    for element in document.iterfind("backingStore/path"):
        if "/" in _text(element):
            yield Privilege("backing", _text(element), element)


def _described(element: Element, kind: str) -> str:
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
            told.extend(filter(None, [_text(each)]))
    return " ".join(filter(None, told))


def _is_below(path: str, folders: Collection[str]) -> bool:
    return ".." not in path.split("/") and path.startswith(tuple(folders))


def _text(element: Element) -> str:
    return (element.text or "").strip()

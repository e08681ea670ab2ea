"""Containers of the LXC tools: lxc.container.conf(5), the names of LXC 2 and of today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from reconciler.inputs.foreign.read import Read, Unreadable, names_of
from specs.documents.build import element, root

Entry = tuple[str, str]

_TODAY = {
    "lxc.utsname": "lxc.uts.name",
    "lxc.rootfs": "lxc.rootfs.path",
    "lxc.id_map": "lxc.idmap",
    "lxc.init_cmd": "lxc.init.cmd",
    "lxc.mount": "lxc.mount.fstab",
    "lxc.tty": "lxc.tty.max",
    "lxc.pts": "lxc.pty.max",
    "lxc.aa_profile": "lxc.apparmor.profile",
}
"""LXC 2's names, and those since LXC 3 (lxc-update-config)."""

_CAPABILITIES = re.compile(r"[a-z_]+")
_SIZE = re.compile(r"(\d+)\s*([KMGkmg]?)")
_UNIT = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_MADE_ANYWAY = ("proc", "sysfs", "tmpfs", "devpts", "cgroup", "cgroup2", "mqueue")
"""File systems that libvirt's containers have of their own (virLXCBasicMounts), or none need."""

_DONE_ANYWAY = ("lxc.autodev", "lxc.tty.max", "lxc.pty.max", "lxc.include", "lxc.cgroup.devices.")
_DEFAULT_MIB = 64


@dataclass
class _Settings:
    """The lines of a file in order, NICs by their number, and what nobody asked for."""

    lines: list[Entry] = field(default_factory=list)
    nics: list[dict[str, str]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def first(self, *keys: str) -> str:
        """The first value of a key; '' where it is not there."""
        return next(self.all(*keys), "")

    def all(self, *keys: str) -> Iterator[str]:
        """Every value of a key."""
        self.read.update(keys)
        return (value for key, value in self.lines if key in keys and value)

    def unread(self) -> Iterator[str]:
        """The keys that have no place in the document."""
        for key, _ in self.lines:
            if key not in self.read and not key.startswith(_DONE_ANYWAY):
                yield key


def read_lxc(text: str) -> Read:
    """The domain of a container. Raises Unreadable."""
    settings, lost = _settings(text), list[str]()
    domain = root("domain", type_="lxc")
    name, path = settings.first("lxc.uts.name"), settings.first("lxc.rootfs.path")
    if not path:
        raise Unreadable("it has no lxc.rootfs.path: nothing says where the container's files are")
    store, folder = _store(path)
    if store != "dir":
        lost.append(f"lxc.rootfs.path {store}")
    element(domain, "name", name or _name_of(folder))
    _limits(domain, settings)
    _system(domain, settings)
    devices = element(domain, "devices")
    _filesystem(devices, folder, "/", readonly="ro" in settings.first("lxc.rootfs.options").split(","))
    lost += _mounts(devices, settings)
    lost += _nics(domain, devices, settings)
    element(devices, "console", None, type_="pty")
    return Read((etree.tostring(domain, encoding="unicode"),), names_of([*lost, *settings.unread()]))


def _settings(text: str) -> _Settings:
    settings = _Settings()
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not key.startswith("lxc."):
            raise Unreadable(f"line {number} is no setting of a container (lxc.… = …): '{line[:60]}'")
        key = _TODAY.get(key, key)
        if found := re.fullmatch(r"lxc\.(?:network|net)\.(?:(\d+)\.)?(\S+)", key):
            _into_nics(settings.nics, found[1], found[2], value)
        else:
            settings.lines.append((key, value))
    return settings


def _into_nics(nics: list[dict[str, str]], number: str | None, key: str, value: str) -> None:
    """A setting of a NIC: of that number, or without one of the last that a type began."""
    place = int(number[:3]) if number else max(0, len(nics) - (key != "type"))
    while len(nics) <= place:
        nics.append({})
    nics[place].setdefault(key, value)


def _limits(domain: etree._Element, settings: _Settings) -> None:
    hard = _kib(settings.first("lxc.cgroup.memory.limit_in_bytes", "lxc.cgroup2.memory.max"))
    element(domain, "memory", hard or _DEFAULT_MIB << 10, unit="KiB")
    if hard:
        memtune = element(domain, "memtune")
        element(memtune, "hard_limit", hard, unit="KiB")
        soft = _kib(settings.first("lxc.cgroup.memory.soft_limit_in_bytes", "lxc.cgroup2.memory.high"))
        if soft:
            element(memtune, "soft_limit", soft, unit="KiB")
    cpus = settings.first("lxc.cgroup.cpuset.cpus", "lxc.cgroup2.cpuset.cpus")
    element(domain, "vcpu", 1, cpuset=cpus or None, placement="static" if cpus else None)
    tune = {
        "shares": settings.first("lxc.cgroup.cpu.shares"),
        "period": settings.first("lxc.cgroup.cpu.cfs_period_us"),
        "quota": settings.first("lxc.cgroup.cpu.cfs_quota_us"),
    }
    if any(value.lstrip("-").isdigit() for value in tune.values()):
        cputune = element(domain, "cputune")
        for name, value in tune.items():
            if value.lstrip("-").isdigit():
                element(cputune, name, value)


def _system(domain: etree._Element, settings: _Settings) -> None:
    os = element(domain, "os")
    arch = {"x86": "i686", "i686": "i686", "x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64"}
    element(os, "type", "exe", arch=arch.get(settings.first("lxc.arch")))
    words = settings.first("lxc.init.cmd").split()
    element(os, "init", words[0] if words else "/sbin/init")
    for word in words[1:]:
        element(os, "initarg", word)
    maps = [line.split() for line in settings.all("lxc.idmap")]
    whole = [m for m in maps if len(m) == 4 and m[0] in "ug" and all(n.isdigit() for n in m[1:])]
    if whole:
        idmap = element(domain, "idmap")
        for letter, tag in (("u", "uid"), ("g", "gid")):
            for _, start, target, count in (m for m in whole if m[0] == letter):
                element(idmap, tag, None, start=start, target=target, count=count)
    dropped = " ".join(settings.all("lxc.cap.drop")).split()
    kept = " ".join(settings.all("lxc.cap.keep")).split()
    if dropped or kept:
        features = element(domain, "features")
        policy = element(features, "capabilities", None, policy="deny" if kept else "default")
        for name in dict.fromkeys(kept or dropped):
            if _CAPABILITIES.fullmatch(name):
                element(policy, name, None, state="on" if kept else "off")


def _filesystem(devices: etree._Element, source: str, target: str, *, readonly: bool) -> None:
    kind = "block" if source.startswith("/dev/") else "mount"
    filesystem = element(devices, "filesystem", None, type_=kind, accessmode="passthrough")
    element(filesystem, "source", None, **{"dev" if kind == "block" else "dir": source})
    element(filesystem, "target", None, dir=target)
    if readonly:
        element(filesystem, "readonly")


def _mounts(devices: etree._Element, settings: _Settings) -> Iterator[str]:
    """Entries of fstab(5); what is neither bound nor the container's own anyway has no place."""
    for line in settings.all("lxc.mount.entry"):
        words = line.split()
        if len(words) < 3 or words[2] in _MADE_ANYWAY:
            continue
        options = words[3].split(",") if len(words) > 3 else []
        if words[0].startswith("/") and ({"bind", "rbind"} & set(options) or words[0].startswith("/dev/")):
            _filesystem(devices, words[0], f"/{words[1].lstrip('/')}", readonly="ro" in options)
        else:
            yield f"lxc.mount.entry {words[1]}"


def _nics(domain: etree._Element, devices: etree._Element, settings: _Settings) -> Iterator[str]:
    """Network cards (lxcCreateNetworkDefinition of libvirt is where it does the same)."""
    if settings.nics and all(nic.get("type") != "none" for nic in settings.nics):
        features = domain.find("features")
        element(element(domain, "features") if features is None else features, "privnet")
    for number, nic in enumerate(settings.nics):
        yield from (f"lxc.net.{number}.{key}" for key in nic if key not in _NIC)
        kind, link = nic.get("type", ""), nic.get("link", "")
        if kind in ("veth", "bridge") and link:
            interface = element(devices, "interface", None, type_="bridge")
            source: Mapping[str, str] = {"bridge": link}
        elif kind == "macvlan" and link:
            interface = element(devices, "interface", None, type_="direct")
            mode = nic.get("macvlan.mode", "private")
            source = {"dev": link, "mode": mode if mode in ("vepa", "bridge", "private") else "private"}
        elif kind in ("phys", "vlan") and link:
            hostdev = element(devices, "hostdev", None, mode="capabilities", type_="net")
            name = f"{link}.{nic['vlan.id']}" if kind == "vlan" and "vlan.id" in nic else link
            element(element(hostdev, "source"), "interface", name)
            continue
        else:
            if kind not in ("empty", "none", ""):
                yield f"lxc.net.{number} ({kind})"
            continue
        if mac := nic.get("hwaddr", ""):
            element(interface, "mac", None, address=mac)
        element(interface, "source", None, **source)
        for key in ("ipv4.address", "ipv4", "ipv6.address", "ipv6"):
            if key in nic:
                address, _, prefix = nic[key].split()[0].partition("/")
                element(interface, "ip", None, address=address, family=key[:4], prefix=prefix or None)
        if nic.get("name"):
            element(interface, "guest", None, dev=nic["name"])
        if nic.get("flags") != "up":
            element(interface, "link", None, state="down")


_NIC = frozenset(
    {"type", "link", "hwaddr", "flags", "name", "ipv4", "ipv4.address", "ipv6", "ipv6.address"}
    | {"macvlan.mode", "vlan.id"}
)


def _kib(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    return int(found[1]) * _UNIT[found[2].lower()] >> 10 if found else 0


def _store(path: str) -> tuple[str, str]:
    """How the files are kept, and where: of 'overlayfs:/lower:/upper' the last of these."""
    found = re.fullmatch(r"([a-z]+):(?:.*:)?(/.*)", path)
    return (found[1], found[2]) if found else ("dir", path)


def _name_of(folder: str) -> str:
    """A container without a name is called as its folder is: /var/lib/lxc/NAME/rootfs."""
    parts = [part for part in folder.split("/") if part and part != "rootfs"]
    return parts[-1] if parts else "container"

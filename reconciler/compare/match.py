"""Which element is which: list elements are paired by libvirt's own identities."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from reconciler.compare.tree import Node

Identity = Callable[[Node], str]


def label(node: Node, path: str) -> str:
    """What tells a list element apart from its siblings, for people: 'vda'; '' where nothing does."""
    identity = IDENTITIES.get(f"{path}/{node.tag}" if path else node.tag)
    return identity(node) if identity else ""


def pair(path: str, left: Iterable[Node], right: Iterable[Node]) -> dict[Node, Node]:
    """The siblings (of one tag, under `path`) of two documents that are the same element.

    First by identity, then what is equal throughout, then what looks alike, then by position.
    """
    left, right = list(left), list(right)
    if not left or not right:
        return {}
    tag = left[0].tag
    full = f"{path}/{tag}" if path else tag
    pairs: dict[Node, Node] = {}
    if len(left) == len(right) == 1 and full not in IDENTITIES:
        return {left[0]: right[0]}
    identity = IDENTITIES.get(full)
    if identity:
        _pair_by(identity, left, right, pairs)
        if full in STRICT:
            free = [n for n in left if n not in pairs and not identity(n)]
            taken = set(map(id, pairs.values()))
            open_ = [n for n in right if id(n) not in taken and (full in ADOPTING or not identity(n))]
        else:
            free = [n for n in left if n not in pairs]
            taken = set(map(id, pairs.values()))
            open_ = [n for n in right if id(n) not in taken]
    else:
        free, open_ = left, right
    for likeness in (_whole, RESEMBLANCES.get(full, _shape), _anything):
        _pair_by(likeness, free, open_, pairs)
        taken = set(map(id, pairs.values()))
        free = [n for n in free if n not in pairs]
        open_ = [n for n in open_ if id(n) not in taken]
    return pairs


def _pair_by(
    identity: Identity, left: Iterable[Node], right: Iterable[Node], pairs: dict[Node, Node]
) -> None:
    waiting: defaultdict[str, deque[Node]] = defaultdict(deque)
    for node in right:
        waiting[identity(node)].append(node)
    for node in left:
        key = identity(node)
        if key and waiting[key]:
            pairs[node] = waiting[key].popleft()


def _attr(*names: str) -> Identity:
    """Identity by the element's own attributes, all of which it must have."""

    def identity(node: Node) -> str:
        values = [node.attrs.get(name, "") for name in names]
        return ",".join(values) if all(values) else ""

    return identity


def _child(tag: str, *names: str) -> Identity:
    """Identity by a child's attributes."""

    def identity(node: Node) -> str:
        child = node.first(tag)
        return _attr(*names)(child) if child is not None else ""

    return identity


def _controller(node: Node) -> str:
    """Type and index; the companions of one EHCI controller share both (virDomainControllerFind)."""
    index, model = node.attrs.get("index", ""), node.attrs.get("model", "")
    companion = model if model.startswith("ich9-") else ""
    return ",".join(filter(None, (node.attrs.get("type", ""), index, companion))) if index else ""


def _interface_likeness(node: Node) -> str:
    source = node.first("source")
    attrs = _said(source) if source is not None else []
    return f"{node.attrs.get('type')} {attrs}"


def _hostdev(node: Node) -> str:
    """The address of the host's device (virDomainHostdevMatchSubsys)."""
    source = node.first("source")
    if source is None:
        return ""
    parts = [
        f"{inner.tag}{_said(inner)}{inner.text}"
        for inner in source.walk()
        if inner.tag in ("address", "vendor", "product", "adapter", "block", "char", "interface", "host")
        or (inner is source and {"protocol", "name", "wwpn"} & inner.attrs.keys())
    ]
    return " ".join(parts)


def _channel(node: Node) -> str:
    target = node.first("target")
    if target is None:
        return ""
    named = target.attrs.get("name") or f"{target.attrs.get('address')}:{target.attrs.get('port')}"
    return f"{target.attrs.get('type')},{named}"


def _dhcp_host(node: Node) -> str:
    """virNetworkDefUpdateIPDHCPHost looks for the MAC, the name or the address."""
    return node.attrs.get("mac") or node.attrs.get("id") or node.attrs.get("name") or node.attrs.get("ip", "")


def _srv(node: Node) -> str:
    names = ("service", "protocol", "domain", "target", "port")
    return ",".join(node.attrs.get(name, "") for name in names)


def _whole(node: Node) -> str:
    """All that an element says."""
    inner = "".join(filter(None, map(_whole, node.children)))
    if not inner and not node.text and node.implied and not _said(node):
        return ""
    return f"<{node.tag}{_said(node)}{node.text}{inner}>"


def _said(node: Node) -> list[tuple[str, str]]:
    """The attributes that a document spells out."""
    return sorted((name, value) for name, value in node.attrs.items() if name not in node.implied)


def _shape(node: Node) -> str:
    """What an element is, apart from its settings."""
    kinds = ("type", "model", "name", "bus", "id", "dev", "backend")
    return f"{[node.attrs.get(kind, '') for kind in kinds]}"


def _anything(node: Node) -> str:
    return "any"


_D = "devices/"
IDENTITIES: Mapping[str, Identity] = {
    _D + "disk": _child("target", "dev"),
    _D + "interface": _child("mac", "address"),
    _D + "controller": _controller,
    _D + "filesystem": _child("target", "dir"),
    _D + "hostdev": _hostdev,
    _D + "channel": _channel,
    _D + "serial": _child("target", "port"),
    _D + "parallel": _child("target", "port"),
    _D + "graphics": _attr("type"),
    _D + "input": _attr("type", "bus"),
    _D + "shmem": _attr("name"),
    _D + "audio": _attr("id"),
    "cpu/feature": _attr("name"),
    "clock/timer": _attr("name"),
    "cpu/numa/cell": _attr("id"),
    "numatune/memnode": _attr("cellid"),
    "cputune/vcpupin": _attr("vcpu"),
    "cputune/iothreadpin": _attr("iothread"),
    "cputune/vcpusched": _attr("vcpus"),
    "cputune/iothreadsched": _attr("iothreads"),
    "cputune/cachetune": _attr("vcpus"),
    "cputune/memorytune": _attr("vcpus"),
    "iothreadids/iothread": _attr("id"),
    "vcpus/vcpu": _attr("id"),
    "sysinfo/bios/entry": _attr("name"),
    "sysinfo/system/entry": _attr("name"),
    "sysinfo/entry": _attr("name"),
    "blkiotune/device": lambda node: node.value("path") or "",
    "seclabel": _attr("model"),
    # networks
    "ip": lambda node: ",".join(filter(None, (node.attrs.get("family"), node.attrs.get("address")))),
    "route": _attr("address"),
    "ip/dhcp/host": _dhcp_host,
    "ip/dhcp/range": _attr("start", "end"),
    "dns/host": _attr("ip"),
    "dns/txt": _attr("name"),
    "dns/srv": _srv,
    "dns/forwarder": _whole,
    "portgroup": _attr("name"),
    "forward/interface": _attr("dev"),
    "vlan/tag": _attr("id"),
    "portgroup/vlan/tag": _attr("id"),
    # pools
    "source/device": _attr("path"),
    "source/host": lambda node: ":".join(filter(None, (node.attrs.get("name"), node.attrs.get("port")))),
}
"""Path of a list element → what libvirt tells it apart by."""

STRICT = frozenset(
    {_D + "disk", _D + "interface", _D + "filesystem", _D + "hostdev", _D + "channel", _D + "controller",
     _D + "graphics", _D + "shmem", _D + "serial", _D + "parallel", _D + "input", _D + "audio",
     "cpu/feature", "clock/timer", "cputune/vcpupin", "cputune/iothreadpin", "cputune/vcpusched",
     "cputune/iothreadsched", "iothreadids/iothread", "ip/dhcp/host", "ip/dhcp/range", "dns/host",
     "dns/txt", "dns/srv", "dns/forwarder", "portgroup", "forward/interface", "vlan/tag",
     "portgroup/vlan/tag", "source/device", "sysinfo/bios/entry", "sysinfo/system/entry",
     "sysinfo/entry", "blkiotune/device"}
)  # fmt: skip
"""Elements that are never taken for another one that has an identity of its own."""

ADOPTING = frozenset(
    {_D + "interface", _D + "controller", _D + "channel", _D + "serial", _D + "parallel", _D + "filesystem"}
)
"""Elements whose identity the hypervisor gives where the files give none."""

RESEMBLANCES: Mapping[str, Identity] = {
    _D + "interface": _interface_likeness,
    _D + "controller": lambda node: node.attrs.get("type", ""),
    _D + "channel": lambda node: node.value("target", "type") or "",
}

"""Which list element is which: libvirt's own identities, in the one table that comparing, merging `xml:`,
live changes and their execution go by.

Functions named are libvirt's: src/conf/domain_conf.c, src/conf/network_conf.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from specs.documents.tree import Node, spelled_attributes, whole

Identity = Callable[[Node], str]
"""What an element is known by, of a tree with normalised values; '' where it does not say."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An element that may stand several times, and what tells it from the others of its tag.

    `strict`: it is never taken for another one that has an identity of its own. `adopting`: where the files
    give none, the hypervisor does. `by_position`: a merged element that does not say which one it is about
    is about the one at its place; others are added. `ordered`: the order is part of what is meant, so
    elements are compared place by place. `resembles` finds it where nothing else does, the closer likeness
    first; with `always`, what does not resemble it is another one. `shown`: a path has the identity in it.
    """

    identity: Identity
    strict: bool = False
    adopting: bool = False
    by_position: bool = False
    ordered: bool = False
    resembles: tuple[Identity, ...] = ()
    always: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Identities:
    """Path of a list element below its root → what tells it apart; namespaces aside."""

    rows: Mapping[str, Listed]

    def of(self, parent: str, tag: str) -> Listed | None:
        """The row of the elements of a tag under a path; None for what does not stand in a list."""
        path = f"{parent}/{tag}" if parent else tag
        return self.rows.get(_NAMESPACE.sub("", path) if "{" in path else path)

    def label(self, node: Node, parent: str) -> str:
        """What tells an element from its siblings, for people: 'vda'; '' where nothing does."""
        row = self.of(parent, node.tag)
        return row.identity(node) if row is not None and row.shown else ""


_NAMESPACE = re.compile(r"\{[^}]*\}")


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


def _text(node: Node) -> str:
    return node.text


def _anonymous(_: Node) -> str:
    return ""


def _controller(node: Node) -> str:
    """Type and index; the companions of one EHCI controller share both (virDomainControllerFind)."""
    index, model = node.attrs.get("index", ""), node.attrs.get("model", "")
    companion = model if model.startswith("ich9-") else ""
    return ",".join(filter(None, (node.attrs.get("type", ""), index, companion))) if index else ""


def _interface_likeness(node: Node) -> str:
    source = node.first("source")
    attrs = spelled_attributes(source) if source is not None else []
    return f"{node.attrs.get('type')} {attrs}"


def _hostdev(node: Node) -> str:
    """The address of the host's device (virDomainHostdevMatchSubsys); of a PCI one domain and function are 0
    unless said (virPCIDeviceAddressParseXML)."""
    source = node.first("source")
    if source is None:
        return ""
    implied = {"domain": "0", "function": "0"} if node.attrs.get("type") == "pci" else {}
    parts = []
    for inner in source.walk():
        if inner.tag == "address":
            parts.append(f"address{sorted((implied | inner.attrs).items())}{inner.text}")
        elif inner.tag in _OF_A_HOSTDEV or (inner is source and _NAMING & inner.attrs.keys()):
            parts.append(f"{inner.tag}{spelled_attributes(inner)}{inner.text}")
    return " ".join(parts)


_OF_A_HOSTDEV = frozenset({"vendor", "product", "adapter", "block", "char", "interface", "host"})
_NAMING = frozenset({"protocol", "name", "wwpn"})


def _channel(node: Node) -> str:
    """The kind of its target, and the name or the address of that (virDomainChrEquals)."""
    target = node.first("target")
    if target is None:
        return ""
    named = target.attrs.get("name") or f"{target.attrs.get('address')}:{target.attrs.get('port')}"
    return f"{target.attrs.get('type')},{named}"


def _input(node: Node) -> str:
    """Type, bus, and of one that is passed through the host's device (virDomainInputDefEquals)."""
    if node.attrs.get("type") == "evdev":  # which has no bus
        return ",".join(filter(None, ("evdev", node.value("source", "dev"))))
    if node.attrs.get("type") == "evdev":
        return ",".join(filter(None, ("evdev", node.value("source", "dev"))))
    device = node.value("source", "evdev") if node.attrs.get("type") == "passthrough" else ""
    known = _attr("type", "bus")(node)
    return f"{known},{device}" if known and device else known


def _lease(node: Node) -> str:
    """virDomainLeaseIndex: lockspace and key."""
    return ",".join(filter(None, (node.value("lockspace"), node.value("key"))))


def _host(node: Node) -> str:
    """A server by name and port: several may run on one machine."""
    return ":".join(filter(None, (node.attrs.get("name"), node.attrs.get("port"))))


def _ip(node: Node) -> str:
    """Family and address; IPv4 goes without saying (virNetworkIPDefParseXML)."""
    family = node.attrs.get("family")
    return ",".join(filter(None, (None if family == "ipv4" else family, node.attrs.get("address"))))


def _dhcp_host(node: Node) -> str:
    """virNetworkDefUpdateIPDHCPHost looks for the MAC, the name or the address."""
    return node.attrs.get("mac") or node.attrs.get("id") or node.attrs.get("name") or node.attrs.get("ip", "")


def _srv(node: Node) -> str:
    """virNetworkDefUpdateDNSSrv: not the port, nor priority and weight."""
    return ",".join(node.attrs.get(name, "") for name in ("service", "protocol", "domain", "target"))


_D = "devices/"
_HOST = Listed(_host, shown=False)
LIBVIRT = Identities(
    {
        # devices of a domain
        _D + "disk": Listed(_child("target", "dev"), strict=True),
        _D + "interface": Listed(
            _child("mac", "address"),
            strict=True,
            adopting=True,
            by_position=True,
            resembles=(_interface_likeness,),
        ),
        _D + "controller": Listed(
            _controller,
            strict=True,
            adopting=True,
            resembles=(_attr("type", "model"), _attr("type")),
            always=True,
        ),
        _D + "filesystem": Listed(_child("target", "dir"), strict=True, adopting=True),
        _D + "hostdev": Listed(_hostdev, strict=True),
        _D + "channel": Listed(
            _channel,
            strict=True,
            adopting=True,
            resembles=(_child("target", "type"),),
        ),
        _D + "serial": Listed(_child("target", "port"), strict=True, adopting=True),
        _D + "parallel": Listed(_child("target", "port"), strict=True, adopting=True),
        _D + "graphics": Listed(_attr("type"), strict=True),
        # virDomainInputDefParseXML: without a bus it has the one that its type usually has
        _D + "input": Listed(_input, strict=True, adopting=True, resembles=(_attr("type"),), always=True),
        _D + "shmem": Listed(_attr("name"), strict=True),
        _D + "audio": Listed(_attr("id"), strict=True),
        _D + "lease": Listed(_lease, shown=False),
        _D + "memory": Listed(_anonymous),  # virDomainMemoryFindByDef: by everything
        _D + "redirdev": Listed(_anonymous),  # virDomainRedirdevDefFind: by its whole source
        _D + "disk/source/host": _HOST,
        _D + "disk/backingStore/source/host": _HOST,
        _D + "hostdev/source/host": _HOST,
        # virNWFilterParseParamAttributes: one name may have several values
        _D + "interface/filterref/parameter": Listed(_attr("name"), shown=False),
        _D + "interface/vlan/tag": Listed(_attr("id"), shown=False),
        # the rest of a domain
        "os/boot": Listed(_attr("dev"), ordered=True, shown=False),
        "os/initarg": Listed(_anonymous, ordered=True),
        "os/initenv": Listed(_attr("name"), shown=False),
        "os/firmware/feature": Listed(_attr("name"), shown=False),
        "options/option": Listed(_anonymous, ordered=True),  # dnsmasq's own
        "commandline/arg": Listed(_anonymous, ordered=True),
        "commandline/env": Listed(_attr("name"), shown=False),
        "cpu/feature": Listed(_attr("name"), strict=True),
        "cpu/numa/cell": Listed(_attr("id"), by_position=True),  # virDomainNumaDefParseXML counts them
        "cpu/numa/cell/distances/sibling": Listed(_attr("id"), shown=False),
        "clock/timer": Listed(_attr("name"), strict=True),
        "numatune/memnode": Listed(_attr("cellid")),
        "cputune/vcpupin": Listed(_attr("vcpu"), strict=True),
        "cputune/iothreadpin": Listed(_attr("iothread"), strict=True),
        "cputune/vcpusched": Listed(_attr("vcpus"), strict=True),
        "cputune/iothreadsched": Listed(_attr("iothreads"), strict=True),
        "cputune/cachetune": Listed(_attr("vcpus")),
        "cputune/memorytune": Listed(_attr("vcpus")),
        "iothreadids/iothread": Listed(_attr("id"), strict=True),
        "vcpus/vcpu": Listed(_attr("id")),
        "sysinfo": Listed(_attr("type"), shown=False),
        "sysinfo/bios/entry": Listed(_attr("name"), strict=True),
        "sysinfo/system/entry": Listed(_attr("name"), strict=True),
        "sysinfo/baseBoard/entry": Listed(_attr("name"), strict=True),
        "sysinfo/chassis/entry": Listed(_attr("name"), strict=True),
        "sysinfo/entry": Listed(_attr("name"), strict=True),
        "blkiotune/device": Listed(lambda node: node.value("path") or "", strict=True),
        "seclabel": Listed(_attr("model")),
        # networks
        "ip": Listed(_ip, resembles=(lambda node: node.attrs.get("family", "ipv4"),), always=True),
        "route": Listed(_attr("address")),
        "ip/dhcp/host": Listed(_dhcp_host, strict=True),
        "ip/dhcp/range": Listed(_attr("start", "end"), strict=True),
        "dns/host": Listed(_attr("ip"), strict=True),
        "dns/host/hostname": Listed(_text, shown=False),
        "dns/txt": Listed(_attr("name"), strict=True),
        "dns/srv": Listed(_srv, strict=True),
        "dns/forwarder": Listed(whole, strict=True),
        "portgroup": Listed(_attr("name"), strict=True),
        "forward/interface": Listed(_attr("dev"), strict=True),
        "forward/address": Listed(_attr("domain", "bus", "slot", "function"), shown=False),
        "vlan/tag": Listed(_attr("id"), strict=True),
        "portgroup/vlan/tag": Listed(_attr("id"), strict=True),
        # pools
        "mount_opts/option": Listed(_attr("name"), ordered=True, shown=False),
        "config_opts/option": Listed(_attr("name"), strict=True),
        "source/device": Listed(_attr("path"), strict=True),
        "source/host": Listed(_host),
        # network filters
        "rule": Listed(_anonymous, ordered=True),  # of one priority the first one decides
        "filterref": Listed(_attr("filter"), shown=False),
        "filterref/parameter": Listed(_attr("name"), shown=False),
    }
)
"""What libvirt, and whoever writes its documents, tells list elements apart by."""

"""The choices of every kind of document, by libvirt's schemas (/usr/share/libvirt/schemas/*.rng) and, where
these leave more open than libvirt takes, by the functions that are named."""

from __future__ import annotations

from drivers.dialects.choices import devices, domain
from drivers.dialects.choices.model import Choice, Choices, by, has, parts
from specs.documents.tree import Node


def _forward(network: Node) -> str:
    """Without <forward> a network is isolated; with mode bridge it names a bridge, or devices of the host
    (virNetworkDefParseXML)."""
    forward = network.first("forward")
    if forward is None:
        return "isolated"
    mode = forward.attrs.get("mode", "nat")
    return "macvtap" if mode == "bridge" and has(forward, "interface") else mode


def _protocol(rule: Node) -> str:
    """The protocol that a rule is about: its first element (virNWFilterRuleParse)."""
    return rule.children[0].tag if rule.children else ""


_OWN_BRIDGE = "nat route open isolated"
"""Networks of which libvirt makes the bridge (networkValidate, virNetworkDefParseXML)."""

_PORT = (Choice(by("@type"), parts("parameters")),)

LIBVIRT: Choices = {
    "domain": {**domain.PLACES, **devices.PLACES},
    "network": {
        "": (
            Choice(
                _forward,
                (
                    *parts("forward"),
                    *parts("mac", "bridge/@stp", "bridge/@delay", "bridge/@zone", of=_OWN_BRIDGE, told=False),
                    *parts("domain", "dns", "ip", "route", "mtu", of=_OWN_BRIDGE),
                    *parts("bridge", "bandwidth", of=f"{_OWN_BRIDGE} bridge"),
                    *parts("virtualport", "vlan", of="bridge macvtap private vepa passthrough hostdev"),
                ),
            ),
        ),
        "virtualport": _PORT,
        "portgroup/virtualport": _PORT,
        "dns": (Choice(by("@enable", "yes"), parts("@enable", "*")),),
    },
    "pool": {
        "": (
            Choice(
                by("@type"), parts("source", "target", "features", "refresh", "mount_opts", "config_opts")
            ),
            Choice(by("source/format/@type"), parts("source/protocol", of="nfs")),
        ),
        "source/adapter": (Choice(by("@type"), parts("@*", "*")),),
        "source/auth": (Choice(by("@type"), parts("@*", "*")),),
    },
    "filter": {"rule": (Choice(_protocol, parts("*")),)},
    "secret": {"usage": (Choice(by("@type"), parts("*")),)},
}
"""Of all of libvirt's drivers."""

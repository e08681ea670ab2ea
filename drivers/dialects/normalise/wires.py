"""What networks, port groups and interfaces have alike: VLANs, bandwidth, the port of a virtual switch."""

from __future__ import annotations

from specs.documents.tree import Node
from specs.documents.values import drop_empty, is_number, uuid

_RATES = ("average", "peak", "floor", "burst")


def normalise_wires(node: Node) -> None:
    """Normalises these parts of a network, a port group or an interface in place."""
    for vlan in node.all("vlan"):
        _vlan(vlan)
    for bandwidth in node.all("bandwidth"):
        _bandwidth(bandwidth)
    drop_empty(node, "bandwidth")
    for port in node.all("virtualport"):
        _virtual_port(port)
    drop_empty(node, "virtualport")


def plain_numbers(node: Node, *names: str, octal: bool = False) -> None:
    """Attributes that are numbers, without leading zeros (virStrToLong_ui); where these mean an `octal` one,
    as that is (base 0)."""
    for name in names:
        value = node.attrs.get(name, "")
        if octal and value.startswith("0") and not value.strip("01234567"):
            node.attrs[name] = str(int(value, 8))
        elif is_number(value):
            node.attrs[name] = str(int(value))


def _vlan(vlan: Node) -> None:
    """Several tags are a trunk; one is none unless that is said (virNetDevVlanParse)."""
    if "trunk" in vlan.attrs:
        vlan.attrs["trunk"] = vlan.attrs["trunk"].lower()
    tags = vlan.all("tag")
    for tag in tags:
        plain_numbers(tag, "id")
    if len(tags) > 1:
        vlan.imply("trunk", "yes")
    else:
        vlan.imply("trunk", "no")


def _bandwidth(bandwidth: Node) -> None:
    """A rate of nothing is none (virNetDevBandwidthRateFormat)."""
    for rate in bandwidth.children:
        plain_numbers(rate, *_RATES)
        for name in _RATES:
            rate.imply(name, "0")
    bandwidth.drop(lambda rate: rate.attrs["average"] == rate.attrs["floor"] == "0")


def _virtual_port(port: Node) -> None:
    """Numbers and UUIDs (virNetDevVPortProfileFormat)."""
    for parameters in port.all("parameters"):
        plain_numbers(parameters, "managerid", "typeid", "typeidversion", octal=True)
        for name in ("instanceid", "interfaceid"):
            if name in parameters.attrs:
                parameters.attrs[name] = uuid(parameters.attrs[name])
    drop_empty(port, "parameters")

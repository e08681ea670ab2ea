"""How a network reaches others: modes, devices and addresses, of which libvirt writes some twice."""

from __future__ import annotations

from drivers.dialects.normalise.wires import plain_numbers
from specs.documents.tree import Node

_USUAL_PORTS = {"start": "1024", "end": "65535"}


def normalise_forward(root: Node) -> None:
    """Normalises a network's <forward> in place (virNetworkForwardDefParseXML, virNetworkDefFormatBuf)."""
    root.drop(lambda child: child.tag == "forward" and child.attrs.get("mode") == "none")
    forward = root.first("forward")
    if forward is None:
        return
    forward.attrs.setdefault("mode", "nat")
    _managed(forward)
    _devices(forward)
    _nat(forward)


def _managed(forward: Node) -> None:
    """Only devices that are handed over are managed, or not."""
    if forward.attrs["mode"] != "hostdev":
        forward.lose("managed")
        return
    if "managed" in forward.attrs:
        forward.attrs["managed"] = "yes" if forward.attrs["managed"].lower() == "yes" else "no"
    forward.imply("managed", "no")


def _devices(forward: Node) -> None:
    """`dev` is the first interface's; interfaces of a physical function are listed while the network runs."""
    if forward.all("pf"):
        forward.drop(lambda child: child.tag in ("interface", "address"))
    dev = forward.attrs.pop("dev", "")
    if dev and not any(i.attrs.get("dev") == dev for i in forward.all("interface")):
        forward.add("interface", dev=dev)
    for device in (*forward.all("interface"), *forward.all("address")):
        device.attrs.pop("connections", None)
    for address in forward.all("address"):
        address.attrs.setdefault("domain", "0")
        address.attrs.setdefault("function", "0")
        if forward.all("interface"):
            address.lose("")


def _nat(forward: Node) -> None:
    """Addresses and ports of NAT; a start takes all unprivileged ports where none are given
    (iptablesForwardMasquerade)."""
    if forward.attrs["mode"] != "nat":
        return
    nat = forward.first("nat") or forward.add("nat")
    nat.drop(lambda child: child.tag == "port" and child.attrs.keys() <= {"start", "end"} and _is_zero(child))
    port = nat.first("port") or nat.add("port")
    plain_numbers(port, "start", "end")
    if "start" not in port.attrs:
        for name, number in _USUAL_PORTS.items():
            port.imply(name, number)


def _is_zero(port: Node) -> bool:
    return not any(value.strip("0") for value in port.attrs.values())

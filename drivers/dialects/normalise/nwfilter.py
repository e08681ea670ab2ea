"""Network filters: libvirt reads each attribute of a rule by its own type and writes it back in one form.

Functions named are those of src/conf/nwfilter_conf.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from drivers.dialects.model import Platform
from specs.documents.tree import Node
from specs.documents.values import drop_value, hardware_address

PROTOCOLS = (
    "mac", "vlan", "stp", "arp", "rarp", "ip", "ipv6", "tcp", "icmp", "igmp", "udp", "udplite", "esp", "ah",
    "sctp", "all", "tcp-ipv6", "icmpv6", "udp-ipv6", "udplite-ipv6", "esp-ipv6", "ah-ipv6", "sctp-ipv6",
    "all-ipv6",
)  # fmt: skip
"""What a rule can be about (virNWFilterRuleProtocol)."""

_USUAL_PRIORITY = "500"
_HIGHEST = 1000
_CHAIN_PRIORITIES = {
    "mac": "-800", "vlan": "-750", "ipv4": "-700", "ipv6": "-600", "arp": "-500", "rarp": "-400",
}  # fmt: skip
"""NWFILTER_*_FILTER_PRI by the beginning of a chain's name (chain_priorities); of others it is 0."""

_LONGEST_COMMENT = 256
_VARIABLE = re.compile(r"\$(\w+)\s*(?:\[\s*(@?)(\d+)\s*\])?\s*")
_DIGITS = re.compile(r"[0-9]+")
_HEX = re.compile(r"[0-9a-fA-F]{1,8}")

_ETHERNET = {"arp": "2054", "rarp": "32821", "ipv4": "2048", "ipv6": "34525", "vlan": "33024"}
_PROTOCOLS = {
    "tcp": "6", "udp": "17", "udplite": "136", "esp": "50", "ah": "51", "icmp": "1", "igmp": "2",
    "icmpv6": "58", "sctp": "132",
}  # fmt: skip
_OPERATIONS = {
    name: str(number)
    for number, name in enumerate(
        ("request", "reply", "request_reverse", "reply_reverse", "drarp_request", "drarp_reply",
         "drarp_error", "inarp_request", "arp_nak"), start=1)
}  # fmt: skip
_STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "NONE")
_TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG")


def normalise_filter(root: Node, _: Platform) -> None:
    """Normalises a filter's tree in place (virNWFilterDefFormat)."""
    chain = root.attrs.get("chain", "")
    if not chain:
        root.attrs.pop("priority", None)  # virNWFilterDefParseXML: it is a chain's
    root.imply("chain", "root")
    root.imply("priority", next((p for c, p in _CHAIN_PRIORITIES.items() if chain.startswith(c)), "0"))
    for rule in root.all("rule"):
        _rule(rule)


def _rule(rule: Node) -> None:
    """virNWFilterRuleParse: a priority that is none is the usual one; only 'no' is said of states."""
    priority = rule.attrs.get("priority", "")
    if not (priority.lstrip("-").isdigit() and abs(int(priority)) <= _HIGHEST):
        rule.attrs.pop("priority", None)
    rule.imply("priority", _USUAL_PRIORITY)
    if rule.attrs.get("statematch", "").lower() in ("0", "false"):
        rule.attrs["statematch"] = "false"
    else:
        rule.attrs.pop("statematch", None)
    for protocol in rule.children:
        _protocol(protocol)


def _protocol(node: Node) -> None:
    """What a rule matches (virNWFilterRuleDetailsParse, virNWFilterRuleDefDetailsFormat)."""
    if node.attrs.get("match") != "no":
        node.attrs.pop("match", None)
    for name, value in node.attrs.items():
        node.attrs[name] = _variable(value) if value.startswith("$") else _spelling(node.tag, name)(value)
    if not node.tag.startswith("all"):
        drop_value(node, "ipsetflags", "src")  # virNWFilterRuleDefFixupIPSet


def _spelling(protocol: str, name: str) -> Callable[[str], str]:
    """How an attribute of a protocol is written."""
    if name == "flags":
        return _tcp_flags if protocol == "tcp" else _number
    if name in _BY_NAME:
        return _BY_NAME[name]
    return next((spelling for ending, spelling in _BY_ENDING.items() if name.endswith(ending)), _number)


def _variable(text: str) -> str:
    """'$A[@0]' is '$A' (virNWFilterVarAccessPrint)."""
    found = _VARIABLE.fullmatch(text)
    if found is None:
        return text
    name, iterator, number = found.groups()
    if number is None or (iterator and int(number) == 0):
        return f"${name}"
    return f"${name}[{iterator}{int(number)}]"


def _number(text: str) -> str:
    """Decimal if it can be, else hexadecimal, with 0x or without."""
    if _DIGITS.fullmatch(text):
        return str(int(text))
    return str(int(text, 16)) if _HEX.fullmatch(text) else text


def _named(names: Mapping[str, str], text: str) -> str:
    """A number that also has a name, in any case."""
    return names.get(text.lower()) or _number(text)


def _address(text: str) -> str:
    """An IPv4 address; those of IPv6 are spelled alike everywhere."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        return text


def _mask(text: str) -> str:
    """All masks are written as the number of their bits (virSocketAddrGetNumNetmaskBits)."""
    try:
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
    except ValueError:
        return _number(text)
    return str(int(address).bit_count())


def _truth(text: str) -> str:
    return "true" if text in ("true", "1", "yes") else "false"


def _items(text: str) -> list[str]:
    """A list's words, parted by commas and spaces, in any case (parseStringItems)."""
    return re.split(r"[,\s]+", text.strip(", ").upper())


def _states(text: str) -> str:
    """States in their own order; NONE is none of the others (parseStateMatch)."""
    given = _items(text)
    return "NONE" if "NONE" in given else ",".join(state for state in _STATES if state in given)


def _tcp_flags(text: str) -> str:
    """'mask/flags' (tcpFlagsFormatter)."""
    return "/".join(_flag_set(part) for part in text.split("/"))


def _flag_set(text: str) -> str:
    given = _items(text)
    chosen = [flag for flag in _TCP_FLAGS if flag in given or "ALL" in given]
    return "ALL" if len(chosen) == len(_TCP_FLAGS) else ",".join(chosen) or "NONE"


_BY_NAME: Mapping[str, Callable[[str], str]] = {
    "match": str,
    "ipset": str,
    "comment": lambda text: text[:_LONGEST_COMMENT],  # virNWFilterRuleDefAddString
    "state": _states,
    "ipsetflags": str.lower,
    "gratuitous": _truth,
    "protocol": partial(_named, _PROTOCOLS),
    "protocolid": partial(_named, _ETHERNET),
    "encap-protocol": partial(_named, _ETHERNET),
    "opcode": partial(_named, _OPERATIONS),
}
_BY_ENDING: Mapping[str, Callable[[str], str]] = {
    "macaddr": hardware_address,
    "macmask": hardware_address,
    "-address": hardware_address,
    "-address-mask": hardware_address,
    "ipmask": _mask,
    "ipaddr": _address,
    "ipfrom": _address,
    "ipto": _address,
}
"""Attributes by the end of their names; all others are numbers."""

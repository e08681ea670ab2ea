"""Values that have several spellings anywhere: numbers, sizes, MAC and IPv6 addresses, UUIDs."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from specs.documents.tree import Node
from specs.units import unit_factor

_HEX = re.compile(r"0[xX][0-9a-fA-F]+\Z")
_NUMBER = re.compile(r"0+(\d+)\Z")
_MAC = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}\Z")
_OPAQUE = frozenset({"metadata", "sysinfo", "description", "title"})
_NUMERIC = frozenset(
    {"domain", "bus", "slot", "function", "controller", "unit", "port", "index", "target", "cssid", "ssid",
     "devno", "iobase", "irq", "reg", "base", "slotbase"}
)  # fmt: skip

_LARGEST_SET = 4096
_LONGEST_NUMBER = 40
_COLONS_OF_IPV6 = 6
"""Of one with an IPv4 address at its end, or seven; fewer where some are left out."""


def to_bytes(text: str, unit: str) -> int | None:
    """A scaled integer in bytes; None for what is none."""
    factor = unit_factor(unit)
    return int(text) * factor if factor is not None and is_number(text.strip()) else None


def is_number(text: str) -> bool:
    """Whether a text is a number of a size that makes sense: others are compared as they are written."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def number(text: str) -> str:
    """A number in decimal, whether it is written so or in hexadecimal; what is none as it is written."""
    if len(text) <= _LONGEST_NUMBER and _HEX.match(text):
        return str(int(text, 16))
    return str(int(text)) if is_number(text) else text


def scale(node: Node, default: str, to: int = 1024, attr: str = "", unit: str = "unit") -> None:
    """Puts a size (the node's text, or one attribute beside the `unit` one) into units of `to` bytes, rounded
    up as libvirt does; the unit itself is then no difference."""
    text = node.attrs.get(attr, "") if attr else node.text
    size = to_bytes(text, node.attrs.get(unit, default))
    if size is None:
        return
    node.attrs.pop(unit, None)
    if attr:
        node.attrs[attr] = str(-(-size // to))
    else:
        node.text = str(-(-size // to))


def octal(node: Node, attr: str = "") -> None:
    """A file's mode without leading zeros: '0644' is '644'."""
    value = node.attrs.get(attr, "") if attr else node.text
    if value.isdigit() and attr:
        node.attrs[attr] = value.lstrip("0") or "0"
    elif value.isdigit():
        node.text = value.lstrip("0") or "0"


def is_empty(node: Node) -> bool:
    """Whether an element says nothing."""
    return not node.attrs and not node.text and not node.children


def drop_empty(node: Node, *tags: str) -> None:
    """Children of those tags that say nothing, which libvirt does not write back."""
    node.drop(lambda child: child.tag in tags and is_empty(child))


def drop_value(node: Node, attr: str, default: str) -> None:
    """A value that libvirt does not write back because it is the default."""
    if node.attrs.get(attr) == default:
        del node.attrs[attr]


def drop_automatic_labels(source: Node) -> None:
    """Labels that say what a running guest's source skipped (virSecurityDeviceLabelDefParseXML)."""
    source.drop(lambda child: child.tag == "seclabel" and child.attrs.get("labelskip") == "yes")


def normalise_values(node: Node) -> None:
    """Hexadecimal and zero-padded numbers become decimal, MAC addresses and UUIDs lower case, IPv6 addresses
    as short as they can be."""
    if node.tag == "sysinfo":
        _of_firmware(node)
    if node.tag in _OPAQUE or node.tag.startswith("{"):
        return
    for name, value in node.attrs.items():
        if len(value) > _LONGEST_NUMBER and name != "uuid":
            continue
        if _HEX.match(value):
            node.attrs[name] = str(int(value, 16))
        elif name in _NUMERIC and _NUMBER.match(value):
            node.attrs[name] = str(int(value))
        elif name in ("address", "mac", "macaddr") and _MAC.match(value):
            node.attrs[name] = hardware_address(value)
        elif name == "uuid":
            node.attrs[name] = uuid(value)
        elif "::" in value or value.count(":") >= _COLONS_OF_IPV6:
            node.attrs[name] = ipv6(value)
    if node.tag == "uuid":
        node.text = uuid(node.text)
    for child in node.children:
        normalise_values(child)


def hardware_address(text: str) -> str:
    """A MAC address in lower case with two digits a part, which virMacAddrParse does not ask for."""
    return ":".join(f"{int(part, 16):02x}" for part in text.split(":")) if _MAC.match(text) else text


def ipv6(text: str) -> str:
    """An IPv6 address in its shortest form (virSocketAddrFormat); what is none as it is."""
    try:
        return str(IPv6Address(text))
    except ValueError:
        return text


def _of_firmware(sysinfo: Node) -> None:
    """The UUID of a machine's tables is spelled as any (virSysinfoSystemParseXML)."""
    for system in sysinfo.all("system"):
        for entry in system.all("entry"):
            if entry.attrs.get("name") == "uuid":
                entry.text = uuid(entry.text)


def uuid(text: str) -> str:
    """A UUID in lower case with its dashes, which virUUIDParse does not ask for."""
    digits = text.lower().replace("-", "").replace(" ", "")
    if len(digits) != 32:
        return text
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def cpuset(text: str) -> str:
    """A set of processors as the shortest list of ranges (virBitmapFormat): '0-3,8'."""
    chosen = expand(text)
    return text if chosen is None else ranges(chosen)


def expand(text: str) -> set[int] | None:
    """The members of a list of ranges, '^' takes away (virBitmapParse); None if it is none."""
    chosen: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        negative, part = part.startswith("^"), part.lstrip("^")
        low, _, high = part.partition("-")
        if not is_number(low) or not is_number(high or low):
            return None
        if int(high or low) - int(low) >= _LARGEST_SET:
            return None
        members = range(int(low), int(high or low) + 1)
        chosen = chosen - set(members) if negative else chosen | set(members)
    return chosen


def ranges(numbers: set[int]) -> str:
    """Numbers as the shortest list of ranges."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)

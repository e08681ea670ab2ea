"""Values that have several spellings anywhere: numbers, sizes, MAC addresses, UUIDs."""

from __future__ import annotations

import re

from reconciler.compare.tree import Node

_HEX = re.compile(r"0[xX][0-9a-fA-F]+\Z")
_NUMBER = re.compile(r"0+(\d+)\Z")
_MAC = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}\Z")
_OPAQUE = frozenset({"metadata", "sysinfo", "description", "title"})
_NUMERIC = frozenset(
    {"domain", "bus", "slot", "function", "controller", "unit", "port", "index", "target", "cssid", "ssid",
     "devno", "iobase", "irq", "reg", "base", "slotbase"}
)  # fmt: skip

_BINARY = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4, "p": 1024**5, "e": 1024**6}
_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15, "e": 10**18}


def to_bytes(text: str, unit: str) -> int | None:
    """A scaled integer in bytes, as virScaleInteger reads it: 'KiB' and 'K' are 1024, 'KB' is 1000."""
    unit = unit.strip().lower()
    if not text.strip().isdigit():
        return None
    number = int(text)
    if unit in ("", "b", "byte", "bytes"):
        return number
    prefix, suffix = unit[0], unit[1:]
    if prefix not in _BINARY or suffix not in ("", "b", "ib"):
        return None
    return number * (_DECIMAL if suffix == "b" else _BINARY)[prefix]


def scale(node: Node, default: str, to: int = 1024, attr: str = "") -> None:
    """Puts a size (the node's text, or one attribute beside a `unit`) into units of `to` bytes, rounded
    up as libvirt does; the unit itself is then no difference."""
    text = node.attrs.get(attr, "") if attr else node.text
    size = to_bytes(text, node.attrs.get("unit", default))
    if size is None:
        return
    node.attrs.pop("unit", None)
    if attr:
        node.attrs[attr] = str(-(-size // to))
    else:
        node.text = str(-(-size // to))


def normalise_values(node: Node) -> None:
    """Hexadecimal and zero-padded numbers become decimal, MAC addresses and UUIDs lower case."""
    if node.tag in _OPAQUE or node.tag.startswith("{"):
        return
    for name, value in node.attrs.items():
        if _HEX.match(value):
            node.attrs[name] = str(int(value, 16))
        elif name in _NUMERIC and _NUMBER.match(value):
            node.attrs[name] = str(int(value))
        elif name in ("address", "mac", "macaddr") and _MAC.match(value):
            node.attrs[name] = ":".join(f"{int(part, 16):02x}" for part in value.split(":"))
        elif name == "uuid":
            node.attrs[name] = uuid(value)
    if node.tag == "uuid":
        node.text = uuid(node.text)
    for child in node.children:
        normalise_values(child)


def uuid(text: str) -> str:
    """A UUID in lower case with its dashes, which virUUIDParse does not ask for."""
    digits = text.lower().replace("-", "").replace(" ", "")
    if len(digits) != 32:
        return text
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def cpuset(text: str) -> str:
    """A set of processors as the shortest list of ranges (virBitmapFormat): '0-3,8'."""
    chosen: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        negative, part = part.startswith("^"), part.lstrip("^")
        low, _, high = part.partition("-")
        if not low.isdigit() or not (high or low).isdigit():
            return text
        members = range(int(low), int(high or low) + 1)
        if len(members) > 4096:
            return text
        chosen = chosen - set(members) if negative else chosen | set(members)
    return ",".join(_ranges(sorted(chosen)))


def _ranges(numbers: list[int]) -> list[str]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]

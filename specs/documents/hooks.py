"""The few fields that are no plain place: a pair of functions each, one to write and one to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from specs.documents.marks import NAMESPACE
from specs.documents.steps import put, reach, value_at
from specs.places import Path
from specs.xml import parse


@dataclass(frozen=True, slots=True)
class Pair:
    """`write` is given the element of the field's model, the value, and the model; `read` gives what the
    files would say, or None. `says` are the places below that element with what is said there, below the
    field ('' is the field itself, * whatever it is called)."""

    write: Callable[[etree._Element, Any, Any], None]
    read: Callable[[etree._Element], Any]
    says: Mapping[str, str]


IDENTIFIERS = {"ceph": "name", "iscsi": "target", "volume": "volume", "tls": "name", "vtpm": "name"}
"""Use of a secret → the element that holds its identifier (formatsecret.html)."""

_FIRMWARE = (Path.parse("firmware/feature[@name=secure-boot]/@enabled"),
             Path.parse("firmware/feature[@name=enrolled-keys]/@enabled"))  # fmt: skip
_LOADER = Path.parse("loader[@readonly=yes][@type=pflash]")


def _write_firmware(node: etree._Element, firmware: Any, _: Any) -> None:
    """Firmware by libvirt's choice, or by its files (formatdomain.html#bios-bootloader)."""
    if firmware.type != "uefi":
        return
    if firmware.loader is None:
        node.set("firmware", "efi")
        for path in _FIRMWARE:
            put(node, path, "yes" if firmware.secure_boot else "no")
    else:
        loader = reach(node, _LOADER)
        loader.text = firmware.loader
        if firmware.secure_boot:
            loader.set("secure", "yes")
    if firmware.nvram:
        put(node, Path.parse("nvram"), firmware.nvram)
    if firmware.nvram_template:
        put(node, Path.parse("nvram/@template"), firmware.nvram_template)


def _read_firmware(node: etree._Element) -> Any:
    said: dict[str, Any] = {"type": "uefi"}
    loader = value_at(node, _LOADER)
    if node.get("firmware") == "efi":
        secure = value_at(node, _FIRMWARE[0])
    elif loader:
        said["loader"], secure = loader, value_at(node, Path.parse("loader/@secure"))
    else:
        return None
    if secure == "yes":
        said["secureBoot"] = True
    for name, path in (("nvram", "nvram"), ("nvramTemplate", "nvram/@template")):
        if value := value_at(node, Path.parse(path)):
            said[name] = value
    return said


def _write_usage(node: etree._Element, identifier: Any, usage: Any) -> None:
    if identifier is not None:
        put(node, Path.parse(IDENTIFIERS[usage.type]), identifier)


def _read_usage(node: etree._Element) -> Any:
    return value_at(node, Path.parse(IDENTIFIERS.get(node.get("type", ""), ""))) if len(node) else None


def _write_protocol(node: etree._Element, protocol: Any, rule: Any) -> None:
    if protocol is not None:
        attributes = {name: str(value) for name, value in rule.match.items()}
        etree.SubElement(node, protocol, attributes)


def _read_protocol(node: etree._Element) -> Any:
    return str(node[0].tag) if len(node) == 1 else None


def _read_match(node: etree._Element) -> Any:
    if len(node) != 1:
        return None
    return {str(name): int(text) if str(text).isdecimal() and str(int(text)) == text else str(text)
            for name, text in node[0].attrib.items()}  # fmt: skip


def _write_metadata(node: etree._Element, elements: Any, _: Any) -> None:
    node.extend(parse(text.strip(), blanks=False) for text in elements)


def _read_metadata(node: etree._Element) -> Any:
    """What is in it of others than us."""
    others = [
        child for child in node.iterchildren("{*}*") if not str(child.tag).startswith(f"{{{NAMESPACE}}}")
    ]
    return [etree.tostring(child, encoding="unicode", with_tail=False) for child in others] or None


def _write_capabilities(node: etree._Element, powers: Any, _: Any) -> None:
    """An element for each that is named (formatdomain.html, drvlxc.html#capabilities)."""
    if powers is None:
        return
    element = etree.SubElement(node, "capabilities", policy=powers.policy)
    for state, names in (("on", powers.allow), ("off", powers.deny)):
        for name in names:
            etree.SubElement(element, name, state=state)


def _read_capabilities(node: etree._Element) -> Any:
    element = node.find("capabilities")
    if element is None:
        return None
    said: dict[str, Any] = {"policy": element.get("policy", "default")}
    for field, state in (("allow", "on"), ("deny", "off")):
        names = [str(child.tag) for child in element.iterchildren("*") if child.get("state") == state]
        if names:
            said[field] = names
    return said


_FIRMWARE_SAYS = {
    "@firmware": "type",
    "firmware/feature/@enabled": "secureBoot",
    "loader": "loader",
    "loader/@secure": "secureBoot",
    "nvram": "nvram",
    "nvram/@template": "nvramTemplate",
}

HOOKS: Mapping[str, Pair] = {
    "capabilities": Pair(_write_capabilities, _read_capabilities, {
        "capabilities/@policy": "policy", "capabilities/*/@state": "", "capabilities": ""}),
    "firmware": Pair(_write_firmware, _read_firmware, _FIRMWARE_SAYS),
    "metadata": Pair(_write_metadata, _read_metadata, {"*": ""}),
    "usage": Pair(_write_usage, _read_usage, dict.fromkeys(IDENTIFIERS.values(), "")),
    "protocol": Pair(_write_protocol, _read_protocol, {"*": ""}),
    "match": Pair(lambda node, value, rule: None, _read_match, {"*/@*": "*"}),
}  # fmt: skip

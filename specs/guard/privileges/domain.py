"""What a domain has that reaches beyond the guest."""

from __future__ import annotations

from collections.abc import Iterator

from specs.guard.privileges.devices import device_privileges, label
from specs.guard.privileges.model import Privilege
from specs.guard.privileges.paths import IN_THE_GUEST, NO_PATHS, OWN, is_below, own_paths, paths, text_of
from specs.xml import Element

_SHIPPED = ("/usr/share/", "/usr/lib/", "/usr/lib64/")


def domain_privileges(document: Element, scheme: str) -> Iterator[Privilege]:
    """What the document of a domain has."""
    kind = document.get("type") or scheme
    if kind in ("lxc", "openvz") and document.find("idmap") is None:
        yield Privilege("container root", "is the host's own root (no idmap)", document)
    for part in document:
        tag = str(part.tag)
        if tag in IN_THE_GUEST:
            continue
        if tag == "devices":
            for device in part:
                yield from device_privileges(device)
        elif tag == "os":
            yield from _boot(part)
        elif tag == "bootloader":
            yield Privilege("bootloader", text_of(part), part)
        elif tag == "seclabel":
            yield from label(part)
        elif tag == "features":
            yield from _capabilities(part)
        elif tag == "memoryBacking":
            for source in part.iterfind("source[@type='file']"):
                yield Privilege("memory file", "memoryBacking", source)
        else:
            yield from paths(part, "host path")


def _boot(part: Element) -> Iterator[Privilege]:
    """What a guest begins with; what is shipped as firmware is meant for that."""
    for element in part.iter("{*}*"):
        tag = str(element.tag)
        if tag in ("kernel", "initrd", "dtb", "shim"):
            if text_of(element):
                yield Privilege("kernel", text_of(element), element)
        elif tag in ("loader", "nvram"):
            for value in (text_of(element), element.get("template", ""), *_source_values(element)):
                if value and not is_below(value, _SHIPPED) and not is_below(value, (f"{OWN}qemu/nvram/",)):
                    yield Privilege("loader", value, element)
        elif tag == "bootloader":
            yield Privilege("bootloader", text_of(element), element)
        elif tag not in NO_PATHS and tag not in IN_THE_GUEST and element.getparent() is not None:
            parent = element.getparent()
            if parent is not None and parent.tag not in ("loader", "nvram"):
                yield from own_paths(element, "host path")


def _source_values(element: Element) -> Iterator[str]:
    for source in element.iterfind("source"):
        for name in ("file", "dev", "dir"):
            if source.get(name):
                yield source.get(name, "")


def _capabilities(part: Element) -> Iterator[Privilege]:
    for capabilities in part.iterfind("capabilities"):
        policy = capabilities.get("policy", "")
        given = [str(child.tag) for child in capabilities if child.get("state") == "on"]
        if policy == "allow" or given:
            value = " ".join(filter(None, (f"policy={policy}" if policy else "", *given)))
            yield Privilege("capabilities", value, capabilities)

"""What a document's fields become in the files: without what is said already, and with the files' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from specs.documents.defaults import WITH_ACPI
from specs.xml import copy_of


@dataclass(frozen=True, slots=True)
class Named:
    """What a document's references are called in the files: Secrets by their usage ('ceph:client.admin') and
    by their UUID, and where a pool is, by its name."""

    by_usage: Mapping[str, str] = field(default_factory=dict)
    by_uuid: Mapping[str, str] = field(default_factory=dict)


def spell_out_domain(domain: etree._Element) -> None:
    """What a document leaves out where it is the same as something else."""
    vcpu, memory = domain.find("vcpu"), domain.find("memory")
    if vcpu is None:
        vcpu = etree.SubElement(domain, "vcpu")
        vcpu.text = "1"
    vcpu.set("current", vcpu.get("current", (vcpu.text or "").strip()))
    if memory is not None and domain.find("currentMemory") is None:
        current = copy_of(memory)
        current.tag = "currentMemory"
        domain.append(current)


def tidy_domain(values: dict[str, Any], named: Named, document: etree._Element) -> None:
    """What is said already by other fields, and names of the files in place of a host's."""
    for field_name, inner in (("memory", "size"), ("vcpus", "count")):
        given = values.get(field_name)
        if not isinstance(given, dict):
            continue
        if given.get("max") is not None and given.get("max") == given.get(inner):
            del given["max"]
        if list(given) == [inner]:
            values[field_name] = given[inner]
    for disk in values.get("disks", []):
        _name_login(disk.get("network", {}), named)
        _name_encryption(disk, named)
    if values.get("acpi") or not _has_acpi_by_default(document):
        values.pop("acpi", None)
    container = document.get("type") == "lxc"
    if "console" not in values:
        values.setdefault("console" if container else "serial", [])
    if container:
        for filesystem in values.get("filesystems", []):
            filesystem.pop("driver", None)


def _has_acpi_by_default(document: etree._Element) -> bool:
    """Whether a spec has to say that a guest has none."""
    kind = document.find("os/type")
    arch = kind.get("arch", "x86_64") if kind is not None else "x86_64"
    return document.get("type") in ("kvm", "qemu") and arch in WITH_ACPI


def _name_login(source: dict[str, Any], named: Named) -> None:
    kind = "iscsi" if source.get("protocol") == "iscsi" else "ceph"
    name = named.by_usage.get(f"{kind}:{source.get('secret')}")
    if name:
        source["secret"] = name
    else:
        source.pop("secret", None)
        source.pop("user", None)


def tidy_pool(values: dict[str, Any], named: Named, document: etree._Element) -> None:
    """The Secret of a login by what the files call it."""
    source = values.get("source", {})
    if "auth" in source:
        auth = source["auth"]
        kind = "iscsi" if auth["type"] == "chap" else "ceph"
        name = named.by_usage.get(f"{kind}:{auth['secret']}")
        if name:
            auth["secret"] = name
        else:
            del source["auth"]


def tidy_volume(values: dict[str, Any], named: Named, document: etree._Element) -> None:
    """Without what grows by itself, and the Secret by what the files call it."""
    values.pop("allocation", None)  # it is asked for when a volume is made, and grows by itself
    made = {name: said for name, said in values.pop("qcow2", {}).items() if _USUAL.get(name) != said}
    if made:
        values["qcow2"] = made
    _name_encryption(values, named)


_USUAL = {"compat": "1.1", "clusterSize": "64KiB"}
"""What qemu-img makes of a qcow2 image anyhow."""


def _name_encryption(values: dict[str, Any], named: Named) -> None:
    """The Secret that something is encrypted with by what the files call it."""
    encryption = values.get("encryption")
    if encryption:
        name = named.by_uuid.get(encryption["secret"].lower())
        if name:
            encryption["secret"] = name
        else:
            del values["encryption"]

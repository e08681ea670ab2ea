"""Seeds: what cloud-init, Ignition or an installer reads at the first boot, and how a guest is given it."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from lxml import etree

from specs.diagnostics import Problem
from specs.documents.build import element, root
from specs.documents.targets import TARGET_BUSES, TARGET_PREFIXES, target_names
from specs.identity import NAMESPACE
from specs.reading.yaml import read_documents

Parts = Mapping[str, Any]
"""The contents of a seed by their keys in the files: text or a mapping."""

_ENTRY = "opt/com.coreos/config"
_IDE = {"hda", "hdb", "hdc", "hdd"}


class SeedProblem(ValueError):
    """What is wrong with a part of a seed; it never says what stands in it."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True)
class SeedContent:
    """What a seed's volume holds: files of an ISO image with a label, or else a text."""

    label: str = ""
    files: tuple[tuple[str, str], ...] = ()
    text: str = ""

    @property
    def digest(self) -> str:
        """What tells it from a seed of other content."""
        return _digest([self.label, self.files, self.text])

    def volume(self, domain: str) -> str:
        """The name of the volume: other content is another volume."""
        return f"{domain}-seed-{self.digest[:16]}.{'iso' if self.files else 'ign'}"


def no_cloud(domain: str, parts: Parts) -> SeedContent:
    """The drive of cloud-init's NoCloud data source (its docs, reference/datasources/nocloud)."""
    files = {"user-data": _cloud_config(parts.get("userData", {}))}
    if "networkConfig" in parts:
        files["network-config"] = _yaml(parts["networkConfig"])
    if "vendorData" in parts:
        files["vendor-data"] = _cloud_config(parts["vendorData"])
    given = {"local-hostname": _hostname(domain), **_mapping("metaData", parts.get("metaData", {}))}
    # cloud-init configures a guest anew when its instance-id changes: so it goes with the content.
    meta = {"instance-id": f"{domain}-{_digest([files, given])[:16]}", **given}
    return SeedContent("cidata", _ordered({"meta-data": _yaml(meta), **files}))


def config_drive(domain: str, label: str, parts: Parts, files: Mapping[str, str]) -> SeedContent:
    """A plain drive; one labelled config-2 is OpenStack's (its docs, nova/latest/user/metadata)."""
    if label != "config-2":
        return SeedContent(label, _ordered(files))
    made: dict[str, str] = {}
    if "userData" in parts:
        made["user_data"] = _cloud_config(parts["userData"])
    if "networkConfig" in parts:
        made["network_data.json"] = _json("networkConfig", parts["networkConfig"])
    hostname = _hostname(domain)
    given = {"name": domain, "hostname": hostname, **_mapping("metaData", parts.get("metaData", {}))}
    own = uuid.uuid5(NAMESPACE, _digest([domain, made, given, dict(files)]))
    made["meta_data.json"] = json.dumps({"uuid": str(own), **given}, indent=1)
    return SeedContent(
        label, _ordered({f"openstack/latest/{name}": t for name, t in made.items()} | dict(files))
    )


def ignition(parts: Parts) -> SeedContent:
    """The configuration as it was given, or as JSON."""
    given = parts["config"]
    text = given if isinstance(given, str) else json.dumps(given, indent=1)
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise SeedProblem("config", "this is no JSON (Butane's YAML is converted with `butane`)") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("ignition"), dict):
        raise SeedProblem("config", "this is no Ignition configuration: it has no mapping 'ignition'")
    return SeedContent(text=text)


def render_seed_volume(name: str) -> etree._Element:
    """The document of a seed's volume; its size is that of its content."""
    document = root("volume")
    element(document, "name", name)
    element(element(document, "target"), "format", type_="raw")
    return document


def attach_drive(
    domain: etree._Element, source: Mapping[str, str], scheme: str, bus: str | None, target: str | None
) -> None:
    """Gives a domain the drive: `source` is that of its disk, and without a target it gets the next free
    one."""
    devices = domain.find("devices")
    if devices is None:
        devices = element(domain, "devices")
    taken = {node.get("dev") for node in devices.iterfind("disk/target")}
    bus = bus or (_bus_of(target) if target else _suitable_bus(domain, scheme, full=taken >= _IDE))
    if target is None:
        target = next(name for name in _targets(bus, scheme) if name not in taken)
    kind = "file" if "file" in source else "volume"
    disk = element(devices, "disk", type_=kind, device="cdrom")
    others = devices.findall("disk")
    if len(others) > 1:
        others[-2].addnext(disk)
    element(disk, "source", **source)
    element(disk, "target", dev=target, bus=bus)
    element(disk, "readonly")


def attach_ignition(domain: etree._Element, path: str) -> None:
    """Gives a domain the file under the name at which Ignition looks (formatdomain.html, fwcfg)."""
    sysinfo = domain.find("sysinfo[@type='fwcfg']")
    if sysinfo is None:
        sysinfo = element(domain, "sysinfo", type_="fwcfg")
    element(sysinfo, "entry", name=_ENTRY, file=path)


def _suitable_bus(domain: etree._Element, scheme: str, *, full: bool) -> str:
    """A bus that the machine has for a CD drive; `full` says that its IDE bus has no place."""
    kind = domain.find("os/type")
    text, machine, arch = (
        ((kind.text or "").strip(), kind.get("machine", ""), kind.get("arch", "x86_64"))
        if kind is not None
        else ("hvm", "", "x86_64")
    )
    if scheme == "xen":
        return "ide" if text == "hvm" else "xen"
    if arch not in ("x86_64", "i686"):
        return "scsi"
    # Without a machine libvirt takes pc (virQEMUCapsGetPreferredMachine), which has no SATA of its own.
    ide = not machine or (machine.startswith("pc") and "q35" not in machine)
    return "ide" if ide and not full else "sata"


def _bus_of(target: str) -> str:
    return TARGET_BUSES.get(target.rstrip("0123456789")[:-1], "sata")


def _targets(bus: str, scheme: str) -> Iterator[str]:
    if bus == "ide" and scheme == "xen":
        yield from ("hdc", "hdd")  # hda and hdb are where its guests look for their disks
    yield from target_names(TARGET_PREFIXES[bus])


def _cloud_config(given: Any) -> str:
    return given if isinstance(given, str) else f"#cloud-config\n{_yaml(given)}"


def _yaml(given: Any) -> str:
    if isinstance(given, str):
        return given
    return yaml.safe_dump(given, sort_keys=False, width=10_000)


def _json(part: str, given: Any) -> str:
    if not isinstance(given, str):
        return json.dumps(given, indent=1)
    try:
        json.loads(given)
    except (ValueError, RecursionError):
        raise SeedProblem(part, "this is no JSON") from None
    return given


def _mapping(part: str, given: Any) -> dict[str, Any]:
    """A part that things are added to: YAML, of which JSON is a part."""
    if isinstance(given, str):
        problems: list[Problem] = []
        documents = [document.value for document in read_documents(given, part, problems)]
        given = documents[0] if len(documents) == 1 and not problems else None
    if not isinstance(given, dict):
        raise SeedProblem(part, "this is no YAML with a mapping")
    return given


def _hostname(domain: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", domain)[:63].strip("-.") or "guest"


def _ordered(files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(files.items()))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()

"""Where a guest's disks are plugged in because somebody said so, and where because it was the next place."""

from __future__ import annotations

from lxml import etree

from specs.documents.seating import chosen_by_place
from specs.models.domain import DomainSpec
from specs.xml import parse


def by_place(spec: DomainSpec | None, domain: etree._Element) -> tuple[str, ...]:
    """The targets of a typed domain's disks that neither its fields nor its `xml:` say."""
    if spec is None or spec.xml_file:
        return ()
    seed = spec.cloud_init or spec.config_drive
    said = {disk.target or "" for disk in spec.disks} | {seed.target or "" if seed else ""}
    overlay = parse(spec.xml.strip()) if spec.xml else None
    if overlay is not None:
        said.update(target.get("dev", "") for target in overlay.iterfind("devices/disk/target"))
    return chosen_by_place(domain, said)

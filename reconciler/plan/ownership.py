"""Whose a resource is: the mark in a domain's metadata, the record of everything else."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from drivers.base import Observation
from specs.identity import Kind
from specs.xml import parse
from state.records import Record

NAMESPACE = "urn:virt-reconcile:1"
_OWNER = f"{{{NAMESPACE}}}owner"


@dataclass(frozen=True, slots=True)
class Mark:
    """What we write into the metadata of a domain that we manage."""

    fleet: str
    digest: str
    commit: str = ""
    protect: bool = False

    def element(self) -> etree._Element:
        owner = etree.Element(_OWNER, nsmap={"vr": NAMESPACE})
        owner.set("fleet", self.fleet)
        owner.set("digest", self.digest)
        if self.commit:
            owner.set("commit", self.commit)
        if self.protect:
            owner.set("protect", "true")
        return owner

    def __str__(self) -> str:
        return etree.tostring(self.element(), encoding="unicode")


def read_mark(document: str) -> Mark | None:
    """The mark in a domain's document, if there is one."""
    if NAMESPACE not in document:
        return None
    owner = parse(document).find(f"metadata/{_OWNER}")
    if owner is None:
        return None
    return Mark(
        owner.get("fleet", ""),
        owner.get("digest", ""),
        owner.get("commit", ""),
        owner.get("protect") == "true",
    )


def put_mark(domain: etree._Element, mark: Mark) -> None:
    """Puts the mark into a domain's document, in place of an older one."""
    metadata = domain.find("metadata")
    if metadata is None:
        metadata = etree.SubElement(domain, "metadata")
    for old in metadata.findall(_OWNER):
        metadata.remove(old)
    metadata.append(mark.element())


def owner(observation: Observation, record: Record | None, fleet: str) -> str:
    """The fleet that an object belongs to; '' when it is nobody's.

    A domain says so itself; of the other kinds the record does.
    """
    if observation.kind is Kind.DOMAIN:
        mark = read_mark(observation.document)
        return mark.fleet if mark else ""
    return fleet if record else ""

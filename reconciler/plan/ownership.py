"""Whose an object is: the mark in a domain's metadata, the record of everything else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from drivers.base import Observation
from specs.desired import FleetPolicy
from specs.identity import Kind
from specs.xml import parse
from state.records import Record

NAMESPACE = "urn:virt-reconcile:1"
_OWNER = f"{{{NAMESPACE}}}owner"


@dataclass(frozen=True, slots=True)
class Mark:
    """What we write into the metadata of a domain that we manage.

    `uuid` and `name` are the domain's own when it was marked: a copy made with `virsh dumpxml` and `define`
    has another UUID, and what was renamed on the host another name. A mark of an older version has neither.
    """

    fleet: str
    digest: str
    commit: str = ""
    protect: bool = False
    fleet_uuid: str = ""
    uuid: str = ""
    name: str = ""

    def element(self) -> etree._Element:
        owner = etree.Element(_OWNER, nsmap={"vr": NAMESPACE})
        owner.set("fleet", self.fleet)
        owner.set("digest", self.digest)
        for name, value in (
            ("commit", self.commit),
            ("protect", "true" if self.protect else ""),
            ("fleet-uuid", self.fleet_uuid),
            ("uuid", self.uuid),
            ("name", self.name),
        ):
            if value:
                owner.set(name, value)
        return owner

    def says_as(self, other: Mark) -> bool:
        """Whether both tell the same owner of the same domain, whatever was declared of it."""
        return replace(self, digest="", commit="") == replace(other, digest="", commit="")

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
        owner.get("fleet-uuid", ""),
        owner.get("uuid", "").lower(),
        owner.get("name", ""),
    )


def own_mark(observation: Observation) -> Mark | None:
    """The mark that was made for this very domain: one that came along with a copy is none."""
    mark = read_mark(observation.document)
    return None if mark and mark.uuid and mark.uuid != observation.uuid else mark


def put_mark(domain: etree._Element, mark: Mark) -> None:
    """Puts the mark into a domain's document, in place of an older one, with that domain's identity."""
    metadata = domain.find("metadata")
    if metadata is None:
        metadata = etree.SubElement(domain, "metadata")
    for old in metadata.findall(_OWNER):
        metadata.remove(old)
    uuid, name = (domain.findtext("uuid") or "").strip().lower(), (domain.findtext("name") or "").strip()
    metadata.append(replace(mark, uuid=uuid, name=name).element())


def belongs(mark: Mark, fleet: FleetPolicy) -> bool:
    """Whether a mark is of that fleet. Where one of both says no UUID, the name has to do."""
    return mark.fleet == fleet.name and (
        not mark.fleet_uuid or not fleet.uuid or mark.fleet_uuid == fleet.uuid
    )


def is_ours(observation: Observation, record: Record | None, fleet: FleetPolicy) -> bool:
    """Whether an object is the fleet's.

    A domain says so itself; of the other kinds the record does, as long as it is of this very object.
    """
    if observation.kind is Kind.DOMAIN:
        mark = own_mark(observation)
        return mark is not None and belongs(mark, fleet)
    return record is not None and record.uuid in ("", observation.uuid)

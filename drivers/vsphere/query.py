"""The property collector: many properties of many objects for one request, a page at a time.

PropertyCollector.RetrievePropertiesEx, PropertyFilterSpec, TraversalSpec
(https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from drivers.base.errors import Refused
from drivers.vsphere.session import Ref, VsphereSession
from drivers.vsphere.soap import Element, child, children, tag, text


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One object, with the values of those properties that it has."""

    ref: Ref
    values: Mapping[str, Element]

    def text(self, name: str) -> str:
        """A property as text; '' where it has none."""
        value = self.values.get(name)
        return "" if value is None else (value.text or "")

    def ref_at(self, name: str) -> Ref:
        """The object that a property names; ('', '') where it names none."""
        value = self.values.get(name)
        return next(iter(refs_in(value)), ("", ""))


Wanted = Mapping[str, tuple[str, ...]]
"""Type of object → the properties that are asked for."""

_WALK = (
    ("folder", "Folder", "childEntity", ("folder", "machines", "stores", "computes", "networks", "hosts")),
    ("machines", "Datacenter", "vmFolder", ("folder",)),
    ("stores", "Datacenter", "datastoreFolder", ("folder",)),
    ("computes", "Datacenter", "hostFolder", ("folder",)),
    ("networks", "Datacenter", "networkFolder", ("folder",)),
    ("hosts", "ComputeResource", "host", ("systems",)),
    ("systems", "HostSystem", "configManager.networkSystem", ()),
)
"""Ways from one object to others: a name, the type of object, its property, and the ways that go on."""


def below(session: VsphereSession, root: Ref, wanted: Wanted) -> Iterator[FoundObject]:
    """Everything of those types below a folder or datacenter, as far as it can be reached from there."""
    return _retrieve(session, f"<specSet>{_spec(wanted, _from(root))}</specSet>")


def filter_below(root: Ref, wanted: Wanted) -> str:
    """The same, as a filter that tells of changes (PropertyCollector.CreateFilter)."""
    return f"<spec>{_spec(wanted, _from(root))}</spec>"


def these(session: VsphereSession, refs: Iterable[Ref], wanted: Wanted) -> Iterator[FoundObject]:
    """Properties of objects that are known; those that are gone are left out."""
    objects = "".join(
        f'<objectSet><obj type="{escape(type_)}">{escape(id_)}</obj></objectSet>' for type_, id_ in refs
    )
    if not objects:
        return iter(())
    return _retrieve(session, f"<specSet>{_spec(wanted, objects)}</specSet>")


def one(session: VsphereSession, ref: Ref, *properties: str) -> FoundObject:
    """Properties of one object. Raises NotFound when it is gone."""
    for found in these(session, [ref], {ref[0]: properties}):
        return found
    raise Refused(f"the server does not describe {ref[1]}")


def _spec(wanted: Wanted, objects: str) -> str:
    """A PropertyFilterSpec: which properties, of which objects."""
    sets = "".join(
        f"<propSet><type>{type_}</type><all>false</all>"
        + "".join(f"<pathSet>{path}</pathSet>" for path in paths)
        + "</propSet>"
        for type_, paths in wanted.items()
    )
    return f"{sets}{objects}<reportMissingObjectsInResults>true</reportMissingObjectsInResults>"


def _from(root: Ref) -> str:
    walks = "".join(_traversal(*walk) for walk in _WALK)
    start = f'<obj type="{escape(root[0])}">{escape(root[1])}</obj><skip>false</skip>{walks}'
    return f"<objectSet>{start}</objectSet>"


def _retrieve(session: VsphereSession, spec: str) -> Iterator[FoundObject]:
    """Pages of what a filter finds; the server decides how large they are."""
    collector = session.service.manager("propertyCollector")
    page = session.ask("RetrievePropertiesEx", collector, f"{spec}<options/>")
    while True:
        result = child(page, "returnval")
        yield from (_found(each) for each in children(result, "objects"))
        token = text(result, "token")
        if not token:
            return
        page = session.ask("ContinueRetrievePropertiesEx", collector, f"<token>{escape(token)}</token>")


def refs_in(value: Element | None) -> list[Ref]:
    """The objects that a value names: one reference, or a list of them."""
    if value is None:
        return []
    if value.get("type"):
        return [(str(value.get("type")), value.text or "")]
    return [(str(each.get("type")), each.text or "") for each in value if each.get("type")]


def _found(element: Element) -> FoundObject:
    values = {}
    ref = ("", "")
    for each in element:
        name = tag(each)
        if name == "propSet":
            values[each[0].text or ""] = each[1]
        elif name == "obj":
            ref = (str(each.get("type")), each.text or "")
    return FoundObject(ref, values)


def _traversal(name: str, type_: str, path: str, selected: tuple[str, ...]) -> str:
    further = "".join(f"<selectSet><name>{each}</name></selectSet>" for each in selected)
    return (
        f'<selectSet xsi:type="TraversalSpec"><name>{name}</name><type>{type_}</type><path>{path}</path>'
        f"<skip>false</skip>{further}</selectSet>"
    )

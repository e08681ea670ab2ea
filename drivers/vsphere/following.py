"""A filter of the property collector, and what its updates mean."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from drivers.base import Change, Happening
from drivers.vsphere import query
from drivers.vsphere.session import Ref
from drivers.vsphere.site import VsphereSite
from drivers.vsphere.soap import Element, child, children, tag, text
from drivers.vsphere.words import plain_name
from specs.identity import Kind

_WATCHED = {
    "VirtualMachine": ("name", "runtime.powerState", "config.modified", "config.changeVersion"),
    "Network": ("name",),
    "DistributedVirtualPortgroup": ("name",),
    "Datastore": ("name",),
}
_KINDS = {
    "VirtualMachine": Kind.DOMAIN,
    "Network": Kind.NETWORK,
    "DistributedVirtualPortgroup": Kind.NETWORK,
    "Datastore": Kind.STORAGE_POOL,
}
_SECONDS = 20
"""How long one question waits; then it is asked again, so that a server that is gone is noticed."""


class UpdateFilter:
    """Of one subscriber: a property collector of his own, and the names of what it tells of."""

    def __init__(self, site: VsphereSite) -> None:
        """Asks nothing yet."""
        self._site, self._session = site, site.session
        self._collector: Ref = ("", "")
        self._version = ""
        self._names: dict[Ref, str] = {}
        self._power: dict[Ref, str] = {}

    def begin(self) -> None:
        """Everything that is there now is known; what comes later is news."""
        made = self._session.do("CreatePropertyCollector", self._session.service.manager("propertyCollector"))
        self._collector = query.refs_in(child(made, "returnval"))[0]
        spec = query.filter_below(self._site.datacenter, _WATCHED)
        self._session.do("CreateFilter", self._collector, f"{spec}<partialUpdates>false</partialUpdates>")
        while True:
            updates = self._asked(0)
            for each in _objects(updates):
                self._learn(each)
            if text(updates, "truncated") != "true":
                return

    def wait(self) -> list[Change]:
        """What has changed since; nothing after a while."""
        return [change for each in _objects(self._asked(_SECONDS)) for change in self._told(each)]

    def end(self) -> None:
        """The server forgets the collector; a question that waits ends."""
        self._session.do("DestroyPropertyCollector", self._collector)

    def _asked(self, seconds: int) -> Element | None:
        options = f"<options><maxWaitSeconds>{seconds}</maxWaitSeconds></options>"
        body = f"<version>{escape(self._version)}</version>{options}"
        answer = self._session.do("WaitForUpdatesEx", self._collector, body, patience=seconds + 40.0)
        updates = child(answer, "returnval")
        if updates is not None:
            self._version = text(updates, "version")
        return updates

    def _learn(self, update: Element) -> None:
        found = child(update, "obj")
        if found is None:
            return
        ref = str(found.get("type")), found.text or ""
        for each in children(update, "changeSet"):
            value = text(each, "val")
            if text(each, "name") == "name":
                self._names[ref] = plain_name(value)
            elif text(each, "name") == "runtime.powerState":
                self._power[ref] = value

    def _told(self, update: Element) -> Iterator[Change]:
        found = child(update, "obj")
        if found is None or str(found.get("type")) not in _KINDS:
            return
        ref, how = (str(found.get("type")), found.text or ""), text(update, "kind")
        kind, before = _KINDS[ref[0]], self._power.get(ref, "poweredOff")
        was = self._names.get(ref, "")
        self._learn(update)
        name = self._names.get(ref, "")
        if how == "leave":
            self._power.pop(ref, None)
            yield Change(kind, self._names.pop(ref, ""), Happening.REMOVED)
        elif how == "enter":
            yield Change(kind, name, Happening.DEFINED)
            if self._power.get(ref) == "poweredOn":
                yield Change(kind, name, Happening.STARTED)
        else:
            changed = {text(each, "name") for each in children(update, "changeSet")}
            if "runtime.powerState" in changed:
                yield Change(kind, name, _HAPPENED.get((before, self._power[ref]), Happening.CHANGED))
            if was and was != name:
                yield Change(kind, was, Happening.REMOVED, "renamed")
            if changed - {"runtime.powerState"}:
                yield Change(kind, name, Happening.CHANGED)


_HAPPENED = {
    ("poweredOff", "poweredOn"): Happening.STARTED,
    ("suspended", "poweredOn"): Happening.RESUMED,
    ("poweredOn", "poweredOff"): Happening.STOPPED,
    ("suspended", "poweredOff"): Happening.STOPPED,
    ("poweredOn", "suspended"): Happening.PAUSED,
}


def _objects(updates: Element | None) -> list[Element]:
    return [
        each
        for filter_ in children(updates, "filterSet")
        for each in children(filter_, "objectSet")
        if tag(each) == "objectSet"
    ]

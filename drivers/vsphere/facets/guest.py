"""Asking running guests, by VMware Tools."""

from __future__ import annotations

from drivers.base import AddressSource, Console, GuestAddress
from drivers.base.errors import Refused, Unsupported
from drivers.vsphere import query
from drivers.vsphere.query import FoundObject
from drivers.vsphere.site import VsphereSite
from drivers.vsphere.soap import children, text
from specs.desired import PowerState


class VsphereGuests:
    """drivers.base.Guests."""

    def __init__(self, site: VsphereSite) -> None:
        """Within the scope of a site."""
        self._site = site

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """What VMware Tools tell (GuestNicInfo); nobody else knows a guest's addresses."""
        running, tools, seen = self._asked(name)
        if not running:
            raise Refused(f"'{name}' does not run")
        if source is not AddressSource.AGENT or not tools:
            raise Unsupported(
                f"{source} knows no addresses of '{name}'", "VMware Tools, if they run, are the agent"
            )
        return tuple(
            GuestAddress(text(nic, "macAddress").lower(), address.text or "", source)
            for nic in children(seen.values.get("guest.net"))
            for address in children(nic, "ipAddress")
        )

    def agent_answers(self, name: str) -> bool:
        """Whether VMware Tools run."""
        running, tools, _ = self._asked(name)
        return running and tools

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """vSphere has no serial console over its API."""
        self._site.writable(f"type into the console of '{name}'")
        self._site.guest(name)
        raise Unsupported("vSphere has no serial console over its API")

    def _asked(self, name: str) -> tuple[bool, bool, FoundObject]:
        guest = self._site.guest(name)
        seen = query.one(self._site.session, guest.ref, "guest.toolsRunningStatus", "guest.net")
        tools = seen.text("guest.toolsRunningStatus") == "guestToolsRunning"
        return guest.power is PowerState.RUNNING, tools, seen

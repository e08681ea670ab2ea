"""A vCenter or an ESX as an endpoint, and what its hosts are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.base import Capabilities, MachineType, Offer
from drivers.vsphere import query
from drivers.vsphere.facets.guest import VsphereGuests
from drivers.vsphere.facets.lifecycle import VsphereLifecycle
from drivers.vsphere.facets.move import VsphereMover
from drivers.vsphere.facets.observe import VsphereObserver
from drivers.vsphere.facets.storage import VsphereStorage
from drivers.vsphere.facets.watch import VsphereWatcher
from drivers.vsphere.session import VsphereSession
from drivers.vsphere.site import VsphereSite
from drivers.vsphere.uri import VsphereSettings, parse_vsphere
from specs.identity import Kind

_KINDS = frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME})
_FACTS = ("hardware.cpuInfo.numCpuThreads", "hardware.memorySize", "summary.quickStats.overallMemoryUsage")


class VsphereHost:
    """What a fleet means by one Host (drivers.base.Host): a datacenter, a cluster, or one ESX."""

    live = None  # a machine has one document: define changes what runs
    snapshots = None
    logs = None

    def __init__(self, site: VsphereSite, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self.uri = site.settings.uri
        self._site = site
        self.observe = VsphereObserver(site, called)
        self.watch = VsphereWatcher(site)
        self.lifecycle = VsphereLifecycle(site)
        self.storage = VsphereStorage(site)
        self.guest = VsphereGuests(site)
        self.move = VsphereMover(site)

    def capabilities(self) -> Capabilities:
        """What the hosts of the scope have together."""
        site = self._site
        hosts = list(query.these(site.session, site.estate(anew=True).hosts, {"HostSystem": _FACTS}))
        memory = sum(int(each.text(_FACTS[1]) or 0) for each in hosts) // 1024
        used = sum(int(each.text(_FACTS[2]) or 0) for each in hosts) * 1024
        return Capabilities(
            family="vsphere",
            version=site.session.service.version,
            domain_types=("vmware",),
            os_types=("hvm",),
            arch="x86_64",
            kinds=_KINDS,
            cpus=sum(int(each.text(_FACTS[0]) or 0) for each in hosts),
            memory_kib=memory,
            memory_free_kib=max(0, memory - used),
        )

    def offers(self, machine: MachineType) -> Offer:
        """What is not on the list of the capability matrix is refused there already."""
        return {}

    def close(self) -> None:
        """Closes the session, which is this host's own."""
        self.watch.close()
        self._site.session.close()


class VsphereEndpoint:
    """A vCenter with all its hosts, or a lone ESX (drivers.base.Endpoint)."""

    def __init__(self, settings: VsphereSettings, *, readonly: bool, credentials: Mapping[str, str]) -> None:
        """Nothing is asked yet."""
        self.uri = settings.uri
        self._settings, self._readonly, self._credentials = settings, readonly, credentials
        self._opened: list[VsphereHost] = []

    def hosts(self) -> tuple[str, ...]:
        """The names of the ESX hosts."""
        site = self._site(self._settings)
        try:
            return tuple(each.name for each in site.estate().hosts.values())
        finally:
            site.session.close()

    def host(self, called: str, member: str = "") -> VsphereHost:
        """What the URI means, or one ESX host of it. Raises NotFound where it is not there, Unreachable where
        nobody answers or we are not let in."""
        site = self._site(replace(self._settings, member=member) if member else self._settings)
        try:
            site.estate()
        except BaseException:
            site.session.close()
            raise
        host = VsphereHost(site, called)
        self._opened.append(host)
        return host

    def close(self) -> None:
        """Closes every host that was opened."""
        for host in self._opened:
            host.close()

    def _site(self, settings: VsphereSettings) -> VsphereSite:
        return VsphereSite(settings, VsphereSession(settings, self._credentials), self._readonly)


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> VsphereEndpoint:
    """What a `vsphere:` URI leads to."""
    return VsphereEndpoint(parse_vsphere(uri), readonly=readonly, credentials=credentials)

"""A machine with VMware Workstation, Player or Fusion, as far as one folder goes."""

from __future__ import annotations

from collections.abc import Callable

from drivers.base import Capabilities, MachineType, Offer
from drivers.base.errors import NotFound
from drivers.native.commands import Commands
from drivers.vmware.facets.guest import DesktopGuests
from drivers.vmware.facets.lifecycle import DesktopLifecycle
from drivers.vmware.facets.observe import DesktopObserver
from drivers.vmware.facets.storage import DesktopStorage
from drivers.vmware.session import DesktopSession
from drivers.vmware.uri import DesktopAddress
from specs.identity import Kind

_MEASURE = r"""
uname -m
getconf _NPROCESSORS_ONLN
awk '/^MemTotal:|^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || sysctl -n hw.memsize
"""


class DesktopHost:
    """One host (drivers.base.Host). Nothing tells of changes, changes while it runs, or moves:
    VMware's commands do none of these."""

    watch = None
    live = None
    move = None
    snapshots = None
    logs = None

    def __init__(self, session: DesktopSession) -> None:
        """Over a session of its own."""
        self.uri = session.address.uri
        self._session = session
        self.observe = DesktopObserver(session)
        self.lifecycle = DesktopLifecycle(session)
        self.storage = DesktopStorage(session)
        self.guest = DesktopGuests(session)

    def greet(self) -> None:
        """The first call, in which the host shows that it answers."""
        assert self._session.version
        self._session.look()

    def capabilities(self) -> Capabilities:
        """What it offers; the memory is the machine's."""
        self._session.look()
        lines = self._session.commands.run(_MEASURE, repeatable=True).text.split()
        arch = {"arm64": "aarch64"}.get(lines[0], lines[0]) if lines else "x86_64"
        numbers = [int(line) for line in lines[1:] if line.isdecimal()]
        cpus, memory, free = [*numbers, 0, 0, 0][:3]
        return Capabilities(
            family="vmx",
            version=self._session.version,
            domain_types=("vmware",),
            os_types=("hvm",),
            arch=arch,
            kinds=frozenset({Kind.DOMAIN, Kind.STORAGE_POOL, Kind.VOLUME}),
            cpus=cpus,
            memory_kib=memory,
            memory_free_kib=free,
        )

    def offers(self, machine: MachineType) -> Offer:
        """Nothing that it would refuse any other for: the matrix says what a VMware machine has."""
        return {}

    def close(self) -> None:
        """Ends all later calls."""
        self._session.close()


class DesktopEndpoint:
    """A folder of machines (drivers.base.Endpoint), which is the one host that it leads to."""

    def __init__(
        self, address: DesktopAddress, commands: Callable[[], Commands], *, readonly: bool = False
    ) -> None:
        """Opens nothing yet."""
        self.uri = address.uri
        self._address, self._commands, self._readonly = address, commands, readonly
        self._opened: list[DesktopHost] = []

    def hosts(self) -> tuple[str, ...]:
        """The machine alone."""
        return (self._address.host or "localhost",)

    def host(self, called: str, member: str = "") -> DesktopHost:
        """The host. Raises Unreachable where there is no vmrun, or no such folder."""
        if member and member not in self.hosts():
            raise NotFound(f"{self.uri} leads to no host '{member}'", f"there is {self.hosts()[0]}")
        session = DesktopSession(self._address, self._commands(), called=called, readonly=self._readonly)
        host = DesktopHost(session)
        host.greet()
        self._opened.append(host)
        return host

    def close(self) -> None:
        """Closes what was opened."""
        for host in self._opened:
            host.close()

"""VirtualBox of one user on one machine (drivers.base.Host)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Capabilities, MachineType, Offer
from drivers.base.errors import NotFound
from drivers.base.machine import machine_identity
from drivers.vbox.lifecycle import VBoxLifecycle
from drivers.vbox.manage import VBoxManage
from drivers.vbox.move import VBoxMover
from drivers.vbox.observe import VBoxObserver
from drivers.vbox.storage import VBoxStorage
from drivers.vbox.uri import commands_of
from specs.identity import Kind

_WHO = 'cat /etc/machine-id 2>/dev/null || hostname; id -un; printf %s "$VBOX_USER_HOME"; echo; hostname'
_CHIPSETS = ("piix3", "ich9")


class VBoxHost:
    """Without events, and without guests to ask: VBoxManage has no such thing for every guest. What runs is
    changed by its definition, of which VirtualBox has but one."""

    watch = None
    live = None
    snapshots = None
    logs = None
    guest = None

    def __init__(self, manage: VBoxManage, called: str, identity: str) -> None:
        """`called` is what the fleet calls the host."""
        self.uri = manage.uri
        self._manage = manage
        self.observe = VBoxObserver(manage, called, identity)
        self.lifecycle = VBoxLifecycle(manage, self.observe)
        self.storage = VBoxStorage(manage, self.observe)
        self.move = VBoxMover(manage, self.observe)

    def capabilities(self) -> Capabilities:
        """What the host can do."""
        said = self._manage.look("list", "hostinfo")
        ifaces = self._manage.look("list", "bridgedifs")
        return Capabilities(
            family="vbox",
            version=self.observe.version,
            domain_types=("vbox",),
            os_types=("hvm",),
            arch="x86_64",
            machines={f"x86_64/{chipset}": chipset for chipset in _CHIPSETS},
            kinds=frozenset({Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME}),
            cpus=_number(said, r"Processor online count:\s*(\d+)"),
            memory_kib=_number(said, r"Memory size:\s*(\d+) MByte") * 1024,
            memory_free_kib=_number(said, r"Memory available:\s*(\d+) MByte") * 1024,
            machine_types=frozenset(f"x86_64/{chipset}" for chipset in _CHIPSETS),
            interfaces=frozenset(re.findall(r"^Name:\s+(\S+)", ifaces, re.MULTILINE)),
        )

    def offers(self, machine: MachineType) -> Offer:
        """Nothing beyond what the family's list of allowed values says."""
        return {}

    def close(self) -> None:
        """Lets go of the machine."""
        self._manage.commands.close()


class VBoxEndpoint:
    """VirtualBox of one user on one machine (drivers.base.Endpoint)."""

    def __init__(
        self, uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Asks at once who answers."""
        self.uri = uri
        self._manage = VBoxManage(commands_of(uri, credentials), uri, readonly=readonly)
        machine, user, home, self._name = self._manage.shell(_WHO, changes=False).decode().split("\n")[:4]
        where = ":".join(filter(None, (user, home)))
        self._identity = machine_identity(f"vbox/{where}", machine)

    def hosts(self) -> tuple[str, ...]:
        """The machine, by its own host name."""
        return (self._name,)

    def host(self, called: str, member: str = "") -> VBoxHost:
        """The host; NotFound when it is another one than `member`."""
        if member and member != self._name:
            raise NotFound(f"{self.uri} is not the host {member}")
        return VBoxHost(self._manage, called, self._identity)

    def close(self) -> None:
        """Lets go of the machine."""
        self._manage.commands.close()


def _number(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0

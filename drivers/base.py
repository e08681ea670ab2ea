"""One protocol, many hypervisors: what is, and the verbs that change it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from specs.desired import PowerState, StopPolicy
from specs.guests import MigrationPolicy
from specs.identity import Kind

_UUID = re.compile(r"<uuid>\s*([0-9a-fA-F-]{32,36})\s*</uuid>")
"""Of the elements of that name, an object's own comes first."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a hypervisor reports of one object.

    `name` is the hypervisor's own name for it (`specs.desired.Declared.native`). `document` is the
    persistent document (the live one of a transient object); `live` the live document of an active
    domain or network, None otherwise. `power` and `autostart` are None for kinds that have none.
    `has_value` is meant for secrets; None where the driver cannot tell.
    """

    kind: Kind
    name: str
    document: str
    live: str | None = None
    power: PowerState | None = None
    autostart: bool | None = None
    persistent: bool = True
    has_value: bool | None = None

    @property
    def uuid(self) -> str:
        """The object's own UUID, in lower case; '' for a volume, which has none."""
        found = None if self.kind is Kind.VOLUME else _UUID.search(self.document)
        return found[1].lower() if found else ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """One observation pass over a host.

    `version` names the hypervisor and its libvirt ('libvirt 9.0.0, QEMU 7.2.22'): while it stays the
    same, an undeclared value that changed was changed by somebody. `failures` are objects that exist
    and could not be read (name → message): never to be taken for absent. `identity` tells this machine's
    hypervisor from every other, whatever name or URI it is reached by; '' where it cannot tell.
    """

    host: str
    version: str
    objects: Mapping[tuple[Kind, str], Observation]
    failures: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a host can do, as far as comparing and completing documents needs it.

    `family` is libvirt's driver name in lower case (qemu, lxc, xen, test, bhyve, esx, vbox, …), `sim`
    for the simulated one. `domain_types` are in order of preference (kvm before qemu). `machines` maps
    '<arch>/<alias>' to the canonical machine type. `kinds` are the kinds that the host can hold.
    """

    family: str
    version: str
    domain_types: tuple[str, ...]
    os_types: tuple[str, ...]
    arch: str
    machines: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[Kind] = frozenset()
    cpus: int = 0
    memory_kib: int = 0
    emulators: Mapping[str, str] = field(default_factory=dict)
    memory_free_kib: int = 0


class Content(Protocol):
    """Bytes that a volume is filled with, most of which may be holes; may be read several times."""

    @property
    def size(self) -> int:
        """Bytes from the first to the last, holes included."""

    def pieces(self) -> Iterator[bytes | int]:
        """From the beginning: data as bytes (at most 256 KiB at once), a hole as its length in bytes."""


class AddressSource(StrEnum):
    """Who tells a guest's addresses (virDomainInterfaceAddressesSource)."""

    LEASE = "lease"
    AGENT = "agent"
    ARP = "arp"


@dataclass(frozen=True, slots=True)
class GuestAddress:
    """One address of a running guest: its MAC in lower case, the address without prefix length."""

    mac: str
    address: str
    source: AddressSource


class Console(Protocol):
    """A guest's serial console, both ways. `read` waits for bytes; b'' when it has ended."""

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Move:
    """How a domain is moved to another host.

    `live`: while it runs; else it is stopped and only its definition moves. `document` is the definition
    that it gets there ('' leaves it as it is). `address` is what the destination is reached by ('' lets
    libvirt decide). `copied_disks` are the targets of the disks whose content is copied along; their
    volumes stand at the destination already. `bandwidth` is the lower of both hosts' limits and the
    policy's, in MiB/s, 0 for none.
    """

    live: bool
    policy: MigrationPolicy = MigrationPolicy()
    document: str = ""
    address: str = ""
    copied_disks: tuple[str, ...] = ()
    bandwidth: int = 0


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """How far a live move is, in bytes; both 0 while it is not known."""

    remaining: int
    total: int


class NetworkSection(StrEnum):
    """The parts of an active network that virNetworkUpdate can change (virNetworkUpdateSection)."""

    DHCP_HOST = "ip-dhcp-host"
    DHCP_RANGE = "ip-dhcp-range"
    FORWARD_INTERFACE = "forward-interface"
    PORTGROUP = "portgroup"
    DNS_HOST = "dns-host"
    DNS_TXT = "dns-txt"
    DNS_SRV = "dns-srv"


class SectionCommand(StrEnum):
    """What is done to one entry of a section (virNetworkUpdateCommand)."""

    ADD = "add"
    DELETE = "delete"
    MODIFY = "modify"


class Driver(Protocol):
    """A connection to one host.

    Every method is synchronous, may be called from several threads at once, and raises only
    `drivers.errors`. A connection opened read-only refuses every verb. `name` is
    `Observation.name` everywhere.
    """

    uri: str

    def observe(self) -> Inventory:
        """Everything on the host, in one pass with as few calls as the hypervisor allows."""

    def observe_one(self, kind: Kind, name: str) -> Observation | None:
        """One object read again; None when it does not exist."""

    def capabilities(self) -> Capabilities:
        """What the host can do; asked for only when something has to be compared or created."""

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates the object from its document, or redefines it in place (same UUID).

        For a volume: creates it (`name` is 'pool/name'); an existing one is refused.
        A failed redefinition leaves the old definition in force.
        """

    def undefine(self, kind: Kind, name: str, *, uuid: str = "", keep_state: bool = False) -> None:
        """Removes the definition of an inactive object, with what belongs to the definition alone
        (NVRAM, managed save, snapshot and checkpoint metadata). For a volume: deletes its data. With
        `uuid`, Refused when another object has the name.

        With `keep_state`, a domain's NVRAM and TPM state stay: they may lie on storage from where the
        same guest uses them on another host."""

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts a domain (paused if asked), network or pool; already active is no error."""

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Stops a domain gracefully by the policy's methods until its deadline, by force only if the
        policy says so (else Refused, guest left running); a network or pool at once. With `uuid`, Refused
        when another object has the name.
        Already inactive is no error."""

    def suspend(self, name: str) -> None:
        """Pauses a running domain; already paused is no error."""

    def resume(self, name: str) -> None:
        """Lets a paused domain run; already running is no error."""

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Sets whether a domain, network or pool starts with its host."""

    def set_metadata(self, name: str, mark: str) -> None:
        """Puts our ownership mark (an element in our namespace) into a domain's metadata: persistent,
        and live when it runs."""

    def attach_device(self, name: str, device: str) -> None:
        """Plugs a device into a running domain, live only (the definition holds it already)."""

    def detach_device(self, name: str, device: str) -> None:
        """Unplugs a device from a running domain, live only, and waits until it is gone; Refused
        when the guest does not let go in time."""

    def update_device(self, name: str, device: str) -> None:
        """Changes a device of a running domain in place, live only."""

    def set_memory(self, name: str, kib: int) -> None:
        """Balloons a running domain, live only, and waits until the guest has followed; Refused when it
        does not in time."""

    def set_vcpus(self, name: str, count: int) -> None:
        """Changes how many virtual CPUs of a running domain are plugged in, live only."""

    def set_text(self, name: str, field: str, value: str) -> None:
        """Sets a running domain's `title` or `description`, live only; '' removes it."""

    def tune(self, name: str, path: str, value: str) -> None:
        """Sets a tunable of a running domain, live only: `path` is a difference's path, such as
        'cputune/shares' or 'devices/disk[vda]/iotune/total_iops_sec'; Unsupported for any other."""

    def update_network(
        self, name: str, section: NetworkSection, command: SectionCommand, xml: str, parent: int = -1
    ) -> None:
        """Changes one entry of an active network, live only (virNetworkUpdate); `parent` is the index
        of the <ip> element where the section has one."""

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes the target of an inactive pool ready (directory, file system, label, volume group)."""

    def refresh_pool(self, name: str) -> None:
        """Makes an active pool look at its volumes again."""

    def resize_volume(self, name: str, capacity: int) -> None:
        """Grows a volume to `capacity` bytes; through the running guest that has it open, if any."""

    def upload_volume(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes a volume's bytes from its beginning (virStorageVolUpload); `progress` is told how many
        bytes are through, holes included. Returns when the hypervisor has all of them and has looked at
        the volume again. What was written is undefined when it raises, and so is what holes cover in a
        volume that was written to before."""

    def download_volume(self, name: str) -> Iterator[bytes | int]:
        """A volume's bytes, in the same pieces."""

    def clone_volume(self, name: str, document: str, source: str) -> None:
        """Creates a volume as a whole copy of another ('pool/name') of the same host."""

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        """A running guest's addresses as that source knows them, without loopback; () when it knows none,
        Unsupported where it is not to be had."""

    def agent_answers(self, name: str) -> bool:
        """Whether the guest's agent answers now; False when it has none. A connection that cannot write
        may tell no more than whether the agent has connected."""

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        """Attaches to a running guest's console ('' is the first); Refused when it has none, or when
        somebody else is attached and `force` does not throw them out."""

    def cpu_problem(self, domain: str) -> str:
        """Why the host cannot give a guest the CPU of that live domain document; '' when it can
        (virConnectCompareHypervisorCPU)."""

    def move_domain(
        self,
        name: str,
        destination: Driver,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        """Moves a domain to a host of the same driver: afterwards it is defined (and runs, if it did)
        there, and no more here. Raises Refused when it did not go, and it runs (or stands) here as before;
        Unreachable when nobody can tell. `cancel` aborts a live move. What ends by the policy's time-out
        is always Refused: it is not to be tried again."""

    def set_secret_value(self, name: str, value: bytes) -> None:
        """Gives a secret its value."""

    def secret_value(self, name: str) -> bytes | None:
        """A secret's value where the hypervisor gives it out; None where it does not."""

    def close(self) -> None:
        """Closes the connection; further calls raise Unreachable."""

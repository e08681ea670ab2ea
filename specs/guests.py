"""What is asked of a guest besides its document: readiness, placement, how it may move. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """When a started guest counts as ready: `agent` answers, `lease` (it has an address), or `tcp` (it
    accepts connections on `port`), within `timeout` seconds."""

    method: str
    port: int = 0
    timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class HostSelector:
    """Chooses hosts: by name patterns, or by labels that must all match; an empty one chooses all."""

    names: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a domain may run when its file names no host.

    `spread` is a host label over whose values equal domains (those with the same spread and labels
    `group`) are spread; `affinity` and `anti_affinity` are domain selectors ('label=value' or names)
    that share, or never share, its host. A higher `priority` is placed first.
    """

    hosts: HostSelector = HostSelector()
    spread: str = ""
    group: tuple[tuple[str, str], ...] = ()
    affinity: tuple[str, ...] = ()
    anti_affinity: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """What a guest takes of its host: virtual CPUs and memory in KiB."""

    cpus: int = 0
    memory_kib: int = 0


@dataclass(frozen=True, slots=True)
class MigrationPolicy:
    """How a running guest may be moved (virDomainMigrate3).

    `mode` is managed (this program relays), peer-to-peer or tunnelled. `storage` is shared (nothing is
    copied), copy, or '' where nobody said it of files that lie in no pool. `bandwidth` is in MiB/s and
    `downtime` in milliseconds, 0 for the hypervisor's own. After `timeout` seconds (0: never) `on_timeout`
    happens: abort, force (the guest is paused until it is over) or post-copy.
    """

    mode: str = "managed"
    storage: str = "shared"
    post_copy: bool = False
    auto_converge: bool = False
    compressed: bool = False
    parallel: int = 0
    bandwidth: int = 0
    downtime: int = 0
    timeout: float = 0.0
    on_timeout: str = "abort"
    allow: str = "live"
    """live: a running guest moves while it runs; stopped: only a stopped one is moved; never."""


@dataclass(frozen=True, slots=True)
class HostCapacity:
    """What a host has to give: None is as observed. `overcommit` factors are what a physical CPU or a
    byte of memory may be promised for; `reserved_kib` stays the host's own."""

    cpus: int | None = None
    memory_kib: int | None = None
    overcommit_cpus: float = 4.0
    overcommit_memory: float = 1.0
    reserved_kib: int = 0


@dataclass(frozen=True, slots=True)
class HostMigration:
    """How guests come to a host: the address others reach it by ('' for its own name), MiB/s at most
    (0: no limit), and how many may leave or come at once."""

    address: str = ""
    bandwidth: int = 0
    parallel: int = 2


@dataclass(frozen=True, slots=True, order=True)
class Reservation:
    """The address that a network's DHCP server keeps for a domain: for its NIC at this place, which has this
    MAC address. Where the files leave that to us it is `derived`, and a guest that exists keeps its own."""

    domain: str
    nic: int
    ip: str
    mac: str
    derived: bool = True

    @property
    def version(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.ip else 4

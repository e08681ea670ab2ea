"""What a test needs of a host; what a host lacks, its tests are not asked for."""

from __future__ import annotations

from enum import Enum, auto


class Feature(Enum):
    """What a test needs of a host."""

    WATCH = auto()
    """The facet of that name is there; so with the next five. Every driver has `observe` and `lifecycle`."""
    LIVE = auto()
    STORAGE = auto()
    GUEST = auto()
    MOVER = auto()
    SNAPSHOTS = auto()
    UUID = auto()
    """An object has the UUID that its document gives it."""
    TWO_DOCUMENTS = auto()
    """A domain that runs has a persistent document beside the live one."""
    DOMAIN = auto()
    """Objects of this kind are defined; so with the next five."""
    NETWORK = auto()
    POOL = auto()
    VOLUME = auto()
    """In a pool, which is there already where the host has no POOL."""
    SECRET = auto()
    FILTER = auto()
    START_DOMAIN = auto()
    START_NETWORK = auto()
    """Networks are started and stopped: they are not active as long as they are there. So with the next."""
    START_POOL = auto()
    GRACEFUL_STOP = auto()
    SUSPEND = auto()
    PAUSED_START = auto()
    DOMAIN_AUTOSTART = auto()
    NETWORK_AUTOSTART = auto()
    POOL_AUTOSTART = auto()
    METADATA = auto()
    """Domains keep our mark."""
    NETWORK_METADATA = auto()
    """Networks keep it, as libvirt's do since 9.7."""
    DISK_HOTPLUG = auto()
    NIC_HOTPLUG = auto()
    NIC_UPDATE = auto()
    COLD_DEVICE = auto()
    MEMORY = auto()
    """Memory changes while the domain runs, by the facet `live`; so with the next three."""
    VCPUS = auto()
    TEXT = auto()
    TUNE = auto()
    SECTIONS = auto()
    """Entries of an active network change."""
    BUILD = auto()
    """A pool has to be built before it starts."""
    GROW = auto()
    CONTENT = auto()
    """Volumes are filled, read and cloned."""
    IMAGES = auto()
    """A volume holds whatever it is filled with, to the byte: images of any format, of any length."""
    SECRET_VALUE = auto()
    LEASE = auto()
    AGENT = auto()
    CONSOLE = auto()
    MOVE = auto()
    """There is another host that domains can move to."""
    STATE = auto()
    """Whether a guest has left something in its firmware can be told."""
    SNAPSHOT = auto()
    """A test can take a snapshot past the driver."""
    RENAME = auto()
    FORMAT = auto()
    """A pool can be formatted."""
    DEVICE_EVENTS = auto()
    """Devices that come and go while a domain runs are told of."""
    SHARED = auto()
    """A second connection sees the same host."""
    SETTLE = auto()
    """There are documents or specs to apply (`drivers.contract.specimens`)."""
    EDIT = auto()
    """There are single edits of domains that are stopped."""
    LIVE_EDIT = auto()
    """There are single edits of domains that run, and go on running."""

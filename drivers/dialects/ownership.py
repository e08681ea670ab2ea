"""What libvirt adds by itself and what it never adds: whose business is what the files do not declare."""

from __future__ import annotations

from drivers.dialects.model import Ownership
from drivers.dialects.normalise.nwfilter import PROTOCOLS

_PROTOCOLS = frozenset(f"rule/{protocol}" for protocol in PROTOCOLS)

LIBVIRT = Ownership(
    hypervisor=frozenset(
        {"address", "alias", "seclabel", "backingStore", "mirror", "controller", "metadata", "audio",
         "nvram", "loader", "uuid", "mac", "genid", "firmware", "hub", "permissions"}
    ),
    declarable=frozenset(
        {f"devices/{tag}" for tag in (
            "disk", "interface", "hostdev", "filesystem", "channel", "graphics", "sound", "tpm", "rng",
            "redirdev", "smartcard", "shmem", "memory", "iommu", "vsock", "lease", "parallel")}
        | {"ip", "ip/dhcp", "ip/dhcp/host", "ip/dhcp/range", "dns/host", "dns/txt", "dns/srv",
           "dns/forwarder", "portgroup", "route", "rule", "filterref"}
        | _PROTOCOLS
    ),
    complete=frozenset(
        {"ip/dhcp/host", "ip/dhcp/range", "dns/txt", "dns/srv", "dns/forwarder", "route", *_PROTOCOLS}
    ),
    groups=frozenset({"cputune", "memtune", "blkiotune", "devices/disk/iotune"}),
    built=("target/permissions", "backingStore/permissions"),
    # virStorageBackendUpdateVolTargetInfo reads a volume's own bytes: secrets and settings are not in them
    forgotten=(
        "target/encryption/", "target/compat", "target/features", "target/nocow", "backingStore/permissions",
    ),
)  # fmt: skip
"""Of all of libvirt's drivers."""

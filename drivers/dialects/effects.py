"""What a change costs an active object, and how it is made live: one row for each field.

The first row that fits a path decides; what no row names waits for the next start, or costs nothing where a
kind is never started. Sources are functions of libvirt: src/qemu/qemu_hotplug.c, qemu_driver.c,
src/lxc/lxc_driver.c, src/libxl/libxl_driver.c, src/conf/network_conf.c (virNetworkDefUpdateSection).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from drivers.dialects.sockets import without_socket
from specs.documents.tree import Node
from specs.effect import Effect
from specs.identity import FACTS, Kind


class Way(StrEnum):
    """How a change is made on an active object."""

    PLUG = "plug"
    UPDATE = "update"
    SET_MEMORY = "set-memory"
    SET_VCPUS = "set-vcpus"
    SET_TEXT = "set-text"
    TUNE = "tune"
    UPDATE_NETWORK = "update-network"


ONE_DOCUMENT = frozenset({"vbox", "vsphere", "hyperv", "hmc", "vmx"})
"""Families that keep no definition beside what runs: what cannot change while a guest runs is refused until
it is stopped."""

_SINGLE = frozenset({Way.SET_MEMORY, Way.SET_VCPUS, Way.SET_TEXT, Way.TUNE})
_QEMU = frozenset({"qemu", "sim"})
_QEMU_LXC = _QEMU | {"lxc"}
_XEN = frozenset({"xen", "xend"})
_HOTPLUG = _QEMU_LXC | _XEN
_LIBVIRTS_NETWORKS = _HOTPLUG | {"test", "bhyve", "vz", "ch"}
_ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """Fields of a kind (a pattern over paths without labels), what changing them costs on the hypervisors of
    some families (none named: of all), the way to do it live, and on which devices only; of a network's
    entry the section that it is known by; what it means to a guest, where nobody would guess. `on` is asked
    of the device that a field is of, or of the whole document where it is of none."""

    kind: Kind
    field: re.Pattern[str]
    effect: Effect
    way: Way | None = None
    families: frozenset[str] = _ANY
    on: Callable[[Node], bool] | None = None
    section: str = ""
    means: str = ""

    def fits(self, path: str, device: Node | None) -> bool:
        """Whether the row is about a path without labels, in that device where it is one's."""
        if not self.field.fullmatch(path):
            return False
        return self.on is None or (device is not None and self.on(device))


def _live(field: str, way: Way, families: frozenset[str], on: Callable[[Node], bool] | None = None) -> Row:
    return Row(Kind.DOMAIN, re.compile(field), Effect.LIVE, way, families, on)


def _text(kind: Kind, field: str, way: Way | None = None, families: frozenset[str] = _ANY) -> Row:
    return Row(kind, re.compile(field), Effect.NONE, way, families)


def _section(field: str, section: str) -> Row:
    return Row(
        Kind.NETWORK,
        re.compile(f"{field}(/.*)?"),
        Effect.LIVE,
        Way.UPDATE_NETWORK,
        _LIBVIRTS_NETWORKS,
        section=section,
    )


def _a_device(_: Node) -> bool:
    return True


def _fixed(device: Node) -> bool:
    """qemuDomainAttachDeviceDiskLiveInternal: no drives with removable media, no IDE, FDC or SATA."""
    bus = device.value("target", "bus") or ""
    return device.attrs.get("device", "disk") in ("disk", "lun") and bus in ("virtio", "scsi", "usb", "")


def _removable(device: Node) -> bool:
    """qemuDomainDiskChangeSupported: only removable media have their source changed."""
    return device.attrs.get("device") in ("cdrom", "floppy")


def _paravirtual(device: Node) -> bool:
    """libxlDomainAttachDeviceDiskLive: no drives, and no bus that is emulated."""
    bus, dev = device.value("target", "bus"), device.value("target", "dev") or ""
    return device.attrs.get("device", "disk") == "disk" and (bus == "xen" if bus else dev.startswith("xvd"))


def _on_sata(device: Node) -> bool:
    return device.value("target", "bus") == "sata" and device.attrs.get("device", "disk") == "disk"


def _virtiofs(device: Node) -> bool:
    return device.value("driver", "type") == "virtiofs"


def _scsi(device: Node) -> bool:
    return device.attrs.get("type") == "scsi"


def _virtio_channel(device: Node) -> bool:
    return device.value("target", "type") == "virtio"


def _pluggable_input(device: Node) -> bool:
    return device.attrs.get("bus") in ("usb", "virtio")


def _hot(field: str, family: str, on: Callable[[Node], bool] | None = None) -> Row:
    """What a family with one document changes while the guest runs, by a definition."""
    return Row(Kind.DOMAIN, re.compile(field), Effect.LIVE, families=frozenset({family}), on=on)


def _scsi_disk(device: Node) -> bool:
    return device.value("target", "bus") == "scsi" and device.attrs.get("device", "disk") == "disk"


def _static(domain: Node) -> bool:
    """Memory of which the guest has all, always."""
    return domain.first("memtune") is None and domain.value("memory") == domain.value("currentMemory")


def _second_generation(device: Node) -> bool:
    """A device of a machine that has UEFI."""
    root = device.source.getroottree().getroot()
    return root.tag != "domain" or root.find("os[@firmware='efi']") is not None


def _on_scsi_or_sata(device: Node) -> bool:
    return _bus(device) in ("scsi", "sata") and device.attrs.get("device", "disk") == "disk"


def _bus(device: Node) -> str:
    return device.value("target", "bus") or ""


_D = "devices/"
EFFECTS: tuple[Row, ...] = (
    # single values with a call of their own
    _live("currentMemory", Way.SET_MEMORY, _HOTPLUG),  # virDomainSetMemoryFlags
    _live("vcpu/@current", Way.SET_VCPUS, _QEMU | _XEN),  # virDomainSetVcpusFlags
    _text(Kind.DOMAIN, "title|description", Way.SET_TEXT, _HOTPLUG | {"test"}),  # virDomainSetMetadata
    # virDomainSetSchedulerParametersFlags
    _live("cputune/(shares|period|quota)", Way.TUNE, _QEMU_LXC),
    _live("cputune/(emulator|iothread|global)_(period|quota)", Way.TUNE, _QEMU),
    _live("cputune/vcpupin(/@cpuset)?", Way.TUNE, _QEMU),  # virDomainPinVcpuFlags
    _live("cputune/emulatorpin(/@cpuset)?", Way.TUNE, _QEMU),  # virDomainPinEmulator
    _live("memtune/(hard|soft|swap_hard)_limit", Way.TUNE, _QEMU_LXC),  # virDomainSetMemoryParameters
    _live("blkiotune/weight", Way.TUNE, _QEMU_LXC),  # virDomainSetBlkioParameters
    _live(_D + r"disk/iotune/\w+", Way.TUNE, _QEMU),  # virDomainSetBlockIoTune
    # whole devices, in and out: qemuDomainAttachDeviceLive, lxcDomainAttachDeviceLive,
    # libxlDomainAttachDeviceLive
    _live(_D + "disk", Way.PLUG, _QEMU, _fixed),
    _live(_D + "disk", Way.PLUG, frozenset({"lxc"}), _a_device),
    _live(_D + "disk", Way.PLUG, _XEN, _paravirtual),
    _live(_D + "(interface|hostdev)", Way.PLUG, _HOTPLUG, _a_device),
    _live(_D + "filesystem", Way.PLUG, _QEMU, _virtiofs),
    _live(_D + "controller", Way.PLUG, _QEMU, _scsi),
    _live(_D + "channel", Way.PLUG, _QEMU, _virtio_channel),
    _live(_D + "input", Way.PLUG, _QEMU, _pluggable_input),
    _live(_D + "(rng|memory|lease|redirdev|shmem|vsock|watchdog)", Way.PLUG, _QEMU, _a_device),
    # parts of a device, in place: qemuDomainChangeNet (what it does not name here needs a new device)
    _live(
        _D + "interface/(link.*|filterref.*|bandwidth.*|vlan.*|source/@(network|bridge|portgroup))",
        Way.UPDATE,
        _QEMU,
        _a_device,
    ),
    # qemuDomainChangeEjectableMedia: a medium, and its format
    _live(_D + "disk/(@type|source.*|driver/@type)", Way.UPDATE, _QEMU, _removable),
    # Hyper-V (drivers/hyperv/changing.py has the same, for doing it): Set-VMMemory, Add-VMHardDiskDrive,
    # Set-VMDvdDrive, Add-VMNetworkAdapter, Connect-VMNetworkAdapter, Set-VMNetworkAdapterVlan
    _hot("memory|currentMemory", "hyperv", _static),
    _hot(_D + "disk", "hyperv", _scsi_disk),
    _hot(_D + "disk/(@type|source.*|driver/@type)", "hyperv", _removable),
    _hot(_D + "interface", "hyperv", _second_generation),
    _hot(_D + "interface/(@type|source.*|vlan.*)", "hyperv", _a_device),
    # VirtualBox (drivers/vbox/live.py has the same, for doing it): VBoxManage controlvm cpuexecutioncap,
    # nicN, setlinkstateN; storageattach; modifyvm --description wants the machine's lock
    _hot("cputune/(period|quota)", "vbox"),
    _hot(_D + "disk", "vbox", _on_sata),
    _hot(_D + "disk/(@type|source.*)", "vbox", _removable),
    _hot(_D + "interface/(@type|link.*|source.*)", "vbox", _a_device),
    Row(Kind.DOMAIN, re.compile("description"), Effect.RESTART, families=frozenset({"vbox"})),
    _text(Kind.DOMAIN, "(title|description|metadata)(/.*)?"),
    Row(
        Kind.DOMAIN,
        re.compile("os/type/@(machine|arch)"),
        Effect.NEXT_BOOT,
        means="another machine type is other virtual hardware: the guest may find its devices elsewhere, and"
        " some systems have to be activated or set up anew",
    ),
    # partitions of an HMC: dynamic partitioning within their minimum and maximum (IBM, "Logical Partition"),
    # adapters with it, and mappings by the Virtual I/O Server alone; all of it by defining anew
    *(
        Row(Kind.DOMAIN, re.compile(field), Effect.LIVE, families=frozenset({"hmc"}))
        for field in (
            "currentMemory",
            "vcpu/@current",
            "cputune/(shares|global_period|global_quota)",
            _D + "(disk|interface)(/.*)?",
        )
    ),
    Row(Kind.NETWORK, re.compile("forward(/.*)?"), Effect.LIVE, families=frozenset({"hmc"})),
    # VirtualMachine.ReconfigVM_Task of vSphere (drivers/vsphere/hotplug.py has the same, for doing it)
    _hot("cputune/shares|memtune/min_guarantee|os/boot.*", "vsphere"),
    _hot(_D + "disk(/iotune.*|/boot.*)?", "vsphere", _on_scsi_or_sata),
    _hot(_D + "disk/(@type|source.*|boot.*)", "vsphere", _removable),
    _hot(_D + "interface(/link.*|/source/@network|/boot.*)?", "vsphere", _a_device),
    _hot(_D + "controller", "vsphere", lambda device: device.attrs.get("type") in ("scsi", "sata")),
    # networks: virNetworkUpdate
    _section("ip/dhcp/host", "ip-dhcp-host"),
    _section("ip/dhcp/range", "ip-dhcp-range"),
    _section("forward/interface", "forward-interface"),
    _section("portgroup", "portgroup"),
    _section("dns/host", "dns-host"),
    _section("dns/txt", "dns-txt"),
    _section("dns/srv", "dns-srv"),
    _text(Kind.NETWORK, "(title|description|metadata)(/.*)?"),
    _text(Kind.STORAGE_POOL, "(title|description|metadata)(/.*)?"),
    # volumes: virStorageVolResize, and nothing else
    Row(Kind.VOLUME, re.compile("capacity"), Effect.LIVE),
    Row(Kind.VOLUME, re.compile(".*"), Effect.REPLACE),
    # virNWFilterDefineXML rebuilds the rules of running guests
    Row(Kind.NETWORK_FILTER, re.compile(".*"), Effect.LIVE, families=_HOTPLUG),
)
"""Field → effect, way, families. A rule more is a row more."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The rows of one family. Paths are without labels."""

    rows: tuple[Row, ...]
    one_document: bool = False
    """Whether a definition is what runs as well, and is changed while it runs or not at all."""
    sockets: bool = False
    """Whether a device needs a controller that the guest was started with."""

    @classmethod
    def of_family(cls, family: str) -> Effects:
        """The rows that name the family, or none."""
        rows = tuple(row for row in EFFECTS if not row.families or family in row.families)
        return cls(rows, family in ONE_DOCUMENT, family in _QEMU)

    def row(self, kind: Kind, path: str, device: Node | None = None) -> Row | None:
        """The row that decides of a path."""
        return next((row for row in self.rows if row.kind is kind and row.fits(path, device)), None)

    def effect(self, kind: Kind, path: str, device: Node | None) -> Effect:
        """What changing the value at a path costs while the object is active."""
        row = self.row(kind, path, device)
        if row is not None and not (self.one_document and row.effect is Effect.NEXT_BOOT):
            return row.effect
        if self.one_document:
            return Effect.RESTART if kind is Kind.DOMAIN else Effect.NONE
        return Effect.NEXT_BOOT if FACTS[kind].runs else Effect.NONE

    def meaning(self, kind: Kind, path: str) -> str:
        """What a person should know of a change; '' where it speaks for itself."""
        row = self.row(kind, path)
        return row.means if row is not None else ""

    def single(self, path: str) -> Way | None:
        """The way to change a single value of a domain live, if there is one."""
        row = self.row(Kind.DOMAIN, path)
        return row.way if row is not None and row.way in _SINGLE else None

    def pluggable(self, device: Node) -> bool:
        """Whether a device can be plugged in and out while the guest runs."""
        row = self.row(Kind.DOMAIN, f"{_D}{device.tag}", device)
        return row is not None and row.way is Way.PLUG

    def unplaced(self, devices: Iterable[Node], gone: Iterable[Node], running: Node) -> set[Node]:
        """Of devices to plug in those that find no controller in what runs, once others are gone."""
        return without_socket(devices, gone, running) if self.sockets else set()

    def updatable(self, path: str, device: Node) -> bool:
        """Whether a part of a device can be changed in place while the guest runs."""
        row = self.row(Kind.DOMAIN, path, device)
        return row is not None and row.way is Way.UPDATE

    def section(self, path: str) -> str:
        """The section of a network that a path lies in; '' for none that can be changed live."""
        row = self.row(Kind.NETWORK, path)
        return row.section if row is not None else ""

"""Machines that VMware can have, at random."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from drivers.native import (
    CpuLayout,
    Display,
    Drive,
    FirmwareFeature,
    GuestClock,
    Machine,
    Nic,
    SerialPort,
    SharedFolder,
    VideoCard,
)
from drivers.vmware.places import BUSES

FOLDER = "/vms/web"
TEXTS = st.sampled_from(
    ["web", 'the "shop"', "5 | 6", "line\nand line", "100 %", "é — ü", "#no comment", "a = b"]
)
_PATHS = st.sampled_from(["/vms/web/serial.log", "/var/log/a b.log", "/vms/web/deeper/x"])


def card(kib: int) -> VideoCard:
    """The one that every VMware machine has."""
    return VideoCard(type="vmvga", vram=kib, primary=True)


def _features(secure: bool) -> tuple[FirmwareFeature, ...]:
    return tuple(FirmwareFeature(name=name, enabled=secure) for name in ("secure-boot", "enrolled-keys"))


# Of SATA no more: libvirt counts six a controller where the file has thirty (virDomainDiskDefAssignAddress).
# Six of SATA: libvirt counts so many a controller where the file has thirty (virDomainDiskDefAssignAddress).
_PLACES = [(bus, place) for bus, last in (("scsi", 14), ("sata", 5), ("ide", 3)) for place in range(last + 1)]


def _drive(number: int, kind: str) -> Drive:
    bus, index = _PLACES[number]
    target = BUSES[bus].target(*divmod(index, BUSES[bus].counted) if bus == "ide" else (0, _unit(bus, index)))
    if kind == "disk":
        return Drive(target=target, bus=bus, format="vmdk", file=f"{FOLDER}/disk{number}.vmdk")
    if kind == "through":
        file = f"/data/disk{number}.vmdk"
        return Drive(target=target, bus=bus, format="vmdk", file=file, cache="writethrough", transient=True)
    cd = Drive(target=target, bus=bus, device="cdrom", readonly=True)
    medium = {
        "iso": {"file": "/iso/a b.iso"},
        "host": {"type": "block", "format": "raw", "block": "/dev/sr0"},
    }.get(kind, {})
    return replace(cd, **medium)  # type: ignore[arg-type]


def _unit(bus: str, index: int) -> int:
    return index + 1 if bus == "scsi" and index >= 7 else index


DRIVES = st.lists(
    st.tuples(
        st.sampled_from(range(len(_PLACES))), st.sampled_from(["disk", "through", "iso", "host", "empty"])
    ),
    max_size=4,
    unique_by=lambda pair: BUSES[_PLACES[pair[0]][0]].prefix + str(_PLACES[pair[0]][1]),
).map(lambda chosen: tuple(_drive(number, kind) for number, kind in chosen))

NICS = st.lists(
    st.builds(
        Nic,
        type=st.just("bridge"),
        bridge=st.sampled_from(["vmnet0", "vmnet1", "vmnet7"]),
        mac=st.sampled_from(
            [f"{begin}:00:00:{n:02x}" for begin in ("00:50:56", "52:54:00") for n in range(9)]
        ),
        model=st.sampled_from([None, "e1000", "vmxnet2", "vmxnet3"]),
        link=st.sampled_from([None, "down"]),
    )
    | st.builds(
        Nic, type=st.just("user"), mac=st.sampled_from([f"00:0c:29:11:11:{n:02x}" for n in range(9)])
    ),
    max_size=4,
    unique_by=lambda nic: nic.mac,
).map(tuple)

SERIALS = st.lists(
    st.builds(SerialPort, type=st.just("file"), path=_PATHS)
    | st.builds(SerialPort, type=st.just("pipe"), path=st.just("/tmp/pipe"))
    | st.builds(
        SerialPort,
        type=st.just("tcp"),
        host=st.sampled_from(["0.0.0.0", "desk.example"]),
        service=st.just("4555"),
        mode=st.sampled_from(["bind", "connect"]),
        protocol=st.sampled_from(["raw", "telnet", "telnets", "tls"]),
    ),
    max_size=4,
).map(lambda ports: tuple(replace(port, port=number) for number, port in enumerate(ports)))

FOLDERS = st.lists(
    st.builds(
        SharedFolder,
        source=st.sampled_from(["/home/me", "/data/a b"]),
        target=st.sampled_from(["one", "two", "three"]),
        readonly=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda folder: folder.target,
).map(tuple)

DISPLAYS = st.sampled_from(
    [
        (),
        (Display(port=-1, autoport=True, listen_type="address"),),
        (Display(port=5901, autoport=False, listen_type="address", listen="10.0.0.1", address="10.0.0.1"),),
    ]
)

MACHINES = st.builds(
    Machine,
    type=st.just("vmware"),
    name=st.sampled_from(["web", "a b", "100%"]),
    uuid=st.just("564d9bef-acd9-b4e0-c8f0-aea8b9103515"),
    description=st.none() | TEXTS,
    guest=st.sampled_from([None, "debian12-64", "windows11-64"]),
    arch=st.just("x86_64"),
    memory_max=st.sampled_from([4096, 1 << 20, 6 << 20]),
    vcpus=st.just(4),
    layout=st.sampled_from([None, CpuLayout(sockets=2, dies=1, cores=2, threads=1)]),
    cpuset=st.sampled_from([None, "0-3,7"]),
    shares=st.sampled_from([None, 512]),
    machine=st.sampled_from(["vmx-14", "vmx-21"]),
    drives=DRIVES,
    nics=NICS,
    serials=SERIALS,
    folders=FOLDERS,
    displays=DISPLAYS,
    videos=st.sampled_from(
        [
            (VideoCard(type="vmvga", vram=4096, primary=True),),
            (VideoCard(type="vmvga", vram=16384, primary=True),),
        ]
    ),
) | st.builds(
    Machine,
    type=st.just("vmware"),
    name=st.just("efi"),
    arch=st.just("x86_64"),
    memory_max=st.just(1 << 20),
    vcpus=st.just(1),
    firmware=st.just("efi"),
    firmware_features=st.booleans().map(_features),
)


def completed(machine: Machine) -> Machine:
    """With what a file always says, and libvirt with it."""
    machine = replace(
        machine,
        machine=machine.machine or "vmx-14",
        placement="static",
        clock=GuestClock(),
        on_poweroff="destroy",
        on_reboot="restart",
        on_crash="destroy",
    )
    return (
        machine
        if machine.videos
        else replace(machine, videos=(VideoCard(type="vmvga", vram=4096, primary=True),))
    )

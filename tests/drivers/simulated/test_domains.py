"""How domains are rewritten: as libvirt 9.0.0 with QEMU 7.2 was seen to do it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from drivers.base.errors import Refused
from drivers.simulated.domain.rewrite import rewrite
from drivers.simulated.xml import parse, to_text


def rewritten(document: str) -> etree._Element:
    root = parse(document, "domain")
    rewrite(root)
    return root


def domain(devices: str = "", *, machine: str = "pc", extra: str = "", memory: str = "1024") -> str:
    return (
        f"<domain type='qemu'><name>d</name><memory>{memory}</memory>"
        f"<os><type machine='{machine}'>hvm</type></os>{extra}<devices>{devices}</devices></domain>"
    )


def place(element: etree._Element | None) -> str:
    assert element is not None
    address = element.find("address")
    assert address is not None
    if address.get("type") == "pci":
        return ":".join(str(address.get(part))[2:] for part in ("bus", "slot", "function"))
    return "/".join(str(address.get(part)) for part in ("controller", "bus", "target", "unit"))


@pytest.mark.parametrize(
    ("path", "attribute", "value"),
    [
        ("memory", "unit", "KiB"),
        ("currentMemory", None, "1024"),
        ("vcpu", "placement", "static"),
        ("vcpu", None, "1"),
        ("os/type", "machine", "pc-i440fx-7.2"),
        ("os/type", "arch", "x86_64"),
        ("os/boot", "dev", "hd"),
        ("cpu/model", None, "qemu64"),
        ("clock", "offset", "utc"),
        ("on_poweroff", None, "destroy"),
        ("on_reboot", None, "restart"),
        ("on_crash", None, "destroy"),
        ("devices/emulator", None, "/usr/bin/qemu-system-x86_64"),
        ("devices/input[1]", "type", "mouse"),
        ("devices/input[2]", "type", "keyboard"),
        ("devices/audio", "type", "none"),
        ("devices/memballoon", "model", "virtio"),
        ("devices/controller[1]", "model", "piix3-uhci"),
    ],
)
def test_what_is_not_given_is_filled_in(path: str, attribute: str | None, value: str) -> None:
    element = rewritten(domain()).find(path)
    assert element is not None
    assert (element.text if attribute is None else element.get(attribute)) == value


def test_sizes_are_kept_in_kib() -> None:
    root = rewritten(
        "<domain type='qemu'><name>d</name><memory unit='GB'>2</memory><currentMemory unit='MiB'>5"
        "</currentMemory><os><type>hvm</type></os>"
        "<memtune><hard_limit unit='G'>3</hard_limit></memtune></domain>"
    )
    assert root.findtext("memory") == "1953125"
    assert root.findtext("currentMemory") == "5120"
    assert root.findtext("memtune/hard_limit") == "3145728"


def test_memory_is_the_sum_of_its_numa_cells() -> None:
    cells = (
        "<cpu><numa><cell id='0' cpus='0' memory='1' unit='GiB'/><cell id='1' memory='1024'/></numa></cpu>"
    )
    root = rewritten(domain(extra=cells))
    assert root.findtext("memory") == str((1 << 20) + 1024)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<clock offset='utc' adjustment='3600'/>", ("variable", "3600", "utc")),
        ("<clock offset='localtime' adjustment='5'/>", ("variable", "5", "localtime")),
        ("<clock offset='variable' adjustment='7'/>", ("variable", "7", "utc")),
        ("<clock offset='variable' adjustment='reset'/>", ("variable", "0", "utc")),
        ("<clock offset='localtime'/>", ("localtime", None, None)),
        ("<clock offset='utc' adjustment='reset'/>", ("utc", "reset", None)),
    ],
)
def test_a_numeric_adjustment_makes_a_clock_variable(given: str, kept: tuple[str, ...]) -> None:
    clock = rewritten(domain(extra=given)).find("clock")
    assert clock is not None
    assert (clock.get("offset"), clock.get("adjustment"), clock.get("basis")) == kept


def test_a_pc_plugs_devices_in_libvirts_order() -> None:
    root = rewritten(
        domain(
            "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
            "<disk type='volume'><source pool='p' volume='v'/><target dev='sda' bus='scsi'/></disk>"
            "<disk type='file' device='cdrom'><target dev='hda'/></disk>"
            "<interface type='user'><model type='virtio'/></interface><interface type='user'/>"
            "<channel type='unix'><target type='virtio' name='a'/></channel>"
            "<graphics type='vnc'/><sound model='ich9'/><watchdog model='i6300esb'/>"
            "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>"
            "<filesystem type='mount'><source dir='/tmp'/><target dir='t'/></filesystem>"
        )
    )
    seen = {
        path: place(root.find(f"devices/{path}"))
        for path in (
            "video", "filesystem", "interface[1]", "interface[2]", "sound", "controller[@type='scsi']",
            "controller[@type='virtio-serial']", "disk[1]", "memballoon", "rng", "watchdog",
            "controller[@type='ide']", "controller[@type='usb']",
        )
    }  # fmt: skip
    slots = list(seen.values())
    assert slots[:11] == [f"00:{slot:02x}:0" for slot in range(2, 13)]
    assert slots[11:] == ["00:01:1", "00:01:2"]


def test_q35_gives_each_device_a_root_port_and_keeps_one_free() -> None:
    root = rewritten(
        domain(
            "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
            "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"
            "<interface type='user'><model type='virtio'/></interface><graphics type='vnc'/>"
            "<channel type='unix'><target type='virtio' name='a'/></channel>",
            machine="q35",
        )
    )
    paths = (
        "interface",
        "controller[@type='usb']",
        "controller[@type='virtio-serial']",
        "disk[1]",
        "memballoon",
    )
    assert [place(root.find(f"devices/{path}")) for path in paths] == [
        f"{bus:02x}:00:0" for bus in range(1, 6)
    ]
    ports = root.findall("devices/controller[@model='pcie-root-port']")
    assert [place(port) for port in ports] == [f"00:02:{function}" for function in range(6)]
    assert place(root.find("devices/video")) == "00:01:0"
    assert place(root.find("devices/controller[@type='sata']")) == "00:1f:2"


def test_q35_puts_conventional_devices_behind_a_bridge() -> None:
    root = rewritten(domain("<interface type='user'/>", machine="q35"))
    bridge = root.find("devices/controller[@model='pcie-to-pci-bridge']")
    assert bridge is not None
    assert place(root.find("devices/interface")) == f"{int(str(bridge.get('index'))):02x}:01:0"


def test_a_pc_with_many_devices_gets_a_bridge() -> None:
    root = rewritten(domain("<interface type='user'/>" * 40))
    assert root.find("devices/controller[@model='pci-bridge']") is not None
    places = [place(nic) for nic in root.findall("devices/interface")]
    assert len(set(places)) == 40


@pytest.mark.parametrize(
    ("bus", "target", "expected"),
    [
        ("ide", "hda", "0/0/0/0"),
        ("ide", "hdd", "0/1/0/1"),
        ("sata", "sdg", "1/0/0/0"),
        ("scsi", "sdg", "0/0/0/6"),
        ("scsi", "sdh", "0/0/0/8"),
        ("scsi", "sdp", "1/0/0/0"),
        ("fdc", "fdb", "0/0/0/1"),
    ],
)
def test_drive_addresses_follow_the_target(bus: str, target: str, expected: str) -> None:
    disk = f"<disk type='file'><source file='/a'/><target dev='{target}' bus='{bus}'/></disk>"
    assert place(rewritten(domain(disk)).find("devices/disk")) == expected


@pytest.mark.parametrize(
    "devices",
    ["<serial type='pty'/>", "<console type='pty'/>", "<console type='pty'/><serial type='pty'/>"],
)
def test_serial_and_console_are_a_pair_either_way(devices: str) -> None:
    root = rewritten(domain(devices))
    assert len(root.findall("devices/serial")) == len(root.findall("devices/console")) == 1
    target = root.find("devices/console/target")
    assert target is not None
    assert (target.get("type"), target.get("port")) == ("serial", "0")


def test_text_and_metadata_are_kept_and_unknown_elements_dropped() -> None:
    root = rewritten(
        domain(
            "<imaginary/>",
            extra="<bogus/><description> two\n lines </description>"
            "<metadata><x:a xmlns:x='urn:x'>1</x:a></metadata>",
        )
    )
    assert root.findtext("description") == " two\n lines "
    assert root.findtext("metadata/{urn:x}a") == "1"
    assert root.find("bogus") is None
    assert root.find("devices/imaginary") is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<domain", "well-formed"),
        ("<!DOCTYPE d [<!ENTITY e 'x'>]><domain/>", "DOCTYPE"),
        (domain().replace("qemu", "foo"), "invalid domain type"),
        (domain().replace("hvm", "exe"), "cannot run"),
        (domain(machine="imaginary"), "machine"),
        (domain(memory="0"), "Memory size"),
        (domain(memory="much"), "not a size"),
        (domain(extra="<vcpu current='4'>2</vcpu>"), "maximum vCPU"),
        (domain(extra="<vcpu>none</vcpu>"), "vCPUs"),
        (domain(extra="<uuid>1234</uuid>"), "uuid"),
        (domain(extra="<title>a\nb</title>"), "newlines"),
        (domain(extra="<vcpu>4</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>"), "topology"),
        (domain("<disk type='file'><source file='/a'/></disk>"), "target"),
        (domain("<disk type='file'><target dev='vda'/></disk>"), "missing source"),
        (domain("<disk type='file'><source file='/a'/><target dev='hda'/></disk>", machine="q35"), "IDE"),
        (domain("<disk type='file'><source file='/a'/><target dev='vda'/></disk>" * 2), "duplicated"),
        (domain("<interface type='network'/>"), "requires a 'source'"),
        (domain("<interface type='warp'/>"), "unknown interface"),
        (domain("<controller type='scsi' index='0'/>" * 2), "Multiple"),
        (domain("<rng model='virtio'/>"), "backend"),
        (domain("<memballoon model='virtio'><address type='pci' slot='0x-1'/></memballoon>"), "invalid slot"),
        (domain("<memballoon model='virtio'><address type='pci' bus='9999' slot='1'/></memballoon>"), "bus"),
        (domain("<interface type='user'><address type='pci' slot='9'/></interface>" * 2), "double use"),
        (
            domain(extra="<os><loader type='pflash'>/f</loader></os>").replace(
                "<os>", "<os firmware='efi'>", 1
            ),
            "ACPI",
        ),
    ],
)
def test_what_libvirt_refuses_is_refused_with_its_reason(document: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        rewritten(document)


def test_a_container_has_no_machine() -> None:
    root = rewritten(
        "<domain type='lxc'><name>c</name><memory>1024</memory><os><type>exe</type></os><devices>"
        "<console type='pty'/><interface type='network'><source network='lan'/></interface></devices>"
        "</domain>"
    )
    assert root.findtext("devices/emulator") == "/usr/lib/libvirt/libvirt_lxc"
    assert [device.tag for device in root.iterfind("devices/*")] == ["emulator", "interface", "console"]
    assert root.find("cpu") is None
    assert root.find("devices/interface/address") is None


BUSES = {"vd": "virtio", "sd": "scsi"}
DEVICES = st.lists(
    st.one_of(
        st.builds(
            lambda bus, letter: (
                f"<disk type='file'><source file='/{bus}{letter}'/>"
                f"<target dev='{bus}{letter}' bus='{BUSES[bus]}'/></disk>"
            ),
            st.sampled_from(sorted(BUSES)),
            st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
        ),
        st.sampled_from(["virtio", "e1000", "e1000e", "rtl8139"]).map(
            lambda model: f"<interface type='user'><model type='{model}'/></interface>"
        ),
        st.sampled_from(
            [
                "<graphics type='vnc'/>",
                "<graphics type='spice' autoport='yes'/>",
                "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
                "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
                "<input type='tablet' bus='usb'/>",
                "<sound model='ich9'/>",
                "<sound model='ich6'/>",
                "<video><model type='qxl'/></video>",
                "<video><model type='virtio'/></video>",
                "<controller type='scsi' model='virtio-scsi'/>",
                "<controller type='pci' model='pcie-root-port'/>",
                "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='2'/></source></hostdev>",
                "<console type='pty'/>",
                "<serial type='pty'/>",
                "<tpm><backend type='emulator'/></tpm>",
            ]
        ),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(devices=DEVICES, machine=st.sampled_from(["pc", "q35"]))
def test_the_read_back_is_stable_and_no_two_devices_share_a_slot(devices: list[str], machine: str) -> None:
    if machine == "pc":
        devices = [device for device in devices if "pcie-root-port" not in device]
    root = rewritten(domain("".join(dict.fromkeys(devices)), machine=machine))
    once = to_text(root)
    assert to_text(rewritten(once)) == once
    slots = [
        tuple(sorted((str(key), str(value)) for key, value in address.attrib.items()))
        for address in root.iterfind("devices/*/address[@type='pci']")
    ]
    keys = [tuple(value for key, value in slot if key != "multifunction") for slot in slots]
    assert len(keys) == len(set(keys))
    buses = {int(str(c.get("index"))) for c in root.iterfind("devices/controller[@type='pci']")}
    assert {int(dict(slot)["bus"], 16) for slot in slots} <= buses

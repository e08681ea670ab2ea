"""Command lines of bhyve(8), with bhyveload(8) or grub-bhyve before (libvirt: bhyveParseCommandLine)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from getopt import GetoptError, getopt
from itertools import dropwhile, islice

from lxml import etree

from reconciler.inputs.foreign.read import Read, Unreadable, names_of
from specs.documents.build import element, root
from specs.documents.targets import target_names

_LOADERS = ("bhyveload", "grub-bhyve")
_SIZE = re.compile(r"(\d+)([kmgtKMGT]?)")
_UNIT = {"k": 1, "m": 1 << 10, "g": 1 << 20, "t": 1 << 30}
_DISKS = {"virtio-blk": ("virtio", "disk"), "ahci-hd": ("sata", "disk"), "ahci-cd": ("sata", "cdrom")}
_NICS = {"virtio-net": "virtio", "e1000": "e1000"}
_SHARES_OPTIONS = "abehuwxACDHIPSWYl:c:g:G:k:K:m:o:p:s:U:r:f:"


def read_bhyve(text: str) -> Read:
    """The domain of a guest that is started so. Raises Unreadable."""
    loader, arguments = _commands(text)
    options, name = _options(arguments)
    lost: list[str] = []
    domain = root("domain", type_="bhyve")
    given = dict(options)
    element(domain, "name", name)
    if "-U" in given:
        element(domain, "uuid", given["-U"])
    element(domain, "memory", _kib(given.get("-m", "256")), unit="KiB")
    if "-S" in given:
        element(element(domain, "memoryBacking"), "locked")
    _cpus(domain, given.get("-c", "1"), lost)
    firmware = next((v for o, v in options if o == "-l" and v.startswith("bootrom,")), "")
    _boot(domain, loader, firmware.partition(",")[2].partition(",")[0])
    if {"-A", "-x"} & given.keys() or "-P" in given:
        features = element(domain, "features")
        element(features, "acpi")
        element(features, "apic")
    element(domain, "clock", None, offset="utc" if "-u" in given else "localtime")
    devices = element(domain, "devices")
    slots = [value for option, value in options if option == "-s"]
    for slot in slots:
        lost += _slot(devices, slot)
    for value in (value for option, value in options if option == "-l" and value.startswith("com")):
        _serial(devices, value, lost)
    known = {"-U", "-m", "-S", "-c", "-l", "-A", "-x", "-P", "-u", "-s", "-H", "-w", "-I", "-a", "-Y"}
    lost += [f"{option} {value}".strip() for option, value in options if option not in known]
    return Read((etree.tostring(domain, encoding="unicode"),), names_of(lost))


def _commands(text: str) -> tuple[list[str], list[str]]:
    """The loader's command, if there is one, and bhyve's."""
    loader: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise Unreadable(f"it is no command line: {error}") from error
        words = list(dropwhile(re.compile(r"\w+=").match, words))  # what is set for the command
        if not words:
            continue
        program = words[0].rpartition("/")[2]
        if program == "bhyve":
            return loader, words[1:]
        loader = words
    raise Unreadable("no line of it runs bhyve")


def _options(arguments: list[str]) -> tuple[list[tuple[str, str]], str]:
    try:
        options, rest = getopt(arguments, _SHARES_OPTIONS)
    except GetoptError as error:
        raise Unreadable(f"bhyve knows no such option: {error}") from error
    if len(rest) != 1:
        raise Unreadable("the last word of bhyve's command is to be the guest's name")
    return options, rest[0]


def _cpus(domain: etree._Element, text: str, lost: list[str]) -> None:
    """'2', or 'cpus=4,sockets=2,cores=2,threads=1' (bhyve(8))."""
    given = dict(pair.partition("=")[::2] for pair in text.split(",") if "=" in pair)
    count = given.get("cpus", text.partition(",")[0])
    if not count.isdigit() or int(count) < 1:
        raise Unreadable(f"-c {text}: that is no number of processors")
    element(domain, "vcpu", count, placement="static")
    layout = {key: given.get(key, "1") for key in ("sockets", "cores", "threads")}
    if given.keys() & layout.keys():
        if all(value.isdigit() for value in layout.values()):
            element(element(domain, "cpu"), "topology", None, **layout)
        else:
            lost.append(f"-c {text}")


def _boot(domain: etree._Element, loader: list[str], firmware: str) -> None:
    """UEFI, or a loader that runs before: bhyveload is what libvirt takes where nothing is said."""
    if loader:
        program = loader[0].rpartition("/")[2]
        if program not in _LOADERS[:1]:
            element(domain, "bootloader", loader[0])
            element(domain, "bootloader_args", " ".join(loader[1:]) or None)
        elif "-d" not in loader and len(loader) > 2:
            element(domain, "bootloader", loader[0])
            element(domain, "bootloader_args", " ".join(loader[1:]))
    os = element(domain, "os")
    element(os, "type", "hvm")
    if firmware:
        element(os, "loader", firmware, readonly="yes", type_="pflash")


def _slot(devices: etree._Element, text: str) -> Iterator[str]:
    """'2:0,virtio-blk,/path': what is plugged in where."""
    place, _, rest = text.partition(",")
    what, _, config = rest.partition(",")
    if what in ("hostbridge", "amd_hostbridge", "lpc"):
        return
    if what in _DISKS or what == "ahci":
        ports = [f"ahci-{port.replace(':', ',', 1)}" for port in config.split(",")]
        for part in ports if what == "ahci" else [f"{what},{config}"]:
            kind, _, path = part.partition(",")
            if kind in _DISKS and path.partition(",")[0]:
                _disk(devices, *_DISKS[kind], path.partition(",")[0])
            else:
                yield f"-s {text}"
        return
    if what in _NICS:
        tap, *more = config.split(",")
        interface = element(devices, "interface", None, type_="bridge")
        mac = next((m.partition("=")[2] for m in more if m.startswith("mac=")), "")
        if mac:
            element(interface, "mac", None, address=mac)
        element(interface, "source", None, bridge="virbr0")
        element(interface, "target", None, dev=tap or None)
        element(interface, "model", None, type_=_NICS[what])
        yield f"-s {place},{what}: the bridge that {tap or 'its tap'} is in (virbr0 is written)"
    elif what == "fbuf":
        _screen(devices, dict(pair.partition("=")[::2] for pair in config.split(",")))
    elif what == "xhci" and config.partition(",")[0] == "tablet":
        element(devices, "controller", None, type_="usb", model="nec-xhci")
        element(devices, "input", None, type_="tablet", bus="usb")
    elif what == "virtio-rnd":
        element(element(devices, "rng", None, model="virtio"), "backend", "/dev/random", model="random")
    elif what == "hda":
        element(devices, "sound", None, model="ich6")
    else:
        yield f"-s {text}"


def _disk(devices: etree._Element, bus: str, device: str, path: str) -> None:
    count = sum(1 for d in devices.iterfind("disk/target") if d.get("bus") == bus)
    target = next(islice(target_names("vd" if bus == "virtio" else "sd"), count, None))
    disk = element(devices, "disk", None, type_="file", device=device)  # libvirt gives it no block devices
    element(disk, "driver", None, type_="raw")
    element(disk, "source", None, file=path)
    element(disk, "target", None, dev=target, bus=bus)
    if device == "cdrom":
        element(disk, "readonly")


def _screen(devices: etree._Element, given: dict[str, str]) -> None:
    """fbuf: 'tcp=127.0.0.1:5904,w=1920,h=1080,vga=io,password=…'."""
    listen, _, port = given.get("tcp", given.get("rfb", "")).rpartition(":")
    graphics = element(
        devices,
        "graphics",
        None,
        type_="vnc",
        port=port if port.isdigit() else None,
        autoport="no" if port.isdigit() else "yes",
        listen=listen or None,
        passwd=given.get("password"),
    )
    if listen:
        element(graphics, "listen", None, type_="address", address=listen)
    vga = given.get("vga") if given.get("vga") in ("io", "on", "off") else None
    video = element(devices, "video")
    if vga:
        element(video, "driver", None, vgaconf=vga)
    model = element(video, "model", None, type_="gop", heads=1, primary="yes")
    if given.get("w", "").isdigit() and given.get("h", "").isdigit():
        element(model, "resolution", None, x=given["w"], y=given["h"])


def _serial(devices: etree._Element, text: str, lost: list[str]) -> None:
    """'com1,/dev/nmdm0A': a null modem, of which the other end is the host's; or standard output."""
    port, _, path = text.partition(",")
    found = re.fullmatch(r"(/dev/nmdm.*)([AB])", path)
    number = port.removeprefix("com")
    if not found or not number.isdigit() or int(number) not in range(1, 5):
        lost.append(f"-l {text}")
        return
    serial = element(devices, "serial", None, type_="nmdm")
    other = {"A": "B", "B": "A"}[found[2]]
    element(serial, "source", None, master=path, slave=f"{found[1]}{other}")
    element(serial, "target", None, port=int(number) - 1)


def _kib(text: str) -> int:
    """Megabytes where no unit is said; bytes where that would be too many of them (vm_parse_memsize)."""
    found = _SIZE.fullmatch(text.removesuffix("b").removesuffix("B"))
    if not found:
        raise Unreadable(f"-m {text}: that is no size")
    number = int(found[1])
    if not found[2]:
        return number >> 10 if number >= 1 << 20 else number << 10
    return number * _UNIT[found[2].lower()]

"""VirtualBox's words and libvirt's, one table a thing: what stands in a .vbox file, in a document, and
behind an option of VBoxManage (its manual; src/VBox/Main/xml/Settings.cpp for the file's defaults)."""

from __future__ import annotations

from dataclasses import dataclass

MEDIUM_OF = {"disk": "HardDisk", "cdrom": "DVD", "floppy": "Floppy"}
"""A drive's device → the type of an AttachedDevice."""

KIND_OF = {"disk": "hdd", "cdrom": "dvddrive", "floppy": "fdd"}
"""A drive's device → what `storageattach --type` calls it."""

BOOT_OF = {"fd": "Floppy", "cdrom": "DVD", "hd": "HardDisk", "network": "Network"}
"""A boot device of a document → of a .vbox file."""

BOOT_OPTION = {"fd": "floppy", "cdrom": "dvd", "hd": "disk", "network": "net"}
"""A boot device of a document → of `--boot1`."""

BOOT_PLACES = 4

VIDEO_OF = {"vbox": "VBoxVGA", "vmvga": "VMSVGA", "vboxsvga": "VBoxSVGA", "none": "None"}
"""A document's video model → a .vbox file's; `--graphicscontroller` takes it in small letters."""

SOUND_OF = {"ac97": "AC97", "ich6": "HDA", "sb16": "SB16"}
"""A document's sound model → a .vbox file's; likewise for `--audio-controller`, where it is called hda."""

FORMATS = {"VDI": "vdi", "VMDK": "vmdk", "VHD": "vpc"}
"""VirtualBox's formats of disk images → a document's; what is in other drives is raw."""

NIC_OF = {
    "e1000": "82540EM", "virtio": "virtio", "Am79C970A": "Am79C970A", "Am79C973": "Am79C973",
    "82543GC": "82543GC", "82545EM": "82545EM",
}  # fmt: skip
"""A document's network card → VirtualBox's; libvirt's own names where it has one for the same card."""

USUAL_NIC = "Am79C973"

PORTS = (("0x3F8", "4"), ("0x2F8", "3"), ("0x3E8", "4"), ("0x2E8", "3"))
"""Where serial ports 0 to 3 are: I/O base and interrupt."""

NIC_PLACES = {"piix3": 8, "ich9": 36}


@dataclass(frozen=True, slots=True)
class DriveBus:
    """A bus that drives are on. `prefix` begins their targets; a controller of it is of one of `chips` (the
    document's model → the file's; '' where none is said), has `ports` of `devices` each, and is made by
    `storagectl --add`. `grows` where it is given as many ports as it needs."""

    add: str
    prefix: str
    called: str
    chips: dict[str, str]
    ports: int
    devices: int = 1
    grows: bool = False


BUSES = {
    "ide": DriveBus(
        "ide", "hd", "IDE", {"": "PIIX4", "piix4": "PIIX4", "piix3": "PIIX3", "ich6": "ICH6"}, 2, 2
    ),
    "sata": DriveBus("sata", "sd", "SATA", {"": "AHCI"}, 30, grows=True),
    "scsi": DriveBus(
        "scsi", "sd", "SCSI",
        {"": "LsiLogic", "lsilogic": "LsiLogic", "buslogic": "BusLogic", "lsisas1068": "LsiLogicSas",
         "virtio-scsi": "VirtioSCSI"},
        16,
    ),
    "nvme": DriveBus("pcie", "nvme", "NVMe", {"": "NVMe"}, 255, grows=True),
    "usb": DriveBus("usb", "sd", "USB", {"": "USB"}, 8),
    "fdc": DriveBus("floppy", "fd", "Floppy", {"": "I82078"}, 1, 2),
}  # fmt: skip
"""By a document's `target/@bus`."""

ADD_OPTION = {"LsiLogicSas": "sas", "VirtioSCSI": "virtio"}
"""Chips that `storagectl --add` calls a bus of their own."""

CHIP_OPTION = {
    "AHCI": "IntelAhci", "LsiLogic": "LSILogic", "LsiLogicSas": "LSILogicSAS", "VirtioSCSI": "VirtIO",
}  # fmt: skip
"""Chips that `storagectl --controller` calls otherwise."""


def bus_of_chip(chip: str) -> tuple[str, str]:
    """The bus and the model, in a document's words, of a controller in a .vbox file; ('', '') for none."""
    for name, bus in BUSES.items():
        for model, known in bus.chips.items():
            if known == chip:
                return name, model
    return "", ""


def letters(number: int) -> str:
    """0 → 'a', 25 → 'z', 26 → 'aa'."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def number_of(text: str) -> int:
    """The other way; -1 for what are no letters."""
    if not (text.isascii() and text.isalpha() and text.islower()):
        return -1
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord("a") + 1
    return number - 1

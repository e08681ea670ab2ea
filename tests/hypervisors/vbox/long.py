"""What the suite of all drivers does not ask, on two real VirtualBox hosts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.base import Move
from drivers.base.errors import DriverError, Refused
from drivers.contract.bench import Bench, eventually
from drivers.contract.complete import CompleteHost
from drivers.contract.host import Connect
from drivers.native.devices import Drive, Nic, SerialPort, SoundCard, VideoCard
from drivers.native.machine import GuestClock, Machine, machine_document, read_machine
from specs.desired import PowerState
from specs.identity import Kind
from tests.hypervisors.vbox.hosts import NAMES, RUNNING, VBoxHosts

GO = threading.Event()
Edit = Callable[[Machine], Machine]


def hosts() -> VBoxHosts:
    return RUNNING[-1]


def nic(**said: str) -> Edit:
    return lambda machine: replace(machine, nics=(replace(machine.nics[0], **said),))  # type: ignore[arg-type]


def serial(**said: object) -> Edit:
    return lambda machine: replace(machine, serials=(SerialPort(port=0, **said),))  # type: ignore[arg-type]


def drive(**said: object) -> Edit:
    return lambda machine: replace(machine, drives=(*machine.drives, Drive(**said)))  # type: ignore[arg-type]


EDITS: list[Edit] = [
    *(lambda m, size=size: replace(m, memory_max=size * 1024) for size in (4, 33, 512)),
    *(lambda m, count=count: replace(m, vcpus=count) for count in (2, 3)),
    *(lambda m, cap=cap: replace(m, vcpu_period=100000, vcpu_quota=cap) for cap in (1000, 99000)),
    *(
        lambda m, order=order: replace(m, boot=order)
        for order in (("hd",), ("cdrom", "hd"), ("network", "fd", "cdrom", "hd"))
    ),
    lambda m: replace(m, machine="ich9", apic=True),  # which this chipset cannot do without
    lambda m: replace(m, firmware="efi", apic=True),  # which EFI cannot do without
    lambda m: replace(m, guest="Debian_64"),
    lambda m: replace(m, acpi=False),
    lambda m: replace(m, apic=True),
    lambda m: replace(m, pae=True),
    lambda m: replace(m, title="A title, 100 %"),
    lambda m: replace(m, description="Two\nlines & <signs>"),
    lambda m: replace(m, clock=GuestClock(offset="localtime")),
    lambda m: replace(m, clock=GuestClock(offset="variable", adjustment="-3600", basis="utc")),
    lambda m: replace(m, sounds=(SoundCard(model="ac97"),)),
    lambda m: replace(m, sounds=(SoundCard(model="ich6"),)),
    *(
        lambda m, model=model: replace(m, videos=(VideoCard(type=model, vram=16384, heads=1),))
        for model in ("vbox", "vmvga", "vboxsvga")
    ),
    *(nic(model=model) for model in ("e1000", "virtio", "Am79C970A", "82543GC", "82545EM")),
    nic(mac="08:00:27:c0:00:77"),
    nic(link="down"),
    nic(type="internal", internal="inside"),
    nic(type="bridge", bridge="eth0"),
    nic(type="null"),
    lambda m: replace(m, nics=(*m.nics, Nic(type="user", mac="08:00:27:c0:00:78", model="e1000"))),
    lambda m: replace(m, nics=()),
    serial(type="null"),
    serial(type="unix", mode="bind", path="/tmp/vr-serial"),
    serial(type="unix", mode="connect", path="/tmp/vr-serial"),
    serial(type="tcp", mode="bind", service="4023"),
    serial(type="tcp", mode="connect", host="127.0.0.1", service="4023"),
    serial(type="file", path="/tmp/vr-serial.txt"),
    drive(device="cdrom", bus="ide", target="hdc", readonly=True),
    drive(device="cdrom", bus="sata", target="sdc", readonly=True),
    drive(device="floppy", bus="fdc", target="fdb"),
]


def test_no_document_is_a_change_for_ever_and_each_edit_converges(bench: Bench) -> None:
    """Each is defined over the last one, read back as it was asked for, and needs nothing more."""
    bench.define(Kind.DOMAIN)
    base, _ = read_machine(bench.see(Kind.DOMAIN).document)
    base = replace(base, nics=(Nic(type="user", mac="08:00:27:c0:00:01", model="e1000"),))
    assert len(EDITS) >= 40
    for number, edit in enumerate((lambda machine: machine, *EDITS)):
        wanted = edit(base)
        bench.driver.lifecycle.define(Kind.DOMAIN, "contract", machine_document(wanted))
        seen = bench.see(Kind.DOMAIN)
        found, beyond = read_machine(seen.document)
        assert beyond == ()
        assert bare(found) == bare(wanted), f"edit {number}"
        bench.driver.lifecycle.define(Kind.DOMAIN, "contract", seen.document)
        assert bench.see(Kind.DOMAIN) == seen, f"edit {number}"


def bare(machine: Machine) -> Machine:
    """Without the places that VirtualBox chose and the controllers that it keeps."""
    drives = tuple(
        sorted(
            (replace(each, address=None, format=None) for each in machine.drives), key=lambda each: each.key
        )
    )
    return replace(machine, drives=drives, controllers=(), firmware_features=())


def spelling(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def talker(bench: Bench, file: Path) -> str:
    port = f"<serial type='file'><source path='{file}'/><target port='0'/></serial></devices>"
    return bench.sample("domain").replace("</devices>", port)


def test_a_guest_goes_on_at_its_destination(bench: Bench, connect: Connect) -> None:
    file = hosts().folder / "spelt"
    file.unlink(missing_ok=True)
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", talker(bench, file))
    bench.driver.lifecycle.start(Kind.DOMAIN, "contract")
    eventually(lambda: len(spelling(file)) >= 4, 60)
    there = connect(neighbour=True)
    bench.driver.move.move("contract", there, Move(live=True), lambda _: None, GO)
    before = len(spelling(file))
    eventually(lambda: len(spelling(file)) >= before + 3, 60)
    spelt = spelling(file)[-3:]
    assert "a" not in spelt[:1], "it began anew"
    assert [ord(letter) - ord(spelt[0]) for letter in spelt] == [0, 1, 2]
    assert bench.look(Kind.DOMAIN) is None
    seen = there.observe.one(Kind.DOMAIN, "contract")
    assert seen is not None
    assert seen.power is PowerState.RUNNING
    there.close()


def test_a_teleport_that_fails_leaves_one_machine_and_it_runs_on(bench: Bench, connect: Connect) -> None:
    file = hosts().folder / "spelt"
    file.unlink(missing_ok=True)
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", talker(bench, file))
    bench.driver.lifecycle.start(Kind.DOMAIN, "contract")
    there = connect(neighbour=True)
    with pytest.raises(Refused, match="did not go"):
        bench.driver.move.move(
            "contract", there, Move(live=True, address="absent.invalid"), lambda _: None, GO
        )
    assert there.observe.one(Kind.DOMAIN, "contract") is None
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING
    before = len(spelling(file))
    eventually(lambda: len(spelling(file)) > before, 60)
    there.close()


@pytest.mark.parametrize("killed", ["VBoxManage", "VBoxSVC", "ssh"])
def test_whatever_dies_in_the_middle_nothing_is_doubled_and_the_next_try_converges(
    bench: Bench, killed: str
) -> None:
    stop = threading.Event()

    def kill() -> None:
        for _ in range(6):
            if stop.wait(0.15):
                return
            if killed == "ssh":
                hosts().cut(NAMES[0])
            else:
                hosts().run(NAMES[0], "pkill", "-KILL", killed, check=False)

    killer = threading.Thread(target=kill)
    killer.start()
    with suppress(DriverError):
        define(bench.driver, bench.sample("domain"))
    stop.set()
    killer.join(30)
    eventually(lambda: answers(bench.driver), 60)
    define(bench.driver, bench.sample("domain"))
    objects = bench.driver.observe.inventory().objects
    assert [name for kind, name in objects if kind is Kind.DOMAIN] == ["contract"]
    machine, _ = read_machine(objects[Kind.DOMAIN, "contract"].document)
    assert [each.target for each in machine.drives] == ["fda"]


def define(driver: CompleteHost, document: str) -> None:
    """As the reconciler does it: over what is there, with its UUID."""
    seen = driver.observe.one(Kind.DOMAIN, "contract")
    if seen is not None:
        document = document.replace("<memory", f"<uuid>{seen.uuid}</uuid><memory", 1)
    driver.lifecycle.define(Kind.DOMAIN, "contract", document)


def answers(driver: CompleteHost) -> bool:
    with suppress(DriverError):
        driver.observe.inventory()
        return True
    return False

"""What libxl's driver does otherwise than others, by stand-ins for libvirt's objects."""

from __future__ import annotations

from typing import Any, cast

import libvirt
import pytest

from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.libvirt import devices, domains
from drivers.libvirt.errors import translated
from drivers.libvirt.itself import guest, guests
from specs.desired import StopPolicy

NIL = "00000000-0000-0000-0000-000000000000"
DISK = "<disk><target dev='xvdb' bus='xen'/></disk>"


def failure(message: str, code: int = libvirt.VIR_ERR_OPERATION_FAILED) -> libvirt.libvirtError:
    error = libvirt.libvirtError(message)
    error.err = (code, libvirt.VIR_FROM_LIBXL, message, libvirt.VIR_ERR_ERROR, None, None, None, 0, 0)
    return error


class Guest:
    """A running domain; every call that is not answered fails with `error`."""

    def __init__(
        self, name: str = "a", uuid: str = "u", number: int = 7, document: str = "<domain/>"
    ) -> None:
        self.own, self.uuid, self.number, self.document = name, uuid, number, document
        self.error = failure("no")

    def name(self) -> str:
        return self.own

    def UUIDString(self) -> str:
        return self.uuid

    def ID(self) -> int:
        return self.number

    def isActive(self) -> bool:
        return True

    def XMLDesc(self, _flags: int) -> str:
        return self.document

    def state(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_RUNNING, 0]

    def shutdownFlags(self, flags: int) -> None:
        raise failure(f"{self.error} {flags}")

    def detachDeviceFlags(self, _device: str, _flags: int) -> None:
        raise self.error


class Handle:
    def __init__(self, *held: Guest) -> None:
        self.held = held

    def listAllDomains(self, _flags: int) -> list[Any]:
        return list(self.held)

    def lookupByName(self, name: str) -> Any:
        return next(each for each in self.held if each.own == name)


def test_the_host_itself_is_no_guest() -> None:
    host, web = Guest("Domain-0", NIL, 0), Guest()
    handle = cast("libvirt.virConnect", Handle(host, web))
    assert guests(handle) == [web]
    assert cast("Guest", guest(handle, "a")) is web
    with pytest.raises(NotFound, match="the host itself"):
        guest(handle, "Domain-0")


def test_another_that_is_only_called_so_is_a_guest() -> None:
    for named in (Guest("Domain-0", "11111111-2222-4333-8444-555555555555", 3), Guest("dom0", NIL, 0)):
        handle = cast("libvirt.virConnect", Handle(named))
        assert guests(handle) == [named]
        assert cast("Guest", guest(handle, named.own)) is named


def test_a_stop_that_every_method_refuses_says_why() -> None:
    policy = StopPolicy(methods=("agent", "acpi"), deadline=0.01, force=False)
    with pytest.raises(Refused, match=r"refused: no 2; no 1; no 0; no 8"):
        domains.stop(cast("libvirt.virDomain", Guest()), policy)


@pytest.mark.parametrize("device", [DISK, "<interface><mac address='00:16:3E:00:00:01'/></interface>"])
def test_what_is_not_there_cannot_be_detached(device: str) -> None:
    other = "<disk><target dev='xvda'/></disk>"
    absent = Guest(document=f"<domain><devices>{other}</devices></domain>")
    with pytest.raises(NotFound, match="no such device"):
        devices.detach(cast("libvirt.virDomain", absent), device)


def test_what_is_there_and_stays_is_the_hypervisors_word() -> None:
    present = Guest(document=f"<domain><devices>{DISK}</devices></domain>")
    with pytest.raises(libvirt.libvirtError):
        devices.detach(cast("libvirt.virDomain", present), DISK)
    # A NIC is known by its MAC, however that is written.
    nic = "<interface><mac address='00:16:3e:00:00:0a'/></interface>"
    present = Guest(document=f"<domain><devices>{nic}</devices></domain>")
    with pytest.raises(libvirt.libvirtError):
        devices.detach(cast("libvirt.virDomain", present), nic.upper().lower().replace("0a", "0A"))


def test_what_libxl_tells_in_its_log_alone_is_pointed_at() -> None:
    found = translated(failure("internal error: libxenlight failed to create new domain 'a'"))
    assert "libxl-driver.log" in found.hint


def test_a_flag_that_a_driver_does_not_know_is_unsupported() -> None:
    message = "unsupported flags (0x1) in function libxlDomainGetSchedulerParametersFlags"
    assert isinstance(translated(failure(message, libvirt.VIR_ERR_INVALID_ARG)), Unsupported)
    assert isinstance(translated(failure("invalid argument: x", libvirt.VIR_ERR_INVALID_ARG)), Refused)

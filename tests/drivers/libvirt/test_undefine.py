"""What goes with a definition, and what stays."""

from __future__ import annotations

import pytest

from drivers.base import Belonging
from drivers.base.errors import Refused
from drivers.contract.complete import CompleteHost
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain

GUEST = """<domain type='qemu'><name>efi</name><memory unit='MiB'>64</memory><os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader><nvram>{nvram}</nvram></os>
  <features><acpi/></features></domain>"""


def test_the_nvram_stays(driver: CompleteHost, libvirt_host: LibvirtHost) -> None:
    nvram = libvirt_host.images / "efi_VARS.fd"
    driver.lifecycle.define(Kind.DOMAIN, "efi", GUEST.format(nvram=nvram))
    nvram.write_bytes(b"boot order")
    driver.lifecycle.undefine(Kind.DOMAIN, "efi")
    assert driver.observe.one(Kind.DOMAIN, "efi") is None
    assert nvram.read_bytes() == b"boot order"


def test_a_managed_save_goes_only_if_that_is_said(driver: CompleteHost, libvirt_host: LibvirtHost) -> None:
    driver.lifecycle.define(
        Kind.DOMAIN, "asleep", qemu_domain("asleep", libvirt_host.images / "asleep.console")
    )
    driver.lifecycle.start(Kind.DOMAIN, "asleep")
    libvirt_host.virsh("managedsave", "asleep")
    assert driver.observe.lost_with("asleep") == {Belonging.MANAGED_SAVE: ""}
    with pytest.raises(Refused, match="managed save"):
        driver.lifecycle.undefine(Kind.DOMAIN, "asleep")
    driver.lifecycle.undefine(Kind.DOMAIN, "asleep", discards=[Belonging.MANAGED_SAVE])
    assert driver.observe.one(Kind.DOMAIN, "asleep") is None

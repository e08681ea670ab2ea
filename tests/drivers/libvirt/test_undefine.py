"""What goes with a definition, and what stays."""

from __future__ import annotations

import pytest

from specs.identity import Kind
from tests.support.complete import CompleteHost
from tests.support.daemons import LibvirtHost

GUEST = """<domain type='qemu'><name>efi</name><memory unit='MiB'>64</memory><os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader><nvram>{nvram}</nvram></os>
  <features><acpi/></features></domain>"""


@pytest.mark.parametrize("keep_state", [False, True])
def test_the_nvram_goes_unless_it_is_to_stay(
    driver: CompleteHost, libvirt_host: LibvirtHost, keep_state: bool
) -> None:
    nvram = libvirt_host.images / "efi_VARS.fd"
    driver.lifecycle.define(Kind.DOMAIN, "efi", GUEST.format(nvram=nvram))
    nvram.write_bytes(b"boot order")
    driver.lifecycle.undefine(Kind.DOMAIN, "efi", keep_state=keep_state)
    assert driver.observe.one(Kind.DOMAIN, "efi") is None
    assert nvram.exists() is keep_state

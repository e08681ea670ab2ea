"""What runs is changed, and its definition stays as it is."""

from __future__ import annotations

import re

import pytest

from drivers.base import NetworkChange, NetworkSection, SectionCommand, Text
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.base.tunables import CpuParameter, CpuPin, CpuTune
from drivers.contract.bench import (
    Bench,
    needs,
    proves,
    text_of,
)
from drivers.contract.features import Feature
from specs.identity import Kind


@needs(Feature.DISK_HOTPLUG)
@proves("live.attach", "live.detach")
def test_a_disk_is_plugged_in_and_out(bench: Bench) -> None:
    bench.volume()
    before = bench.running().document
    bench.driver.live.attach("contract", bench.sample("disk"))
    assert "disk.img" in bench.live()
    with pytest.raises(Refused):
        bench.driver.live.attach("contract", bench.sample("disk"))
    assert bench.see(Kind.DOMAIN).document == before
    bench.driver.live.detach("contract", bench.sample("disk"))
    assert "disk.img" not in bench.live()
    with pytest.raises(NotFound):
        bench.driver.live.detach("contract", bench.sample("disk"))


@needs(Feature.NIC_HOTPLUG)
def test_a_nic_is_plugged_in_and_out(bench: Bench) -> None:
    before = bench.plugged().document
    bench.driver.live.attach("contract", bench.sample("nic"))
    assert "52:54:00:c0:00:03" in bench.live()
    assert bench.see(Kind.DOMAIN).document == before
    bench.driver.live.detach("contract", bench.sample("nic"))
    assert "52:54:00:c0:00:03" not in bench.live()
    with pytest.raises(NotFound):
        bench.driver.live.detach("contract", bench.sample("nic"))


@needs(Feature.NIC_UPDATE)
@proves("live.update")
def test_a_nic_is_changed_in_place(bench: Bench) -> None:
    before = bench.plugged().document
    nic = bench.sample("nic").replace("c0:00:03", "c0:00:02")
    bench.driver.live.update("contract", nic.replace("</interface>", "<link state='down'/></interface>"))
    assert re.search(r"<link state=.down.", bench.live())
    bench.driver.live.update("contract", nic)
    assert not re.search(r"<link state=.down.", bench.live())
    with pytest.raises(Unsupported):
        bench.driver.live.update("contract", nic.replace("virtio", "e1000"))
    assert bench.see(Kind.DOMAIN).document == before


@needs(Feature.COLD_DEVICE)
def test_what_cannot_be_plugged_live_is_refused(bench: Bench) -> None:
    before = bench.running()
    with pytest.raises(Unsupported):
        bench.driver.live.attach("contract", bench.sample("cold_device"))
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.DISK_HOTPLUG)
def test_a_stopped_domain_has_no_live_devices(bench: Bench) -> None:
    bench.volume()
    before = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        bench.driver.live.attach("contract", bench.sample("disk"))
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.MEMORY)
@proves("live.set_memory")
def test_memory_is_ballooned_up_to_the_maximum(bench: Bench) -> None:
    before = bench.running().document
    maximum = int(text_of(bench.live(), "memory"))
    bench.driver.live.set_memory("contract", maximum // 2)
    assert int(text_of(bench.live(), "currentMemory")) == pytest.approx(maximum // 2, abs=1023)
    assert bench.see(Kind.DOMAIN).document == before
    with pytest.raises(Refused):
        bench.driver.live.set_memory("contract", maximum * 2)


@needs(Feature.VCPUS)
@proves("live.set_vcpus")
def test_vcpus_are_plugged_up_to_the_maximum(bench: Bench) -> None:
    before = bench.running().document
    bench.driver.live.set_vcpus("contract", 2)
    assert not re.search(r"<vcpu[^>]*current=", bench.live())
    assert bench.see(Kind.DOMAIN).document == before
    with pytest.raises(Refused):
        bench.driver.live.set_vcpus("contract", 3)


@needs(Feature.TEXT)
@pytest.mark.parametrize("field", ["title", "description"])
@proves("live.set_text")
def test_texts_are_set_and_removed_live(bench: Bench, field: str) -> None:
    before = bench.running().document
    bench.driver.live.set_text("contract", Text(field), "a & b")
    assert text_of(bench.live(), field) == "a &amp; b"
    bench.driver.live.set_text("contract", Text(field), "")
    assert text_of(bench.live(), field) == ""
    assert bench.see(Kind.DOMAIN).document == before


@needs(Feature.TUNE)
@proves("live.tune")
def test_tunables_are_set_live(bench: Bench) -> None:
    before = bench.running().document
    bench.driver.live.tune("contract", CpuTune(CpuParameter.SHARES, 512))
    assert text_of(bench.live(), "shares") == "512"
    bench.driver.live.tune("contract", CpuPin(0, "0"))
    assert re.search(r"<vcpupin[^>]*cpuset=.0.", bench.live())
    assert bench.see(Kind.DOMAIN).document == before


@needs(Feature.SECTIONS)
@proves("live.update_network")
def test_entries_of_an_active_network_change_live(bench: Bench) -> None:
    before = bench.define(Kind.NETWORK).document
    bench.driver.lifecycle.start(Kind.NETWORK, "contract")
    entry = bench.sample("network_host")

    def update(command: SectionCommand, xml: str) -> str:
        bench.driver.live.update_network("contract", NetworkChange(NetworkSection.DHCP_HOST, command, xml, 0))
        return bench.see(Kind.NETWORK).live or ""

    assert "192.168.213.9" in update(SectionCommand.ADD, entry)
    with pytest.raises(Refused):
        update(SectionCommand.ADD, entry)
    changed = entry.replace("213.9", "213.19")
    live = update(SectionCommand.MODIFY, changed)
    assert "192.168.213.19" in live
    assert "192.168.213.9'" not in live.replace('"', "'")
    assert "192.168.213.19" not in update(SectionCommand.DELETE, changed)
    with pytest.raises(Refused):
        update(SectionCommand.DELETE, changed)
    assert bench.see(Kind.NETWORK).document == before


@needs(Feature.SECTIONS)
def test_ranges_are_added_and_deleted_but_not_modified(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    bench.driver.lifecycle.start(Kind.NETWORK, "contract")
    entry = "<range start='192.168.213.20' end='192.168.213.29'/>"
    section = NetworkSection.DHCP_RANGE
    bench.driver.live.update_network("contract", NetworkChange(section, SectionCommand.ADD, entry, 0))
    assert "192.168.213.29" in (bench.see(Kind.NETWORK).live or "")
    with pytest.raises(Unsupported):
        bench.driver.live.update_network("contract", NetworkChange(section, SectionCommand.MODIFY, entry, 0))
    bench.driver.live.update_network("contract", NetworkChange(section, SectionCommand.DELETE, entry, 0))
    assert "192.168.213.29" not in (bench.see(Kind.NETWORK).live or "")

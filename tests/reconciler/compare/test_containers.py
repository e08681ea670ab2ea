"""Containers: what a start names, and what they share with nobody."""

from __future__ import annotations

from drivers.dialects import dialect
from reconciler.compare import Comparison, compare
from specs.identity import Kind
from tests.reconciler.compare.support import paths

LXC = dialect("lxc")
SHARED = "<lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>{}</lxc:namespace>"


def _container(*guests: str, more: str = "") -> str:
    form = "<interface type='bridge'><mac address='52:54:00:00:00:0{}'/><source bridge='b'/>{}</interface>"
    interfaces = "".join(form.format(number, guest) for number, guest in enumerate(guests))
    return (
        "<domain type='lxc'><name>c</name><memory>65536</memory><os><type>exe</type><init>/init</init></os>"
        f"{more}<devices>{interfaces}</devices></domain>"
    )


def _judged(declared: str, observed: str) -> Comparison:
    return compare(Kind.DOMAIN, declared, observed, None, LXC)


def test_a_running_container_names_its_interfaces() -> None:
    """Those that have no name of their own are counted."""
    persistent = _container("", "<guest dev='lan'/>", "")
    running = _container("<guest dev='eth0' actual='vnet7'/>", "<guest dev='lan'/>", "<guest dev='eth1'/>")
    assert paths(_judged(running, persistent)) == []
    assert paths(_judged(persistent, running)) == []


def test_another_name_is_a_difference_and_is_put() -> None:
    declared, observed = _container("<guest dev='wan'/>"), _container("")
    found = _judged(declared, observed)
    assert paths(found) == ["devices/interface[52:54:00:00:00:00]/guest/@dev"]
    assert '<guest dev="wan"/>' in found.merged
    assert paths(_judged(declared, found.merged)) == []


def test_what_is_shared_with_nobody_is_not_kept() -> None:
    nobody = SHARED.format("<lxc:sharenet type='none' value='x'/>")
    somebody = SHARED.format("<lxc:sharenet type='name' value='x'/>")
    assert paths(_judged(_container(more=nobody), _container())) == []
    assert paths(_judged(_container(more=somebody), _container()))
    assert paths(_judged(_container(more=somebody), _container(more=SHARED.format(""))))

"""From a URI to an endpoint, and from there to hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.base import needed
from drivers.base.errors import NotFound, Unreachable, Unsupported
from drivers.base.registry import open_endpoint
from specs.identity import Kind

FILTER = "<filter name='{}'/>"


def test_an_endpoint_holds_many_hosts(tmp_path: Path) -> None:
    endpoint = open_endpoint(f"sim://{tmp_path}/lab.db?host=one")
    assert endpoint.hosts() == ("one",)
    for member in ("one", "two"):
        host = endpoint.host(f"called-{member}", member)
        needed.lifecycle(host).define(Kind.NETWORK_FILTER, member, FILTER.format(member))
    assert endpoint.hosts() == ("one", "two")
    seen = {member: endpoint.host("x", member).observe.inventory() for member in endpoint.hosts()}
    assert {member: [name for _, name in found.objects] for member, found in seen.items()} == {
        "one": ["one"],
        "two": ["two"],
    }
    assert endpoint.host("hv1").observe.inventory().host == "hv1"
    endpoint.close()
    with pytest.raises(Unreachable):
        host.observe.inventory()


def test_a_libvirt_daemon_is_one_host(tmp_path: Path) -> None:
    (tmp_path / "node.xml").write_text("<node/>")
    endpoint = open_endpoint(f"test://{tmp_path}/node.xml")
    (name,) = endpoint.hosts()
    assert endpoint.host("hv1", name).observe.inventory().host == "hv1"
    with pytest.raises(NotFound):
        endpoint.host("hv1", f"not-{name}")
    endpoint.close()


def test_a_scheme_that_nobody_knows_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="no driver knows the URI scheme 'ftp'"):
        open_endpoint("ftp://host")

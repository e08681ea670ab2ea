"""From a URI to an endpoint, and from there to hosts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from drivers.base import needed, registry
from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.base.registry import open_endpoint, open_host
from specs.identity import Kind
from specs.uris import DRIVERS

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


def test_a_scheme_that_nobody_knows_is_unsupported_and_those_that_are_known_are_told() -> None:
    with pytest.raises(Unsupported, match="no driver knows the URI scheme 'ftp'") as said:
        open_endpoint("ftp://host")
    known = said.value.hint.removeprefix("known: ").split(", ")
    assert known == sorted(known)
    assert {"sim", "qemu", "lxc"} <= set(known)


def test_a_host_is_read_only_where_it_was_opened_so(tmp_path: Path) -> None:
    uri = f"sim://{tmp_path}/lab.db"
    for open_it in (open_host, lambda given, **values: open_endpoint(given).host(values["host"])):
        host = open_it(uri, host="hv1")
        assert host.observe.inventory().host == "hv1"
        needed.lifecycle(host).define(Kind.NETWORK_FILTER, "one", FILTER.format("one"))
        needed.lifecycle(host).undefine(Kind.NETWORK_FILTER, "one")
    reader = open_host(uri, host="hv1", readonly=True)
    with pytest.raises(Refused):
        needed.lifecycle(reader).define(Kind.NETWORK_FILTER, "one", FILTER.format("one"))


Call = tuple[str, dict[str, Any]]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Every opening of a driver that was installed for the scheme 'elsewhere'."""
    opened: list[Call] = []

    class Endpoint:
        def host(self, called: str) -> str:
            return f"host {called}"

    def opener(uri: str, **values: Any) -> Endpoint:
        opened.append((uri, values))
        return Endpoint()

    class Point(EntryPoint):
        def load(self) -> Any:
            return opener

    def entry_points(*, group: str, name: str) -> EntryPoints:
        return EntryPoints([Point("elsewhere", "package:opener", DRIVERS)]).select(group=group, name=name)

    monkeypatch.setattr(registry, "entry_points", entry_points)
    return opened


@pytest.mark.parametrize("uri", ["elsewhere://host/x", "elsewhere+ssh://host/x", "elsewhere:"])
@pytest.mark.parametrize(
    ("credentials", "given"), [({}, {}), ({"authname": "me"}, {"credentials": {"authname": "me"}})]
)
@pytest.mark.parametrize("readonly", [True, False])
def test_a_driver_that_was_installed_opens_its_scheme(
    elsewhere: list[Call], uri: str, credentials: Mapping[str, str], given: dict[str, Any], readonly: bool
) -> None:
    """It is given credentials only when there are any."""
    open_endpoint(uri, readonly=readonly, credentials=credentials)
    assert str(open_host(uri, host="hv1", readonly=readonly, credentials=credentials)) == "host hv1"
    assert elsewhere == [(uri, {"readonly": readonly, **given})] * 2


def test_unless_it_is_asked_for_a_connection_can_write(elsewhere: list[Call]) -> None:
    open_endpoint("elsewhere:")
    open_host("elsewhere:", host="hv1")
    assert elsewhere == [("elsewhere:", {"readonly": False})] * 2


def test_no_driver_loads_what_a_look_does_not_need() -> None:
    """The models of files take half a second, a vendor's library more: nobody waits for them to see that
    nothing changed."""
    drivers = sorted({package for package in registry._BUILT_IN.values() if package != "drivers.libvirt"})
    heavy = ("pydantic", "pyVmomi", "pypsrp", "asyncssh", "httpx")
    program = f"import sys, {', '.join(drivers)}; print(*{set(heavy)} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("", "")

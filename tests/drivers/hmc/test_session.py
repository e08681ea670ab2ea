"""Logging on, sessions that end, and answers that are none; what somebody else changed is never written
over."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import pytest

from drivers.base.errors import NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.base.registry import open_endpoint, open_host
from drivers.hmc.elements import put, text
from drivers.hmc.uri import parse_uri
from specs.identity import Kind
from specs.uris import refusal, weaknesses
from tests.drivers.hmc.conftest import Power
from tests.drivers.hmc.console import PASSWORD


def test_one_session_serves_all_and_is_given_back(power: Power) -> None:
    power.define()
    power.host.observe.inventory()
    assert power.console.logons == 1
    power.host.close()
    assert power.console.sessions == set()
    power.host.close()


def test_a_session_that_ended_is_opened_once_more(power: Power) -> None:
    power.define()
    for request in ("GET .*LogicalPartition.quick", "POST .*/LogicalPartition/", "PUT .*do/PowerOn"):
        power.console.fault(request, "expire")
    power.define(memory=2048)
    power.host.lifecycle.start(Kind.DOMAIN, "web")
    assert "2097152" in power.see().document
    assert power.console.logons == 4
    power.console.fault("GET", "401", times=2)
    with pytest.raises(Refused, match="may not"):
        power.host.observe.one(Kind.DOMAIN, "web")


def test_who_is_not_let_in_is_told_so_and_no_secret(power: Power) -> None:
    for password, said in (("hunter2", "does not let user 'hscroot' in"), ("", "no password")):
        with pytest.raises(Unreachable, match=said) as caught:
            power.open(password=password)
        assert "hunter2" not in f"{caught.value!r}{caught.value.__cause__!r}"
    assert "hunter2" not in repr(parse_uri("hmc://u@h/s", {"passphrase": "hunter2"}))
    with pytest.raises(NotFound, match="there are: server1, server2"):
        power.open("server3")
    with pytest.raises(NotFound, match="manages 2 systems"):
        power.open("")


def test_a_console_is_one_endpoint_with_many_hosts(power: Power) -> None:
    endpoint = open_endpoint(power.uri(""), credentials={"passphrase": PASSWORD})
    assert endpoint.hosts() == ("server1", "server2")
    one, other = (endpoint.host("power", name) for name in endpoint.hosts())
    power.define()
    assert one.observe.one(Kind.DOMAIN, "web") is not None
    assert other.observe.one(Kind.DOMAIN, "web") is None
    assert one.observe.inventory().identity != other.observe.inventory().identity
    one.close()
    assert other.observe.inventory().objects
    endpoint.close()
    with pytest.raises(Unreachable):
        other.observe.inventory()


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("hmc:///server1", "names no console"),
        ("hmc://u:p@h/s", "no password"),
        ("hmc://h/s?verify=0", "unknown parameter"),
        ("hmc://h/s?transport=ftp", "https, http"),
    ],
)
def test_uris_that_say_something_else(uri: str, said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        open_host(uri, host="h")


def test_which_uris_a_tree_may_say() -> None:
    assert refusal("hmc://hscroot@hmc.example:12443/Server-9080-HEX-SN1234567") == ""
    assert "not allowed" in refusal("hmc://hmc/s?cafile=/etc/passwd")
    assert len(weaknesses("hmc://hmc/s?no_verify=1&transport=http")) == 2
    place = parse_uri("hmc://[::1]:12443/Server%201?no_verify=1", {"authname": "joe"})
    assert (place.address, place.system, place.user, place.verify) == (
        "https://[::1]:12443",
        "Server 1",
        "joe",
        False,
    )


def test_what_somebody_else_changed_meanwhile_is_kept(power: Power) -> None:
    """412: it is read again, checked again, and only then changed; never blindly."""
    power.define()
    resource = power.console.resources.partition("web")
    assert resource is not None

    def meddle() -> None:
        put(resource.element, "KeylockPosition", "manual", ())

    power.console.fault("POST .*/LogicalPartition/", "stale")
    meddle()
    power.define(memory=2048)
    after = power.console.resources.partition("web")
    assert after is not None
    assert text(after.element, "KeylockPosition") == "manual"
    assert "2097152" in power.see().document
    power.console.fault("POST .*/LogicalPartition/", "stale", times=9)
    with pytest.raises(Transient, match="changed meanwhile"):
        power.define(memory=4096)
    assert "2097152" in power.see().document


def test_answers_that_are_none(power: Power, tmp_path: Path) -> None:
    power.console.fault("GET .*LogicalPartition.quick", "503", times=1)
    with pytest.raises(Transient, match="HSCL9999"):
        power.host.observe.one(Kind.DOMAIN, "web")
    with pytest.raises(Unreachable, match="cannot be reached"):
        open_host("hmc://u@127.0.0.1:1/s?transport=http", host="h", credentials={"passphrase": "x"})

    class Page(http.server.SimpleHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>a page</html>")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        uri = f"hmc://u@127.0.0.1:{server.server_address[1]}/s?transport=http"
        with pytest.raises(Unreachable, match="is this an HMC"):
            open_host(uri, host="h", credentials={"passphrase": "x"})
    finally:
        server.shutdown()
        server.server_close()


def test_a_read_that_is_cut_is_asked_once_more(power: Power) -> None:
    power.define()
    power.console.fault("GET", "cut-before")
    assert power.see().name == "web"
    power.console.fault("GET", "cut-after", times=2)
    with pytest.raises(Unreachable):
        power.see()


def test_one_partition_that_makes_no_sense_hides_no_other(power: Power) -> None:
    power.define()
    power.host.lifecycle.define(
        Kind.DOMAIN, "odd", "<domain><name>odd</name><memory unit='MiB'>512</memory><vcpu>1</vcpu></domain>"
    )
    odd = power.console.resources.partition("odd")
    assert odd is not None
    memory = odd.element.find("{*}PartitionMemoryConfiguration/{*}DesiredMemory")
    assert memory is not None
    memory.text = "much"
    seen = power.host.observe.inventory()
    assert {name for kind, name in seen.objects if kind is Kind.DOMAIN} == {"web"}
    assert "which is no number" in seen.failures[Kind.DOMAIN, "odd"]


def test_a_server_that_is_down_makes_nothing_absent(power: Power) -> None:
    """What its Virtual I/O Server lends to a partition cannot be told: nothing of it is taken for gone."""
    power.define()
    power.console.fault("GET .*VirtualIOServer", "500", times=9)
    seen = power.host.observe.inventory()
    assert {kind for kind, _ in seen.failures} == {Kind.DOMAIN, Kind.STORAGE_POOL, Kind.VOLUME}
    assert not [name for kind, name in seen.objects if kind is not Kind.NETWORK]

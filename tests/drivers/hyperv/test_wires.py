"""Both ways to a host, for real: PowerShell remoting over TLS with a login, and ssh."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests
from drivers.base import Host
from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.base.guest import AddressSource
from drivers.base.needed import guest, lifecycle
from drivers.base.registry import open_host
from drivers.hyperv.uri import parse_uri
from specs.identity import Kind
from specs.uris import refusal, weaknesses
from tests.drivers.hyperv.test_edits import BASE
from tests.support.hyperv.endpoint import HyperVEndpoint
from tests.support.hyperv.farm import session_farm
from tests.support.hyperv.model import ModelDisk, ModelSwitch
from tests.support.sshd import CALLED, SshServer

NAMES = ["web", "a'; Remove-VM *; '$(calc)`\"", "größer ☃", "[ab]*?", "-Force"]


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> HyperVEndpoint:
    farm = session_farm()
    farm.clear()
    for name, value in farm.host.environment.items():
        monkeypatch.setenv(name, value)
    farm.host.model.switches.append(ModelSwitch("lan", "Internal"))
    farm.host.model.disks["E:\\Loose\\disk0.vhdx"] = ModelDisk(1 << 30)
    return farm.host


def opened(endpoint: HyperVEndpoint, **options: bool) -> Host:
    return open_host(endpoint.uri, host="hv", credentials=endpoint.credentials, **options)


def test_names_and_notes_are_data_whatever_they_look_like(endpoint: HyperVEndpoint) -> None:
    host = opened(endpoint)
    for name in NAMES:
        document = (
            f"<domain type='hyperv'><name>{escaped(name)}</name><description>{escaped(name)}</description>"
        )
        lifecycle(host).define(
            Kind.DOMAIN,
            name,
            f"{document}<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>",
        )
    assert [machine.name for machine in endpoint.model.machines] == NAMES
    assert [machine.notes for machine in endpoint.model.machines] == NAMES
    host.close()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def test_a_machine_over_the_wire(endpoint: HyperVEndpoint) -> None:
    host = opened(endpoint)
    lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    with pytest.raises(Refused, match="there already"):
        lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
    with pytest.raises(NotFound):
        lifecycle(host).start(Kind.DOMAIN, "other")
    lifecycle(host).start(Kind.DOMAIN, "web")
    assert guest(host).agent_answers("web")
    (four, six) = guest(host).addresses("web", AddressSource.AGENT)
    assert (four.mac, four.address, six.address[:4]) == ("00:15:5d:00:09:01", "192.168.7.9", "fe80")
    with pytest.raises(Unsupported):
        guest(host).console("web")
    assert host.capabilities().version == "Microsoft Windows Server 2022 Standard 10.0.20348"
    with pytest.raises(Refused, match="read-only"):
        lifecycle(opened(endpoint, readonly=True)).start(Kind.DOMAIN, "web")
    host.close()


def test_a_connection_that_breaks(endpoint: HyperVEndpoint) -> None:
    host = opened(endpoint)
    for after in (False, True):
        endpoint.cut("act", after=after)
        with pytest.raises(Unreachable):
            lifecycle(host).define(Kind.DOMAIN, "web", BASE["efi"])
        assert len(endpoint.model.machines) == int(after)
    endpoint.cut("look", after=True)
    assert host.observe.one(Kind.DOMAIN, "web") is not None
    endpoint.forget_shells()
    lifecycle(host).start(Kind.DOMAIN, "web")
    assert endpoint.model.machines[0].state == "Running"
    assert endpoint.calls.count("act") == 3
    host.close()


def test_who_is_not_let_in_is_told_why(endpoint: HyperVEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"authname": "WORKGROUP\\admin", "passphrase": "hunter2"}
    with pytest.raises(Unreachable, match="does not let us in") as refused:
        open_host(endpoint.uri, host="hv", credentials=wrong)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(Unreachable, match="WinRM listening"):
        open_host("hyperv://localhost:1?auth=ntlm", host="hv", credentials=wrong)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        opened(endpoint)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real sshd, on which `powershell` is the stand-in; the file that keeps its model."""
    server, bin_, root = SshServer(tmp_path), tmp_path / "bin", Path(tests.__file__).parents[1]
    bin_.mkdir()
    model = tmp_path / "model"
    program = bin_ / "powershell"
    program.write_text(
        f"#!/bin/sh\ncd {root} && HYPERV_MODEL={model} exec {sys.executable}"
        ' -m tests.support.hyperv.powershell_over_ssh "$@"\n'
    )
    program.chmod(0o755)
    server.stop()
    with (tmp_path / "sshd_config").open("a") as configuration:
        configuration.write(f"SetEnv PATH={bin_}:/usr/bin:/bin\n")
    server.start()
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield model
    server.stop()


@pytest.mark.real
def test_the_same_over_ssh(ssh: Path) -> None:
    host = open_host(f"hyperv+ssh://{CALLED}", host="hv")
    document = "<domain type='hyperv'><name>größer</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
    lifecycle(host).define(Kind.DOMAIN, "größer", f"{document}<os><type>hvm</type></os></domain>")
    seen = host.observe.one(Kind.DOMAIN, "größer")
    assert seen is not None
    with pytest.raises(Refused, match="UUID"):
        lifecycle(host).define(Kind.DOMAIN, "größer", f"{document}<os><type>hvm</type></os></domain>")
    host.close()


def test_what_a_uri_may_say() -> None:
    for good in (
        "hyperv://hv1",
        "hyperv://admin@hv1:5985/?transport=http&auth=kerberos",
        "hyperv+ssh://admin@hv1",
    ):
        assert refusal(good) == ""
        parse_uri(good)
    for bad in (
        "hyperv://hv1?auth=digest",
        "hyperv+ssh://hv1?auth=ntlm",
        "hyperv+tcp://hv1",
        "hyperv://hv1/system",
    ):
        assert refusal(bad)
    for wrong in (
        "hyperv://",
        "hyperv://hv1?transport=http&auth=basic",
        "hyperv://hv1?auth=digest",
        "hyperv+tcp://x",
    ):
        with pytest.raises(Unsupported):
            parse_uri(wrong)
    assert weaknesses("hyperv://hv1?no_verify=1")

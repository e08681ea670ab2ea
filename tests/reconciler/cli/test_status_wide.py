"""status -o wide and -o json: what guests have and how they are reached."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from drivers.simulated import faults
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

LAN = """<network><name>lan</name><ip address='10.7.0.1' netmask='255.255.255.0'>
  <dhcp><range start='10.7.0.100' end='10.7.0.200'/></dhcp></ip></network>"""
GUEST = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: {name}}}
spec: {{memory: 2GiB, vcpus: 3, interfaces: [{{network: lan}}], agent: {agent}, ready: {ready}}}
"""


def guest(lab: Lab, name: str, *, agent: bool = True, ready: str = "agent") -> None:
    lab.write(f"{name}.yaml", GUEST.format(name=name, agent=str(agent).lower(), ready=ready))


@pytest.fixture
def net(lab: Lab) -> Lab:
    """A lab whose guests get addresses."""
    lab.write("hv1/lan.xml", LAN)
    guest(lab, "web")
    lab.applied()
    return lab


def wide(lab: Lab) -> dict[str, dict[str, str]]:
    said = lab("status", "TREE", "-o", "wide")
    assert said.code == 0, said.err
    header, *rows = said.out.partition("\n\n")[0].splitlines()
    names = header.split()
    return {row.split()[0]: dict(zip(names, re.split(r"\s{2,}", row.strip()), strict=True)) for row in rows}


def told(lab: Lab, address: str = "Domain/web") -> dict[str, Any]:
    said = lab("status", "TREE", "-o", "json")
    (row,) = (row for row in said.json["resources"] if row["address"] == address)
    return dict(row)


def test_the_columns_that_people_look_for(net: Lab) -> None:
    row = wide(net)["Domain/web"]
    assert re.fullmatch(r"10\.7\.0\.\d+", row.pop("ADDRESSES"))
    assert re.fullmatch(r"\d+s", row.pop("UPTIME"))
    assert re.fullmatch(r"await \d+s ago", row.pop("LAST"))
    assert row == {
        "RESOURCE": "Domain/web",
        "HOST": "hv1",
        "IS": "running",
        "STATUS": "converged",
        "VCPUS": "3",
        "MEMORY": "2 GiB",
        "READY": "ready",
    }
    network = wide(net)["Network/lan@hv1"]
    assert {network[name] for name in ("VCPUS", "MEMORY", "UPTIME", "ADDRESSES", "READY")} == {"-"}


def test_the_same_as_json(net: Lab) -> None:
    row = told(net)
    (address,) = row["addresses"]
    assert address["source"] == "lease"
    assert re.fullmatch("52:54:00(:[0-9a-f]{2}){3}", address["mac"])
    assert (row["vcpus"], row["memory_kib"], row["ready"]) == (3, 2 * 1024 * 1024, "ready")
    assert time.time() - 60 < row["started"] < time.time()


def test_an_address_that_is_kept_for_a_guest(net: Lab) -> None:
    kept = (
        "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: off}\nspec: {memory: 64MiB, state: %s,"
    )
    kept += " interfaces: [{network: lan, ip: 10.7.0.9}]}\n"
    net.write("off.yaml", kept % "stopped")
    net.applied()
    assert wide(net)["Domain/off"]["ADDRESSES"] == "(10.7.0.9)"
    net.write("off.yaml", kept % "running")
    net.applied()
    assert wide(net)["Domain/off"]["ADDRESSES"] == "10.7.0.9"
    assert told(net, "Domain/off")["kept"] == ["10.7.0.9"]


def test_a_guest_that_still_boots_waits(net: Lab) -> None:
    net.fleet(hv1=net.uri() + "&boot=1000s")
    row = wide(net)["Domain/web"]
    assert row["READY"] == "waiting"
    assert "ADDRESSES" not in row  # nobody has one


def test_what_nobody_asked_for_is_not_told(net: Lab) -> None:
    guest(net, "plain", agent=False, ready="none")
    net.applied()
    row = wide(net)["Domain/plain"]
    assert row["READY"] == "-"
    assert told(net, "Domain/plain")["ready"] is None


def test_a_stopped_guest_has_no_address_and_no_uptime(net: Lab) -> None:
    driver = net.driver()
    driver.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(methods=(), force=True))
    driver.close()
    row = wide(net)["Domain/web"]
    assert (row["IS"], row["VCPUS"], row["MEMORY"]) == ("stopped → running", "3", "2 GiB")
    assert row.keys().isdisjoint({"UPTIME", "ADDRESSES", "READY"})


def test_uptime_counts_from_our_last_start(net: Lab) -> None:
    first = told(net)["started"]
    driver = net.driver()
    driver.lifecycle.stop(Kind.DOMAIN, "web", StopPolicy(methods=(), force=True))
    driver.close()
    net.applied()
    assert told(net)["started"] > first


def test_a_guest_that_we_never_started_has_no_uptime(net: Lab) -> None:
    for file in (net.tree / ".virt-reconcile").iterdir():
        file.unlink()
    assert "UPTIME" not in wide(net)["Domain/web"]


def test_asking_guests_never_fails_the_rest(net: Lab) -> None:
    faults.inject(net.path / "sim.db", "hv1", "addresses", "web", "unreachable", times=-1)
    faults.inject(net.path / "sim.db", "hv1", "agent_answers", "web", "refused", times=-1)
    row = wide(net)["Domain/web"]
    assert row["IS"] == "running"
    assert row.keys().isdisjoint({"ADDRESSES", "READY"})


def test_plain_status_asks_no_guest(net: Lab) -> None:
    faults.inject(net.path / "sim.db", "hv1", "addresses", "*", "unreachable")
    assert net("status", "TREE").code == 0
    assert faults.pending(net.path / "sim.db")


def test_another_form_is_refused_by_name(net: Lab) -> None:
    said = net("status", "TREE", "-o", "broad")
    assert said.code == 1
    assert "allowed: text, wide, json" in said.err

"""start, stop and restart: with what that means for the files, and while a controller works the fleet."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from specs.identity import Kind
from tests.reconciler.cli.lab import Lab

THEIRS = "<domain type='kvm'><name>db</name><memory>65536</memory><os><type>hvm</type></os></domain>"
READY = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec: {memory: 1GiB, vcpus: 1, ready: {method: lease, timeout: 1s}}
"""


def test_what_is_stopped_is_started_by_the_next_apply_unless_it_is_held(shop: Lab) -> None:
    shop.applied()
    said = shop("stop", "web", "TREE", "--yes")
    assert said.code == 0, said.err
    assert "web.yaml:5 says state: running: the next apply (or run, at once) starts it again" in said.out
    assert shop.domains() == {"web": "stopped", "db": "running"}
    shop.applied()
    assert shop.domains() == {"web": "running", "db": "running"}

    said = shop("stop", "Domain/web", "TREE", "--hold", "--for", "2h", "--reason", "disks", "--yes")
    assert "it stays stopped all the same until start web" in said.out
    said = shop.applied()
    assert "note: kept stopped by" in said.out
    assert ": disks (resume Domain/web ends it)" in said.out
    assert shop.domains()["web"] == "stopped"
    said = shop("start", "web", "TREE", "--yes")
    assert (said.code, "[asked]" in said.out) == (0, True)
    assert shop("decisions", "TREE").out == ""
    shop.assert_converged()

    shop("stop", "app=web", "TREE", "--hold", "--yes")
    assert shop("resume", "Domain/web", "TREE").code == 0
    shop.applied()
    assert shop.domains()["web"] == "running"


def test_what_is_started_is_stopped_by_the_next_apply(shop: Lab) -> None:
    shop.guest("web", state="stopped")
    shop.applied()
    said = shop("start", "web", "TREE", "--yes")
    assert "web.yaml:5 says state: stopped: the next apply (or run, at once) stops it again" in said.out
    assert shop.domains()["web"] == "running"
    shop.applied()
    assert shop.domains()["web"] == "stopped"


def test_a_restart_brings_what_waits_for_it_and_leaves_others_waiting(shop: Lab) -> None:
    shop.applied()
    for name in ("web", "db"):
        shop.write(f"{name}.yaml", (shop.tree / f"{name}.yaml").read_text().replace("vcpus: 1", "vcpus: 2"))
    shop.applied()
    said = shop("restart", "w*", "TREE", "--yes")
    assert "what waited for its restart takes effect by it" in said.out
    planned = {row["address"]: row["pending"] for row in shop("plan", "TREE", "-o", "json").json["resources"]}
    assert not planned["Domain/web"]
    assert planned["Domain/db"]
    said = shop("restart", "web", "TREE", "--wait", "--yes")
    assert "does not say when it is ready" in said.out
    shop("stop", "web", "TREE", "--yes")
    said = shop("restart", "web", "TREE", "--yes")
    assert (said.code, "start web starts it" in said.out) == (0, True)
    assert shop.domains()["web"] == "stopped"


def test_nothing_is_done_to_what_is_not_ours_or_not_meant(shop: Lab) -> None:
    driver = shop.driver()
    driver.lifecycle.define(Kind.DOMAIN, "db", THEIRS)
    driver.close()
    said = shop("start", "db", "web", "TREE", "--yes")
    assert said.code == 1
    assert "it is not ours yet, and only what we own is touched: apply adopts it" in said.out
    assert "it is not there; apply makes it (--only Domain/web)" in said.out
    assert shop.domains() == {"db": "stopped"}
    shop.applied()
    shop("suspend", "Domain/web", "TREE", "--reason", "disks")
    assert "suspended: by" in shop("stop", "web", "TREE", "--yes").out
    shop("resume", "Domain/web", "TREE")
    shop.fleet(hv1="sim:///nowhere/sim.db")
    said = shop("stop", "web", "TREE", "--yes")
    assert (said.code, "host hv1 cannot be reached" in said.out) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("wep", "TREE"), "declares no domain 'wep'; did you mean 'web'?; nothing was done"),
        (("Network/lan", "TREE"), "Network/lan is no guest"),
        (("app=none", "TREE"), "has no domain with app=none"),
        (("web", "TREE"), "nobody is there to be asked: stop needs --yes"),
        (
            ("web", "TREE", "--force"),
            "this may power off web, and nobody is there to be asked: --yes lets it",
        ),
        (("web", "TREE", "--hold", "--for", "long"), "'long' is no duration"),
    ],
)
def test_what_means_nothing_or_was_not_agreed_to_is_not_done(
    shop: Lab, words: tuple[str, ...], told: str
) -> None:
    shop.applied()
    said = shop("stop", *words)
    assert (said.code, told in said.err) == (1, True), said.err
    assert shop.domains()["web"] == "running"


def test_a_started_guest_is_waited_for_on_request(lab: Lab) -> None:
    lab.write("web.yaml", READY)
    lab("apply", "TREE", "--yes")
    lab("stop", "web", "TREE", "--yes")
    assert "await" not in lab("start", "web", "TREE", "--yes").err
    lab("stop", "web", "TREE", "--yes")
    assert "await Domain/web" in lab("start", "web", "TREE", "--yes", "--wait").err


@pytest.fixture
def worked(shop: Lab) -> Iterator[Lab]:
    """The shop while run works it."""
    shop.applied()
    process = shop.popen("run", "TREE", "--interval", "60s")
    try:
        assert process.stderr is not None
        assert any("No changes" in line for line in iter(process.stderr.readline, ""))
        yield shop
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_a_controller_is_asked_and_never_fought_with(worked: Lab) -> None:
    said = worked("stop", "web", "TREE", "--force", "--yes")
    assert (said.code, "write stop: {force: true} there" in said.err) == (1, True)
    said = worked("stop", "web", "TREE", "--yes")
    assert (said.code, "done      stop Domain/web" in said.out) == (0, True), said.err
    assert "it stays stopped all the same until start web" in said.out
    assert worked.domains()["web"] == "stopped"
    said = worked("restart", "db", "TREE", "--yes")
    assert (said.code, "done      restart Domain/db" in said.out) == (0, True), said.err
    said = worked("start", "web", "TREE", "--yes")
    assert (said.code, "done      start Domain/web" in said.out) == (0, True), said.err
    assert worked.domains() == {"web": "running", "db": "running"}
    assert worked("decisions", "TREE").out == ""
    said = worked("snapshot", "web", "TREE", "--yes")
    assert (said.code, "works this fleet, under the lock" in said.err) == (1, True)
    assert "suspend" not in said.err
    assert "(suspend Domain/web --reason revert keeps" in worked("revert", "web", "TREE", "--yes").err
    worked.guest("db", state="stopped")
    said = worked("start", "db", "TREE", "--yes")
    assert (said.code, "would stop db at once: write state: running there" in said.err) == (1, True)

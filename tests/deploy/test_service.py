"""The unit, the container and the page that tells of them hold together."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reconciler.cli.serving import _OPTIONS
from reconciler.server.metricnames import METRICS, PREFIX
from tests.deploy.test_prometheus import RULES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "virt-reconcile.service").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text()
PAGE = (ROOT / "docs/service.md").read_text()


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading: first cell without its quotes → the others."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line for line in part.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    return {first.strip("` "): others for first, *others in cells}


def settings(section: str) -> dict[str, str]:
    part = UNIT.partition(f"[{section}]\n")[2].partition("\n[")[0]
    return dict(line.split("=", 1) for line in part.splitlines() if line and not line.startswith("#"))


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "virt-reconcile"
    program.symlink_to(sys.executable)
    environment = tmp_path / "service.env"
    environment.write_text((DEPLOY / "service.env").read_text())
    text = UNIT.replace("/opt/virt-reconcile/bin/virt-reconcile", str(program))
    unit = tmp_path / "virt-reconcile.service"
    unit.write_text(text.replace("/etc/virt-reconcile/service.env", str(environment)))
    # Without a bus it still reads and checks the file; --man=no, for no manual is looked up.
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "virt-reconcile.service" not in done.stderr


def test_the_unit_lets_running_actions_end_and_ends_a_loop_that_stands_still() -> None:
    service = settings("Service")
    assert service["Type"] == "notify"
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) >= 120
    assert 30 <= int(service["WatchdogSec"]) <= 120
    assert service["User"] != "root"


@pytest.mark.parametrize("source", re.findall(r"^COPY (?!--)(.*) \S+$", CONTAINER, re.MULTILINE))
def test_what_the_container_copies_is_there(source: str) -> None:
    for path in source.split():
        assert (ROOT / path).exists(), path


def test_the_container_holds_what_is_locked_and_runs_as_nobody() -> None:
    for install in re.findall(r"pip install.*", CONTAINER):
        assert "--require-hashes" in install or "--no-deps" in install, install
    users = re.findall(r"^USER (.*)$", CONTAINER, re.MULTILINE)
    assert users[-1].isdigit()
    assert int(users[-1]) > 0
    kept = CONTAINER.rpartition("\nFROM ")[2]
    assert {"git", "openssh-client", "qemu-utils", "libvirt0"} <= set(kept.split())
    assert "HEALTHCHECK" in kept
    assert "gcc" not in kept.split()


def test_the_page_tells_every_metric_with_its_labels_and_no_other() -> None:
    told = {name: (cells[0], cells[1]) for name, cells in rows("Metrics").items()}
    suffix = {"counter": "_total", "gauge": "", "histogram": ""}
    assert told == {
        f"{PREFIX}{name}{suffix[meaning.kind]}": (", ".join(meaning.labels) or "-", meaning.says)
        for name, meaning in METRICS.items()
    }


def test_the_page_tells_every_alert() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    alerts = {rule["alert"]: rule["labels"]["severity"] for group in groups for rule in group["rules"]}
    assert {name: cells[0] for name, cells in rows("Alerts").items()} == alerts


def test_the_page_tells_every_option_of_the_server() -> None:
    import click

    @click.command()
    def made() -> None:
        pass

    for option in _OPTIONS:
        option(made)
    names = {param.opts[0] for param in made.params}
    assert {row.split()[0] for row in rows("The page and its neighbours")} >= names

"""What a wheel carries beside its modules, and where pip puts it (below sys.prefix)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

GENERATED = {
    "share/virt-reconcile/schema.json": ("schema",),
}
"""Place → what the program is told for printing it."""

COPIED = {
    "share/virt-reconcile/systemd/virt-reconcile.service": "deploy/virt-reconcile.service",
    "share/virt-reconcile/systemd/virt-reconcile.sysusers": "deploy/virt-reconcile.sysusers",
    "share/virt-reconcile/systemd/service.env": "deploy/service.env",
    "share/virt-reconcile/prometheus/alerts.yaml": "deploy/prometheus/alerts.yaml",
    "share/virt-reconcile/grafana/dashboard.json": "deploy/grafana/dashboard.json",
}
"""Place → the repository's file."""


def make_all(folder: Path) -> dict[str, Path]:
    """Makes all of it below a folder; place → where it lies there."""
    made = {place: folder / place for place in [*GENERATED, *COPIED]}
    for place, path in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if place in GENERATED:
            path.write_bytes(_printed(GENERATED[place]))
        else:
            path.write_bytes((ROOT / COPIED[place]).read_bytes())
    return made


def _printed(arguments: tuple[str, ...]) -> bytes:
    """What this very version prints, for a terminal of 80 columns and in no language but its own."""
    command = [sys.executable, "-B", "-m", "reconciler.cli.main", *arguments]
    told = os.environ | {"COLUMNS": "80", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=ROOT, env=told, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    return done.stdout

"""What a wheel carries beside its modules, and where pip puts it (below sys.prefix)."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

GENERATED = {
    "share/virt-reconcile/schema.json": "from reconciler.cli.main import call; call(['schema'])",
    "share/man/man1/virt-reconcile.1": (
        f"from reconciler.cli.manual import manual; print(manual({VERSION!r}), end='')"
    ),
}
"""Place → the code that prints the file."""

COPIED = {
    "share/bash-completion/completions/virt-reconcile": "reconciler/cli/shells/virt-reconcile.bash",
    "share/zsh/site-functions/_virt-reconcile": "reconciler/cli/shells/_virt-reconcile",
    "share/fish/vendor_completions.d/virt-reconcile.fish": "reconciler/cli/shells/virt-reconcile.fish",
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


def _printed(code: str) -> bytes:
    """What this very version prints, for a terminal of 80 columns and in no language but its own."""
    told = os.environ | {"COLUMNS": "80", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=told, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    return done.stdout

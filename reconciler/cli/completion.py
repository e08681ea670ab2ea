"""completion: the scripts that let shells complete commands, options and names of the tree."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli import out
from reconciler.cli.completing import prepare
from reconciler.faults import Fault

SHELLS = {"bash": "virt-reconcile.bash", "zsh": "_virt-reconcile", "fish": "virt-reconcile.fish"}
"""Shell → its script in reconciler/cli/shells, under the name that packages give it, but for bash, whose has
the program's own."""


@click.command()
@click.argument(
    "shell", metavar="[SHELL]", required=False, default="", help="bash, zsh or fish; else $SHELL."
)
@click.option("--install", is_flag=True, help="Puts it where the shell looks for it, for this user.")
def command(shell: str, *, install: bool) -> None:
    """Writes the script that lets a shell complete what is typed: commands, options, names of the tree.

    Names are read from the files; no host is asked, and nothing is run.
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    if shell not in SHELLS:
        raise Fault(f"'{shell}' is not known here: write {', '.join(SHELLS)}" if shell else "say which shell")
    script = script_of(shell)
    prepare()  # so that nobody waits for it at the first completion
    if not install:
        out.say_lines(script.rstrip("\n"))
        return
    place = place_of(shell)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(script)
    out.say(f"wrote {place}")
    for line in _afterwards(shell, place):
        out.say(line)


def script_of(shell: str) -> str:
    """The script of a shell, as packages ship it."""
    return (Path(__file__).parent / "shells" / SHELLS[shell]).read_text()


def place_of(shell: str) -> Path:
    """Where a user's own completions are: bash-completion(README), zshcompsys(1), fish-completions(1)."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / "virt-reconcile",
        "zsh": data / "zsh" / "site-functions" / "_virt-reconcile",
        "fish": config / "fish" / "completions" / "virt-reconcile.fish",
    }[shell]


def _afterwards(shell: str, place: Path) -> tuple[str, ...]:
    if shell == "fish":
        return ("New shells have it.",)
    if shell == "zsh":
        return (
            "New shells have it, once ~/.zshrc says before anything else that calls compinit:",
            f"    fpath=({place.parent} $fpath); autoload -Uz compinit; compinit",
        )
    return (
        "New shells have it, where the package bash-completion is installed; elsewhere write into ~/.bashrc:",
        f"    . {place}",
    )

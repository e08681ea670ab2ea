"""virt-reconcile: the commands; each stands in the file of its name, which is read when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from reconciler.cli import out
from reconciler.cli.ends import ended_by

COMMANDS = {
    "init": "Writes a small commented tree that plans and applies as it is.",
    "validate": "Reads and checks the files, offline: FILE:LINE:COL: message, all problems at once.",
    "plan": "Shows what apply would do, and why.",
    "apply": "Shows the plan, asks, and makes the hosts as declared.",
    "diff": "Shows a unified XML difference per resource: observed, and as it would be defined.",
    "status": "Shows every resource: declared, observed, drift, what waits for a restart, the last outcome.",
    "start": "Starts declared guests, and ends what keeps them stopped.",
    "stop": "Stops declared guests gracefully; --hold keeps them so.",
    "restart": "Restarts declared guests, so that what waits for it takes effect.",
    "snapshot": "Keeps what guests are now: their disks, and their memory while they run.",
    "snapshots": "Shows the snapshots of declared guests.",
    "revert": "Brings back what a guest was when a snapshot was taken; what came since is lost.",
    "console": "Attaches to a guest's serial console.",
    "adopt": "Writes files for all that is on a host, or what --only selects; planning them is empty.",
    "destroy": "Removes what the tree declares and we own, behind the same guards as pruning.",
    "release": "Gives back what the fleet owns: the mark and the record go, and all else stays as it is.",
    "convert": "Copies a stopped guest's disks to a host of another kind, converted by qemu-img.",
    "rebalance": "Proposes, as a patch of the files, which domains with a placement should move.",
    "run": "Converges for ever: at intervals, when files or commits change, and when hosts tell of changes.",
    "suspend": "Leaves something alone until it is resumed or the time is up: nothing of it is changed.",
    "resume": "Ends what suspend decided: from now on the files count again.",
    "commits": "Shows the commits that `run` saw, newest first: in force, waiting, skipped, refused and why.",
    "pin": "Holds the fleet at a commit: `run` goes there, and newer ones wait until it is unpinned.",
    "unpin": "Ends a pin: `run` follows the newest commit again.",
    "skip": "Never applies a commit: the one before stays in force, or comes back.",
    "approve": "Lets a commit in that waits, where the Fleet says `approval: required`.",
    "decisions": "Shows what people decided beside the files: who, since when, until when and why.",
    "token": "Makes a token for the page and the API of `run`, and shows it this once: it is kept nowhere.",
    "history": "Shows past runs, newest first; or what was done to one RESOURCE, such as Domain/web.",
    "schema": "Writes the JSON Schema of the files, for editors.",
    "hosts": "Shows every host: its state, what runs there, how full it is, its hypervisor.",
    "explain": "Explains a kind, or one of its fields.",
    "lab": "Several real libvirt hosts on this machine, in namespaces of their own, to try things on.",
}
"""Name → the first sentence of its help: without a command nothing else needs to be loaded."""


class _Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are told."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reconciler.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Click itself would write an empty line for an interrupt."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


app = _Commands(
    "virt-reconcile",
    help="GitOps for hypervisors: files say what should be; plan shows what differs; apply converges.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The program."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Runs one command and gives its exit code; no error leaves it as an exception."""
    try:
        code = app.main(arguments or ["--help"], prog_name="virt-reconcile", standalone_mode=False)
        out.flush()
        return int(code or 0)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - every error is told, and none shown bare
        return ended_by(error, verbose="--verbose" in arguments or "-v" in arguments)


if __name__ == "__main__":
    main()

"""virt-reconcile: the commands, and the one place that turns errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from drivers.errors import DriverError
from reconciler.cli import (
    adopt,
    apply,
    console,
    destroy,
    diff,
    explain,
    history,
    hosts,
    init,
    lab,
    out,
    plan,
    rebalance,
    run,
    schema,
    status,
    validate,
)
from reconciler.cli.common import FAILED, INTERRUPTED, INVALID, Fault
from specs.diagnostics import InvalidTree
from state import StateError


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        """Typer itself would end with an exit code and no word (typer.core._main)."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Abort from None


app = typer.Typer(
    name="virt-reconcile",
    cls=_Commands,
    help="GitOps for hypervisors: files say what should be; plan shows what differs; apply converges.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    init,
    validate,
    plan,
    apply,
    diff,
    status,
    console,
    adopt,
    destroy,
    rebalance,
    run,
    history,
    schema,
    hosts,
    explain,
):
    app.command(name=command.__name__.rpartition(".")[2])(command.command)
app.add_typer(lab.app)


def main() -> None:
    """The program."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Runs one command and gives its exit code; no error leaves it as an exception."""
    try:
        result = app(args=arguments or ["--help"], standalone_mode=False, prog_name="virt-reconcile")
        out.flush()
        return int(result or 0)
    except InvalidTree as error:
        return _failed(INVALID, *map(str, error.problems), _count(len(error.problems)))
    except (DriverError, StateError, Fault) as error:
        return _failed(FAILED, f"error: {error}")
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does; nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _failed(FAILED, f"error: {error.filename or 'system'}: {error.strerror}")
    except (KeyboardInterrupt, typer.Abort):
        return _failed(INTERRUPTED, "interrupted")
    except typer.TyperException as error:
        return _failed(FAILED, f"error: {error.format_message()} (--help tells how)")
    except Exception:  # noqa: BLE001 - the last resort: a person never sees a traceback unasked
        if "--verbose" in arguments or "-v" in arguments:
            out.tell_lines(traceback.format_exc().rstrip())
        kind = sys.exc_info()[0]
        name = kind.__name__ if kind else "error"
        return _failed(FAILED, f"error: internal error ({name}); --verbose shows where; please report it")


def _failed(code: int, *lines: str) -> int:
    out.flush()
    for line in lines:
        out.tell(line)
    return code


def _count(number: int) -> str:
    return f"{number} problem{'' if number == 1 else 's'} in the desired-state files; nothing was done"


if __name__ == "__main__":
    main()

"""How a command ends: its exit codes, and what each error is called."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from reconciler.cli import out
from reconciler.faults import Fault

OK, FAILED, CHANGES, INVALID, INTERRUPTED = 0, 1, 2, 3, 130


def ended_by(error: BaseException, arguments: Sequence[str] = ()) -> int:
    """Says what ended a command with these arguments, as a person can use it, and gives the exit code."""
    from drivers.base.errors import DriverError
    from specs.diagnostics import InvalidTree
    from state.errors import StateError

    match error:
        case InvalidTree() if all(problem.origin.line == 0 for problem in error.problems):
            return _failed(INVALID, *(f"error: {problem}" for problem in error.problems))
        case InvalidTree():
            return _failed(INVALID, *map(str, error.problems), _count(len(error.problems)))
        case Fault():
            return _failed(FAILED, f"error: {error.args[0]}", *error.args[1:])
        case DriverError() | StateError():
            return _failed(FAILED, f"error: {error}")
        case BrokenPipeError():
            out.let_go(sys.stdout)
            return FAILED
        case OSError():
            return _failed(FAILED, f"error: {error.filename or 'system'}: {error.strerror}")
        case KeyboardInterrupt() | click.Abort():
            return _failed(INTERRUPTED, "interrupted")
        case click.UsageError():
            from reconciler.cli.habits import told_of_usage

            return _failed(FAILED, f"error: {told_of_usage(error, arguments)}")
        case click.ClickException():
            return _failed(FAILED, f"error: {error.format_message()}")
        case _:
            return _unforeseen(error, verbose="--verbose" in arguments or "-v" in arguments)


def _unforeseen(error: BaseException, *, verbose: bool) -> int:
    """The last resort: a person never sees a traceback unasked."""
    if verbose:
        out.tell_lines("".join(traceback.format_exception(error)).rstrip())
    name = type(error).__name__
    return _failed(FAILED, f"error: internal error ({name}); --verbose shows where; please report it")


def _failed(code: int, *lines: str) -> int:
    try:
        out.flush()
    except BrokenPipeError:
        out.let_go(sys.stdout)
    for line in lines:
        out.tell(line)
    return code


def _count(number: int) -> str:
    return f"{number} problem{'' if number == 1 else 's'} in the desired-state files; nothing was done"

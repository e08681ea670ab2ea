"""virt-reconcile: the commands; each stands in the file of its name, which is read when it is called."""

from __future__ import annotations

import sys

COMPLETE = "__complete"
"""What the shells' scripts ask (reconciler/cli/shells); answered without loading any command."""


def main() -> None:
    """The program."""
    arguments = sys.argv[1:]
    if arguments[:1] == [COMPLETE]:
        from reconciler.cli.completing import answer

        answer(arguments[1:])
        return
    sys.exit(call(arguments))


def call(arguments: list[str]) -> int:
    """Runs one command and gives its exit code; no error leaves it as an exception."""
    from reconciler.cli import out
    from reconciler.cli.ends import ended_by
    from reconciler.cli.group import app

    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    try:
        code = app.main(arguments or ["--help"], prog_name="virt-reconcile", standalone_mode=False)
        out.flush()
        return int(code or 0)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - every error is told, and none shown bare
        return ended_by(error, arguments)


if __name__ == "__main__":
    main()

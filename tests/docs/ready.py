"""The program with all that it imports, ready to be forked: a command begins at once, as its own process.

    python -m tests.docs.ready SOCKET      waits for calls, until its standard input ends

A call is its arguments, folder, environment and first three files, over the socket; the answer its exit code.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path

CLIENT = """\
import json, os, socket, sys
given = socket.socket(socket.AF_UNIX)
given.connect({path!r})
call = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(given, [call], [0, 1, 2])
sys.exit(int(given.recv(16) or b"70"))
"""
"""What is called in its place: `python -IS` with this starts in no time."""

_MOST = 1 << 17
_NEEDED = (
    "reconciler.plan", "reconciler.execute", "reconciler.engine.round", "reconciler.report.json",
    "specs.compiling.loader", "specs.models.registry", "drivers.simulated", "drivers.libvirt", "state.sqlite",
    "reconciler.report.paint", "specs.documents.marks",
)  # fmt: skip


def main(path: str) -> None:
    """Serves until nobody holds our input any more."""
    from reconciler.cli.commands import COMMANDS

    for module in (*_NEEDED, *(f"reconciler.cli.{name}" for name in COMMANDS)):
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> None:
    """One call, in a process of its own, which ends with it."""
    code = 70
    try:
        message, files, _, _ = socket.recv_fds(connection, _MOST, 3)
        arguments, folder, environment = json.loads(message)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin, sys.stdout, sys.stderr = (
            io.TextIOWrapper(io.FileIO(number, mode, closefd=False), "utf-8", write_through=True)
            for number, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        sys.argv = arguments
        code = _called(arguments[1:])
    finally:
        connection.send(str(code).encode())
        os._exit(code)


def _called(arguments: list[str]) -> int:
    from reconciler.cli.main import call

    code = call(arguments)
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    main(str(Path(sys.argv[1])))

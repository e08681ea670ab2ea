"""QEMU: started, asked over its own protocol (docs/interop/qmp-spec of QEMU), and ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from drivers.base.errors import Refused, Transient
from plainqemu.description import Description, arguments

PROGRAM = "qemu-system-x86_64"
PATIENCE = 60.0


def start(folder: Path, description: Description, *, paused: bool) -> None:
    """Starts a machine's process; Refused with QEMU's own words when it does not run."""
    name = description["name"]
    always = ["-accel", "tcg", "-nodefaults", "-display", "none", "-daemonize", *(["-S"] if paused else [])]
    control = ["-qmp", f"unix:{name}.qmp,server=on,wait=off", "-pidfile", f"{name}.pid"]
    command = [PROGRAM, *always, *control, *arguments(description)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603
    except FileNotFoundError as error:
        raise Refused(f"there is no {PROGRAM} on this host", "install QEMU") from error
    except subprocess.TimeoutExpired as error:
        raise Transient(f"{PROGRAM} did not start '{name}' within {PATIENCE:g} s") from error
    if done.returncode:
        raise Refused(f"QEMU does not start '{name}': {done.stderr.strip()}")


def status(folder: Path, name: str) -> str:
    """'running', 'paused', 'prelaunch', … as QEMU says it; '' where no process answers."""
    try:
        return str(ask(folder, name, "query-status")["status"])
    except (OSError, ValueError):
        return ""


def ask(folder: Path, name: str, command: str) -> Any:
    """A command's answer. Raises OSError where no process answers, ValueError where it ends meanwhile."""
    place = os.open(folder, os.O_RDONLY)  # by its number: a path may be longer than an address may be
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(PATIENCE)
            link.connect(f"/proc/self/fd/{place}/{name}.qmp")
            with link.makefile("rw") as lines:
                lines.readline()
                for word in ("qmp_capabilities", command):
                    lines.write(json.dumps({"execute": word}) + "\n")
                    lines.flush()
                    answer = _answer(lines.readline)
                return answer
    finally:
        os.close(place)


def _answer(read: Any) -> Any:
    """The next line that is no event."""
    while True:
        said = json.loads(read())
        if "error" in said:
            raise Refused(said["error"]["desc"])
        if "return" in said:
            return said["return"]


def end(folder: Path, name: str) -> None:
    """Ends a machine's process at once, and waits until it is gone."""
    process = Path("/proc") / (folder / f"{name}.pid").read_text().strip() / "cmdline"
    with suppress(OSError, ValueError):  # it may have ended by itself
        ask(folder, name, "quit")
    until = time.monotonic() + PATIENCE
    while _alive(process):
        if time.monotonic() > until:
            raise Transient(f"the process of '{name}' does not end")
        time.sleep(0.01)


def ends_by_itself(folder: Path, name: str, seconds: float) -> bool:
    """Presses the power button, and waits for so long whether the guest has ended."""
    ask(folder, name, "system_powerdown")
    until = time.monotonic() + seconds
    while status(folder, name):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def _alive(cmdline: Path) -> bool:
    """Whether a process is there; one that has ended and waits for its parent has no words any more."""
    try:
        return bool(cmdline.read_bytes())
    except OSError:
        return False

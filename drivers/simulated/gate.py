"""What every call of a simulated host passes: its delay, its faults, and one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.base.errors import Refused, Unreachable
from drivers.simulated import faults
from drivers.simulated.rows import HostRows
from drivers.simulated.store import Store
from drivers.simulated.uri import Settings

CALLS = (
    "open", "observe", "observe_one", "capabilities", "define", "undefine", "start", "stop", "suspend",
    "lost_with", "jobs", "rename", "resume", "set_autostart", "set_metadata", "set_secret_value",
    "secret_value", "build_pool", "refresh_pool", "attach_device", "detach_device", "update_device",
    "set_memory", "set_vcpus", "set_text", "tune", "update_network", "resize_volume", "upload_volume",
    "download_volume", "clone_volume", "addresses", "agent_answers", "console", "cpu_problem",
    "snapshots", "take_snapshot", "revert", "drop_snapshot", "move_domain", "arrive_domain", "watch",
)  # fmt: skip
"""The names by which faults are asked for; `arrive_domain` is the second step of a move."""


class Gate:
    """One connection to one host of a file; may be shared by threads."""

    def __init__(self, settings: Settings, *, readonly: bool) -> None:
        """Opens nothing before the first call."""
        self.settings, self.readonly = settings, readonly
        self.store = Store(settings.path, settings.host, readonly=readonly, shared=settings.shared)
        self.closed = threading.Event()

    @contextmanager
    def look(self, call: str, name: str = "") -> Iterator[HostRows | None]:
        """A call that changes nothing; None while there is no file."""
        fault = self._pass(call, name)
        with _sound(call, name), self.store.read() as host:
            yield host
        faults.after(fault, call, name)

    @contextmanager
    def change(self, call: str, name: str) -> Iterator[HostRows]:
        """A call that changes something, all of it or nothing."""
        fault = self.enter(call, name)
        with _sound(call, name), self.store.write() as host:
            yield host
        faults.after(fault, call, name)

    def enter(self, call: str, name: str) -> str:
        """The gate of a call that changes something: a read-only connection ends here. The error of a
        fault that comes after the call is for `faults.after`."""
        self.require_writable(call, name)
        return self._pass(call, name)

    def require_writable(self, call: str, name: str) -> None:
        """Refused over a read-only connection."""
        if self.readonly:
            self.check_open()
            raise Refused(f"{call} {name}: the connection is read-only")

    def check_open(self) -> None:
        """Unreachable once the connection is closed."""
        if self.closed.is_set():
            raise Unreachable(f"the connection to {self.settings.uri} is closed", "open it again")

    def close(self) -> None:
        """Ends all calls that hang, and all later ones."""
        self.closed.set()
        self.store.close()

    def _pass(self, call: str, name: str) -> str:
        """Takes its time, runs into a fault if one waits; the fault's error for what comes after."""
        self.check_open()
        if self.settings.delay:
            time.sleep(self.settings.delay)
        fault = faults.take(self.settings.path, self.settings.host, call, name, self.store)
        if fault == "hang":
            self.closed.wait()
        self.check_open()
        faults.before(fault, call, name)
        return fault


@contextmanager
def _sound(call: str, name: str) -> Iterator[None]:
    """A document in the file that somebody else wrote, and that makes no sense, is refused as a hypervisor
    refuses it."""
    try:
        yield
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise Refused(
            f"{call} {name}: a document in the simulated host's file makes no sense",
            "somebody wrote it by hand; define the object anew",
        ) from error

"""One connection to a folder of machines: what its facets share."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import quote

from drivers.base.errors import NotFound, Refused, Transient, Unreachable
from drivers.base.machine import machine_identity
from drivers.native.commands import Commands
from drivers.vmware.looking import FoundFolder, FoundMachine, look
from drivers.vmware.uri import DesktopAddress
from drivers.vmware.vmrun import Vmrun


class DesktopSession:
    """The machine, its vmrun and its folder; may be shared by threads, of which one changes at a time."""

    def __init__(self, address: DesktopAddress, commands: Commands, *, called: str, readonly: bool) -> None:
        """`called` is what the fleet calls the host. Nothing is asked before the first call."""
        self.address, self.commands, self.called = address, commands, called
        self.vmrun = Vmrun(commands, address.product)
        self._readonly = readonly
        self._one_at_a_time = threading.RLock()
        self._version = ""
        self._folders: dict[str, str] = {}
        self.closed = threading.Event()

    @property
    def version(self) -> str:
        """What vmrun says of itself: asked for once."""
        if not self._version:
            self._version = self.vmrun.version()
        return self._version

    def look(self) -> FoundFolder:
        """What is in the folder now. Raises Unreachable once the session is closed."""
        self._check_open()
        found = look(self.commands, self.address.folder)
        groups = found.by_name().items()
        self._folders = {name: found.within(group[0]) for name, group in groups if len(group) == 1}
        return found

    def look_for(self, name: str) -> FoundFolder:
        """The pools, and the machine of that name where it was; all there is where it is not there."""
        self._check_open()
        known = self._folders.get(name)
        if known is not None:
            with suppress(Transient):  # its folder may be gone
                found = look(self.commands, self.address.folder, known)
                if found.named(name):
                    return found
        return self.look()

    def _check_open(self) -> None:
        if self.closed.is_set():
            raise Unreachable(f"the connection to {self.address.uri} is closed", "open it again")

    def identity(self, found: FoundFolder) -> str:
        """Tells this folder from those on every other machine."""
        hypervisor = f"vmx{quote(found.folder)}"
        return machine_identity(hypervisor, found.machine_id) if found.machine_id else ""

    @contextmanager
    def change(self, what: str, machine: str = "") -> Iterator[FoundFolder]:
        """What is there, or of a machine what is known of it, for a call that changes it. Raises Refused over
        a read-only connection."""
        if self._readonly:
            raise Refused(f"{what}: the connection is read-only")
        with self._one_at_a_time:
            yield self.look_for(machine) if machine else self.look()

    def close(self) -> None:
        """Further calls raise Unreachable."""
        self.closed.set()
        self.commands.close()


def machine_named(found: FoundFolder, name: str, uuid: str = "") -> FoundMachine:
    """The machine of a name. Raises NotFound, and Refused where it is not the one of that UUID, or where
    nobody can tell."""
    machines = found.named(name)
    if not machines:
        raise NotFound(f"no machine '{name}' in {found.folder}")
    if len(machines) > 1:
        raise Refused(ambiguous(machines))
    (machine,) = machines
    if machine.wrong:
        raise Refused(f"'{machine.path}' cannot be read: {machine.wrong}")
    if uuid and uuid != uuid_of(machine):
        raise Refused(f"'{name}' is another domain by now (UUID {uuid_of(machine)})", "run plan again")
    return machine


def ambiguous(machines: Sequence[FoundMachine]) -> str:
    """What to say of several machines of one name."""
    paths = " and ".join(machine.path for machine in machines)
    return f"several machines are called '{machines[0].name}': {paths}; rename all but one in VMware"


def uuid_of(machine: FoundMachine) -> str:
    """The UUID that a machine's file says."""
    digits = (machine.vmx.get("uuid.bios") or "").replace(" ", "").replace("-", "").lower()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}" if digits else ""

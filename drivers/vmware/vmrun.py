"""vmrun, VMware's own command (Using vmrun to Control Virtual Machines, VMware 2022): what runs, power, and a
few questions to guests. What it refuses is told in words, with what a person can do about it."""

from __future__ import annotations

import re

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.native.commands import PATIENCE, CommandResult, Commands
from drivers.vmware.uri import PRODUCTS

_VERSION = re.compile(r"vmrun version (\S+)")
_ERROR = re.compile(r"^Error: (.*)", re.MULTILINE)
_POWER = 180.0
"""Seconds that a start, or a stop by force, may take: memory may be written."""

_MEANINGS: tuple[tuple[str, type[DriverError], str], ...] = (
    ("tools are not running", Refused, "a soft stop needs them in the guest; or allow force"),
    ("cannot be found", NotFound, ""),
    ("not found", NotFound, ""),
    ("not powered on", Refused, "start it first"),
    ("not running", Refused, "start it first"),
    ("already in use", Refused, "close it in VMware's own window"),
    ("file is locked", Refused, "close it in VMware's own window"),
    ("insufficient permissions", Refused, "connect as the user whose machine it is"),
    ("service is not running", Unreachable, "start VMware's services"),
    ("unable to connect", Unreachable, "is VMware installed as the product that the URI says?"),
    ("busy", Transient, ""),
    ("in progress", Transient, ""),
    ("timed out", Transient, ""),
    ("not supported", Unsupported, ""),
    ("vmware workstation is not installed", Unreachable, "say product= in the URI"),
)  # fmt: skip
"""A part of what vmrun says, what it is to us, and a hint. Whatever else it says is a refusal."""


class Vmrun:
    """vmrun on one machine."""

    def __init__(self, commands: Commands, product: str) -> None:
        self._commands = commands
        self._words = ("vmrun", "-T", PRODUCTS[product])

    def version(self) -> str:
        """'vmrun 1.17.0': all that every product tells of itself. Raises Unreachable where there is none."""
        try:
            said = self._commands.run(["vmrun"], repeatable=True)
        except NotFound as error:
            raise Unreachable(
                f"there is no vmrun on {self._commands.place}", "install VMware, or put it into the PATH"
            ) from error
        found = _VERSION.search(said.text + said.error)
        return f"vmrun {found[1]}" if found else "vmrun"

    def running(self) -> frozenset[str]:
        """The .vmx files of all machines that run, paused ones too."""
        lines = self._ask("list", repeatable=True).splitlines()
        if not lines or not lines[0].startswith("Total running VMs:"):
            raise Refused(f"vmrun list on {self._commands.place} does not say what runs")
        return frozenset(line.strip() for line in lines[1:] if line.strip())

    def start(self, vmx: str) -> None:
        """Starts a machine without a window."""
        self._ask("start", vmx, "nogui", patience=_POWER)

    def stop(self, vmx: str, how: str, patience: float = _POWER) -> None:
        """'soft' asks the guest, by VMware Tools, and waits; 'hard' takes its power."""
        self._ask("stop", vmx, how, patience=patience)

    def pause(self, vmx: str) -> None:
        """Lets a machine run no further."""
        self._ask("pause", vmx)

    def unpause(self, vmx: str) -> None:
        """Lets it go on."""
        self._ask("unpause", vmx)

    def address(self, vmx: str) -> str:
        """The first address that VMware Tools tell; '' for none. Raises Unsupported where there are none."""
        try:
            said = self._ask("getGuestIPAddress", vmx, repeatable=True).strip()
        except Refused as error:
            raise Unsupported(error.message, "install VMware Tools in the guest") from error
        return "" if said == "unknown" else said

    def tools_run(self, vmx: str) -> bool:
        """Whether VMware Tools answer."""
        return self._ask("checkToolsState", vmx, repeatable=True).strip() == "running"

    def _ask(self, *words: str, patience: float = PATIENCE, repeatable: bool = False) -> str:
        said = self._commands.run([*self._words, *words], patience=patience, repeatable=repeatable)
        if said.status != 0 or said.text.startswith("Error:"):
            raise _error(words[0], said)
        return said.text


def _error(verb: str, said: CommandResult) -> DriverError:
    """vmrun says what is wrong where others print what they found."""
    text = f"{said.text}\n{said.error}"
    found = _ERROR.search(text)
    why = (found[1] if found else text.strip() or f"it ended with {said.status}").strip()
    for part, kind, hint in _MEANINGS:
        if part in why.lower():
            return kind(f"vmrun {verb}: {why}", hint)
    return Refused(f"vmrun {verb}: {why}")

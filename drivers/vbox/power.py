"""Starting, stopping and pausing machines: what VBoxManage says is done, and what the machine then is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from drivers.base.errors import Refused, Transient
from drivers.vbox.machines import power_of
from drivers.vbox.manage import VBoxManage
from specs.desired import PowerState, StopPolicy

_PAUSE = 0.1
_SETTLING = 60.0
"""Seconds that a machine has to become what it was told."""


class VBoxPower:
    """One verb for each power; whoever wants what is so already is not wrong, nor who has it from another."""

    def __init__(self, manage: VBoxManage) -> None:
        self._manage = manage

    def is_now(self, name: str) -> PowerState:
        """What a machine is; NotFound where there is none."""
        return power_of(self._manage.facts(name).get("VMState", ""))

    def settled(self, name: str) -> PowerState:
        """What a machine is once it is no more on the way to something else."""
        _until(lambda: not _is_between(self._manage.facts(name)), _SETTLING)
        return self.is_now(name)

    def start(self, name: str) -> None:
        """Lets a machine run that is off; one whose memory was saved goes on."""
        self._reach(
            name, ("startvm", name, "--type", "headless"), lambda power: power is not PowerState.STOPPED
        )

    def pause(self, name: str) -> None:
        """Pauses what runs."""
        self._require_on(name)
        self._reach(name, ("controlvm", name, "pause"), lambda power: power is PowerState.PAUSED)

    def resume(self, name: str) -> None:
        """Lets run what is paused."""
        self._require_on(name)
        self._reach(name, ("controlvm", name, "resume"), lambda power: power is PowerState.RUNNING)

    def stop(self, name: str, policy: StopPolicy) -> None:
        """By the power button until the deadline, then by force if that is allowed."""
        if self.is_now(name) is not PowerState.STOPPED:
            ended = "acpi" in policy.methods and self._ended_by_button(name, policy.deadline)
            if not ended and not policy.force:
                raise Refused(
                    f"the guest '{name}' did not shut down within {policy.deadline:g} s",
                    "it runs on; allow force, or a longer deadline, in its stop policy",
                )
            if not ended:
                self.cut(name)
        self.wait_unlocked(name)

    def cut(self, name: str) -> None:
        """Takes its power away."""
        self._reach(name, ("controlvm", name, "poweroff"), lambda power: power is PowerState.STOPPED)

    def end(self, name: str) -> None:
        """Ends a machine, whatever it is about to become: one that waits for a teleport has no power yet that
        could be taken away, and its process is ended."""
        until = time.monotonic() + _SETTLING
        while "SessionName" in self._manage.facts(name) and time.monotonic() < until:
            with suppress(Refused, Transient):  # it is not that far yet, or has gone
                self._manage.do_once("startvm", name, "--type", "emergencystop")
            time.sleep(_PAUSE)

    def wait_unlocked(self, name: str) -> None:
        """Waits until the process of a machine that is off has let go of it."""
        _until(lambda: "SessionName" not in self._manage.facts(name), _SETTLING)

    def _ended_by_button(self, name: str, deadline: float) -> bool:
        try:
            self._manage.do("controlvm", name, "acpipowerbutton")
        except Refused:
            return self.is_now(name) is PowerState.STOPPED  # it ended meanwhile, or has no ACPI
        return _until(lambda: self.is_now(name) is PowerState.STOPPED, deadline)

    def _require_on(self, name: str) -> None:
        if self.is_now(name) is PowerState.STOPPED:
            raise Refused(f"machine '{name}' does not run", "start it first")

    def _reach(self, name: str, words: tuple[str, ...], reached: Callable[[PowerState], bool]) -> None:
        """Says it unless it is so; what another one did at the same time is no error."""
        until = time.monotonic() + _SETTLING
        while not reached(self.is_now(name)):
            try:
                self._manage.do_once(*words, patience=_SETTLING)
            except (Refused, Transient):
                if reached(self.is_now(name)):
                    return
                if time.monotonic() > until or not self._is_changing(name):
                    raise
                time.sleep(_PAUSE)

    def _is_changing(self, name: str) -> bool:
        facts = self._manage.facts(name)
        return _is_between(facts) or ("SessionName" in facts) == (
            power_of(facts.get("VMState", "")) is PowerState.STOPPED
        )


def _is_between(facts: Mapping[str, str]) -> bool:
    return facts.get("VMState", "").endswith(("ing", "ingvm", "state")) and facts.get("VMState") != "running"


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes to hold in time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True

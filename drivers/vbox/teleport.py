"""One teleport: a machine of the same settings waits at the destination, and the one that runs is sent there
(the manual's chapter 'Teleporting')."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from drivers.base.errors import Refused
from drivers.vbox.manage import VBoxManage
from specs.guests import MigrationPolicy

_WAITING = 60.0
"""Seconds that the destination has to wait for a machine."""

_WAIT = '(VBoxManage startvm "$1" --type headless </dev/null >/dev/null 2>&1 &)'
"""A start ends only when the machine has come."""

_PAUSE = 0.1
_DOWNTIME = 250
"""Milliseconds for which the guest may stand still, unless the policy says otherwise: VirtualBox's own."""

_ANY_TIME = 24 * 3600.0
_PORTS = range(20000, 60000)


@dataclass(frozen=True, slots=True)
class Teleport:
    """Of which machine, and where it is awaited; whoever comes must know the password, which is used once."""

    uuid: str
    address: str
    policy: MigrationPolicy
    port: int = field(default_factory=lambda: secrets.choice(_PORTS))
    password: bytes = field(default_factory=lambda: secrets.token_hex(16).encode(), repr=False)

    def await_at(self, manage: VBoxManage) -> None:
        """Has the destination wait for it."""
        told = ("--teleporter", "on", "--teleporter-port", str(self.port))
        manage.do("modifyvm", self.uuid, *told, "--teleporter-password-file", "stdin", given=self.password)
        manage.shell(_WAIT, self.uuid)
        until = time.monotonic() + _WAITING
        while (state := manage.facts(self.uuid).get("VMState")) != "teleportingin":
            if time.monotonic() > until or state in ("aborted", "running"):
                raise Refused(f"the destination does not wait for the machine ({state})")
            time.sleep(_PAUSE)

    def send_from(self, manage: VBoxManage) -> None:
        """Sends it, and waits until it is there."""
        where = ("--host", self.address, "--port", str(self.port), "--passwordfile", "stdin")
        downtime = ("--maxdowntime", str(self.policy.downtime or _DOWNTIME))
        words = ("controlvm", self.uuid, "teleport", *where, *downtime)
        manage.do_once(*words, given=self.password, patience=self.policy.timeout or _ANY_TIME)

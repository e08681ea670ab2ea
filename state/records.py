"""What was done: records, runs and outcomes as frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from specs.desired import Policy, PowerState
from specs.identity import Address


@dataclass(frozen=True, slots=True)
class Record:
    """The small part of what we last applied for a resource: enough to say 'converged' unparsed.

    `declared_digest` is `Declared.digest`; `readback_digest` the digest of the persistent document
    that the hypervisor gave right after; `live_digest` that of the last live document found equal to
    it ('' when none was). `version` is `Inventory.version` at that time. `autostart` and `power` are
    what was read back; no power is recorded before all actions on the resource are done. `fingerprint`
    is a salted slow hash of a secret's value, '' for other kinds. `policy` is what the last declaration
    allowed: it still holds when the declaration is gone (protect, onDelete). `content` is the identity of
    what a volume was filled with (specs.content.Source.identity), '' when that is not known. `uuid` is the
    object's own ('' for volumes, which have none), `machine` the identity of the host that it was on
    (`Inventory.identity`): the same name elsewhere, or another object of that name, is not what we recorded.
    """

    address: Address
    host: str
    native: str
    declared_digest: str
    readback_digest: str
    version: str
    live_digest: str = ""
    autostart: bool | None = None
    power: PowerState | None = None
    fingerprint: str = ""
    policy: Policy = Policy()
    content: str = ""
    uuid: str = ""
    machine: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """A volume that is being filled: noted before anything is made on the host, and gone once the volume is
    recorded as whole.

    `nonce` is in the name of the marker that stands beside the volume meanwhile; `taken` are those of
    earlier fills that this one goes on from. `run` began it. `filled` says that all of the content is
    there (its identity is `content`), and only the marker has to go.
    """

    address: Address
    nonce: str
    run: int
    taken: tuple[str, ...] = ()
    filled: bool = False
    content: str = ""

    @property
    def nonces(self) -> frozenset[str]:
        return frozenset((self.nonce, *self.taken))


@dataclass(frozen=True, slots=True)
class RecordDocuments:
    """The large part of a record, read only for what is not converged."""

    declared: str
    readback: str


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """One line of the journal: an action begun, and what became of it ('' while under way)."""

    action: str
    address: str
    verb: str
    started: float
    finished: float | None = None
    outcome: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of apply, destroy or the controller; times are seconds since the epoch, UTC.

    `status`: running, done, failed, interrupted (its process died or was stopped).
    """

    id: int
    command: str
    tree: str
    commit: str
    started: float
    finished: float | None = None
    status: str = "running"
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the writer's lock."""

    pid: int
    machine: str
    user: str
    command: str
    since: float

"""Fleet and Host: what holds for the whole tree, and where it runs."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from specs.guests import HostCapacity, HostMigration
from specs.models.base import Bool, Count, Int, Model, Name, Percent, Resource, Size, Text, Uuid
from specs.models.fights import FightsSpec
from specs.models.migration import MigrationSpec, Rate, mib
from specs.models.notify import ReceiverSpec
from specs.models.policy import ModeName, Restart, Safety, StopSpec, WindowSpec
from specs.models.rollout import RolloutSpec
from specs.models.secret import Value
from specs.secret_source import SecretSource


def _uri(value: str) -> str:
    if holds_password(value):
        raise ValueError(HOW_TO_LOG_IN)
    scheme, separator, _ = value.partition(":")
    if not separator or not scheme.replace("+", "").isalnum():
        raise ValueError(
            f"'{value}' is no connection URI such as qemu:///system, qemu+ssh://host/system or sim:///PATH"
        )
    return value


HOW_TO_LOG_IN = (
    "a password does not belong in a URI, which is shown and kept: take it out, and say where it is read from"
    " in the Host: credentials: {username: NAME, password: {env: VARIABLE}}"
)


def holds_password(uri: str) -> bool:
    """Whether a URI has a password before its host (USER:PASSWORD@HOST)."""
    authority = uri.partition("://")[2].partition("/")[0]
    return ":" in authority.rpartition("@")[0]


def _state_place(value: str) -> str:
    if holds_password(value):
        raise ValueError(
            "a password does not belong in a tree: take it out, and put it into ~/.pgpass or PGPASSWORD"
        )
    if "://" in value:
        if not _STATE_URL.fullmatch(value):
            raise ValueError(
                f"'{value}' is no state: write postgresql://USER@HOST/DATABASE, and nothing else"
            )
        return value
    parts = value.split("/")
    if not value.endswith(".db") or ".." in parts or ".git" in parts or value.startswith("~"):
        raise ValueError(
            f"'{value}' is no state: write a path that ends in .db, such as .virt-reconcile/lab.db"
        )
    return value


_STATE_URL = re.compile(r"postgres(?:ql)?://(?:[\w.+-]+@)?[\w.-]+(?::\d+)?/[\w.-]+", re.ASCII)

Ratio = Annotated[float, Field(gt=0, le=1000)]
Uri = Annotated[str, Strict(), AfterValidator(_uri)]
StatePlace = Annotated[Text, AfterValidator(_state_place)]


class External(Model):
    """What hosts have that the tree does not declare but refers to."""

    networks: list[Name] = Field(default=[], description="Networks that exist on the hosts.")
    pools: list[Name] = Field(default=[], description="Storage pools that exist on the hosts.")
    filters: list[Name] = Field(default=[], description="Network filters that exist on the hosts.")
    secrets: list[Name] = Field(default=[], description="Secrets that exist on the hosts.")


class Defaults(Model):
    """Policies of resources (most of domains) that do not say their own."""

    restart: Restart = Field(
        default="never", description="Whether a change may restart a guest, or take memory from it."
    )
    windows: list[WindowSpec] = Field(
        default=[], description="When what may be done to resources whose file and whose host say no windows."
    )
    stop: StopSpec = Field(default=StopSpec(), description="How guests are stopped.")
    safety_snapshot: Safety = Field(
        default=False, description="Whether a snapshot is taken before what may cost a guest something."
    )
    migration: MigrationSpec = Field(
        default=MigrationSpec(), description="How guests may be moved to another host."
    )


class SignaturesSpec(Model):
    """By whom a commit must be signed before `run` takes it from git."""

    allowed_signers: Text | None = Field(
        default=None, description="ssh's file of allowed signers: beside this file, or an absolute path."
    )
    gpg_keyring: Text | None = Field(
        default=None,
        description="A GnuPG keyring (gpg --export --armor): beside this file, or an absolute path.",
    )
    scope: Literal["tip", "every"] = Field(
        default="tip",
        description="Whether the newest commit must be signed, or every one since the last that was good.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> SignaturesSpec:
        if bool(self.allowed_signers) == bool(self.gpg_keyring):
            raise ValueError("say either allowedSigners or gpgKeyring")
        return self


class FleetSpec(Model):
    """The fleet's policies."""

    uuid: Uuid | None = Field(
        default=None,
        description="What tells this fleet from another of the same name; any new UUID. Nothing is pruned"
        " without.",
    )
    state: StatePlace | None = Field(
        default=None,
        description="Where the state is, unless --state, the environment or the policy says: a file of the"
        " tree, or, where the policy allows it, any other or postgresql://USER@HOST/DATABASE.",
    )
    prune: Bool = Field(
        default=False, description="Whether what we own and the tree declares no more is removed."
    )
    max_deletions: Int = Field(
        default=10, description="How many removals, and replacements of data, one apply may make."
    )
    max_shrink: Percent = Field(
        default=0.2,
        json_schema_extra={"default": "20%"},
        description="How much of what the tree declared may be pruned at once; a few always may.",
    )
    mode: ModeName = Field(
        default="enforce",
        description="Whether differences are removed (enforce) or shown (observe), or all is left alone.",
    )
    rollout: RolloutSpec | None = Field(
        default=None, description="How what a new commit changes reaches the guests, one after another."
    )
    parallel: Count = Field(default=4, description="How many actions run at once.")
    migrations: Count = Field(default=2, description="How many guests move at once, in the whole fleet.")
    signatures: SignaturesSpec | None = Field(
        default=None, description="By whom commits must be signed; the last good one says it for the next."
    )
    approval: Literal["none", "required"] = Field(
        default="none",
        description="Whether a new commit waits for somebody who approves it; drift is healed meanwhile.",
    )
    notify: list[ReceiverSpec] = Field(
        default=[], description="Who is told when something fails, drifts, waits or recovers."
    )
    fights: FightsSpec = Field(
        default=FightsSpec(), description="When what somebody changes again and again is left alone."
    )
    defaults: Defaults = Field(default=Defaults(), description="Policies of domains without their own.")
    external: External = Field(
        default=External(), description="What the hosts have and the tree only refers to."
    )

    @model_validator(mode="after")
    def _told_apart(self) -> FleetSpec:
        names = [receiver.name for receiver in self.notify]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"notify has two receivers called '{twice[0]}': give each its own name")
        return self


class Fleet(Resource):
    """One fleet a tree: its name marks what it owns."""

    kind: Literal["Fleet"] = Field(description="Fleet.")
    spec: FleetSpec = Field(default=FleetSpec(), description="The fleet's policies.")


class Overcommit(Model):
    """How much more is promised than there is."""

    cpus: Ratio = Field(default=4.0, description="Virtual CPUs for a physical one.")
    memory: Ratio = Field(default=1.0, description="Bytes of guests for a byte of memory.")


class Capacity(Model):
    """What a host has to give."""

    cpus: Count | None = Field(default=None, description="Physical CPUs; as observed by default.")
    memory: Size | None = Field(default=None, description="Memory; as observed by default.")
    overcommit: Overcommit = Field(
        default=Overcommit(), description="How much more is promised than there is."
    )
    reserved: Size = Field(default=0, description="Memory that stays the host's own.")

    @model_validator(mode="after")
    def _something_left(self) -> Capacity:
        if self.memory is not None and self.reserved >= self.memory:
            raise ValueError("reserved leaves nothing of memory")
        return self

    def capacity(self) -> HostCapacity:
        """The capacity as plain data."""
        return HostCapacity(
            cpus=self.cpus,
            memory_kib=self.memory // 1024 if self.memory is not None else None,
            overcommit_cpus=self.overcommit.cpus,
            overcommit_memory=self.overcommit.memory,
            reserved_kib=self.reserved // 1024,
        )


class Arrivals(Model):
    """How guests come to a host, and leave it."""

    address: Text | None = Field(
        default=None, description="What other hosts reach it by; its own name by default."
    )
    bandwidth: Rate | None = Field(default=None, description="At most so much a second, such as 100MiB.")
    parallel: Count = Field(default=2, description="How many guests leave it or come to it at once.")

    def migration(self) -> HostMigration:
        """The migration settings as plain data."""
        return HostMigration(self.address or "", mib(self.bandwidth), self.parallel)


class Credentials(Model):
    """What a host asks for at the login (SASL)."""

    username: Text | None = Field(default=None, description="The user's name.")
    password: Value | None = Field(default=None, description="Where the password is read from.")

    def sources(self) -> tuple[tuple[str, SecretSource], ...]:
        """By libvirt's names of what it asks for (virConnectCredentialType)."""
        found = []
        if self.username is not None:
            found.append(("authname", SecretSource(text=self.username)))
        if self.password is not None:
            found.append(("passphrase", self.password.source()))
        return tuple(found)


class HostSpec(Model):
    """How a virtualization host is reached, what it has to give and whether it is in use."""

    uri: Uri = Field(
        description="libvirt's connection URI, or sim:PATH for the simulated hypervisor; from the tree on."
    )
    maintenance: Bool = Field(
        default=False, description="Whether it is drained: no guest starts there, and those leave that may."
    )
    mode: ModeName = Field(
        default="enforce",
        description="Whether differences there are removed (enforce) or shown (observe), or left alone.",
    )
    windows: list[WindowSpec] = Field(
        default=[], description="When what may be done to resources there whose file says no windows."
    )
    schedulable: Bool = Field(default=True, description="Whether placement puts anything more on it.")
    fenced: Bool = Field(
        default=False,
        description="Whether it is certain that it runs nothing, though it cannot be asked: its guests may"
        " then be started elsewhere.",
    )
    storage_lost: Bool = Field(
        default=False,
        description="With fenced: whether what is on its own disks is given up, so that its guests begin anew"
        " elsewhere.",
    )
    capacity: Capacity = Field(default=Capacity(), description="What it has to give; as observed by default.")
    migration: Arrivals = Field(default=Arrivals(), description="How guests come to it, and leave it.")
    credentials: Credentials | None = Field(
        default=None, description="What it asks for at the login, where the URI's scheme has one."
    )

    @model_validator(mode="after")
    def _off_first(self) -> HostSpec:
        if self.storage_lost and not self.fenced:
            raise ValueError("storageLost is for a host that runs nothing: say fenced: true as well")
        return self


class Host(Resource):
    """A virtualization host."""

    kind: Literal["Host"] = Field(description="Host.")
    spec: HostSpec = Field(description="How it is reached.")

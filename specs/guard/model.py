"""The file of the controller's policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from specs.guard.guard import (
    SECRETS,
    Ceiling,
    Guard,
    HostRules,
    ImageRules,
    PrivilegeRule,
    SecretRules,
    SignedCommits,
    StateRules,
)
from specs.guard.privileges import WHATS
from specs.models.base import AbsolutePath, Bool, Int, Model, Size, Text, as_list

Patterns = Annotated[list[Text], BeforeValidator(as_list)]


class HostsModel(Model):
    """Which hosts trees may name."""

    uris: Patterns = Field(
        default=[],
        description="Patterns of URIs that a tree may say though they are not plain, part by part:"
        " qemu+ssh://admin@*.example.org/system?keyfile=/etc/keys/*. What plan --untrusted connects to.",
    )
    transports: list[Literal["none", "unix", "ssh", "libssh", "libssh2", "tls", "tcp"]] = Field(
        default=["none", "unix", "ssh", "libssh", "libssh2", "tls", "tcp"],
        description="The transports of plain URIs.",
    )
    only: Bool = Field(default=False, description="Whether nothing but uris is allowed.")
    migration_addresses: Patterns = Field(
        default=["*"],
        description="Patterns of the addresses that guests' memory and disks may be sent to, as a Host's"
        " migration.address says.",
    )

    def rules(self) -> HostRules:
        """The rules as plain data."""
        transports = ("" if name == "none" else name for name in self.transports)
        return HostRules(tuple(self.uris), tuple(transports), self.only, tuple(self.migration_addresses))


class SecretsModel(Model):
    """Where values of secrets and credentials may be read from."""

    commands: list[Annotated[list[Text], BeforeValidator(as_list), Field(min_length=1)]] = Field(
        default=[],
        description="Commands, argument by argument, with patterns; a last '*' stands for any more.",
    )
    env: Patterns = Field(default=["VR_*"], description="Patterns of names of environment variables.")
    folders: list[AbsolutePath] = Field(
        default=[SECRETS], description="Folders outside of the tree in which files may be."
    )

    def rules(self) -> SecretRules:
        """The rules as plain data."""
        return SecretRules(tuple(map(tuple, self.commands)), tuple(self.env), tuple(self.folders))


class ImagesModel(Model):
    """Where images come from."""

    folders: list[AbsolutePath] = Field(
        default=[], description="Folders outside of the tree in which images may be."
    )
    hosts: Patterns = Field(default=["*"], description="Patterns of servers that images are fetched from.")
    require_checksum: Bool = Field(
        default=False, description="Whether what is fetched, or read from a file, needs a checksum."
    )
    require_https: Bool = Field(default=False, description="Whether http is refused.")
    private_addresses: Bool = Field(
        default=False, description="Whether redirects may lead to private addresses."
    )
    max_size: Size = Field(default=0, description="The largest image; 0: the program's own limit.")
    least_speed: Size = Field(
        default=0, description="Bytes a second below which a server is given up; 0: the program's own limit."
    )

    def rules(self) -> ImageRules:
        """The rules as plain data."""
        return ImageRules(
            tuple(self.folders),
            tuple(self.hosts),
            self.require_checksum,
            self.require_https,
            self.private_addresses,
            self.max_size,
            self.least_speed,
        )


class PrivilegeModel(Model):
    """What some resources may have that reaches beyond a guest."""

    fleets: Patterns = Field(default=["*"], description="Patterns of names of fleets.")
    host_labels: dict[str, Text] = Field(default={}, description="Labels that the host must have.")
    names: Patterns = Field(default=["*"], description="Patterns of names of resources.")
    allow: dict[Literal[WHATS], Patterns] = Field(  # type: ignore[valid-type]
        description="By what it is (as the plan says it), patterns of values; a path means what is below it."
    )

    def rule(self) -> PrivilegeRule:
        """The rule as plain data."""
        return PrivilegeRule(
            tuple((str(what), tuple(patterns)) for what, patterns in self.allow.items()),
            tuple(self.fleets),
            tuple(sorted(self.host_labels.items())),
            tuple(self.names),
        )


class CeilingModel(Model):
    """What no tree and no option exceeds."""

    fleets: Patterns = Field(default=["*"], description="Patterns of names of fleets.")
    names: Patterns = Field(default=["*"], description="How what they declare must be called.")
    pools: Patterns = Field(default=["*"], description="The folders in which their pools may be.")
    prune: Bool = Field(default=True, description="Whether pruning is possible at all.")
    max_deletions: Int | None = Field(default=None, description="How many removals one apply may make.")
    data_loss: Literal["never", "ask"] = Field(
        default="ask", description="Whether what destroys data can be let, by a person or an option."
    )

    def ceiling(self) -> Ceiling:
        """The ceiling as plain data."""
        return Ceiling(
            tuple(self.fleets),
            tuple(self.names),
            tuple(self.pools),
            self.prune,
            self.max_deletions,
            self.data_loss != "never",
        )


class SignedModel(Model):
    """That the commit of a tree must be signed."""

    fleets: Patterns = Field(default=["*"], description="Patterns of names of fleets.")
    allowed_signers: AbsolutePath = Field(description="ssh's file of allowed signers (ssh-keygen(1)).")

    def rule(self) -> SignedCommits:
        """The rule as plain data."""
        return SignedCommits(self.allowed_signers, tuple(self.fleets))


class StateModel(Model):
    """Where states are."""

    url: Text = Field(
        default="", description="The state of all trees, whatever a Fleet says; --state goes before it."
    )
    allow: Patterns = Field(
        default=[],
        description="Patterns of what a Fleet may say besides a file of its tree:"
        " postgresql://vr@db.example.org/*, /srv/states/*.",
    )

    def rules(self) -> StateRules:
        """The rules as plain data."""
        return StateRules(self.url, tuple(self.allow))


class PolicyFile(Model):
    """The whole file."""

    api_version: Literal["virt-reconcile/v1"] = Field(description="The version of this format.")
    kind: Literal["ControllerPolicy"] = Field(description="ControllerPolicy.")
    hosts: HostsModel = Field(default=HostsModel(), description="Which hosts trees may name.")
    secrets: SecretsModel = Field(default=SecretsModel(), description="Where values are read from.")
    images: ImagesModel = Field(default=ImagesModel(), description="Where images come from.")
    privileges: list[PrivilegeModel] | None = Field(
        default=None,
        description="What may reach beyond a guest; everything may, and is shown, when this is left out.",
    )
    ceilings: list[CeilingModel] = Field(default=[], description="What no tree and no option exceeds.")
    signed_commits: Annotated[list[SignedModel], BeforeValidator(as_list)] = Field(
        default=[], description="That commits must be signed."
    )

    state: StateModel = Field(default=StateModel(), description="Where states are.")

    def guard(self, source: str) -> Guard:
        """The whole policy as plain data, with the file that it is from."""
        privileges = self.privileges
        return Guard(
            source,
            self.hosts.rules(),
            self.secrets.rules(),
            self.images.rules(),
            None if privileges is None else tuple(each.rule() for each in privileges),
            tuple(each.ceiling() for each in self.ceilings),
            tuple(each.rule() for each in self.signed_commits),
            state=self.state.rules(),
        )

"""What only containers have: whose users its users are, what its root may do, what it shares with others."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from specs.models.base import Count, Int, Model, Size, Text, matching
from specs.models.devices.disks import BYTES
from specs.places import At

CapabilityName = Annotated[
    str, Strict(), AfterValidator(matching(r"[a-z_]+", "capability in small letters such as sys_admin"))
]


class IdRange(Model):
    """Numbers of users or groups, one after the other."""

    start: Annotated[Int, At("@start")] = Field(description="The first, in the container: 0 is its root.")
    target: Annotated[Int, At("@target")] = Field(description="What the first is on the host.")
    count: Annotated[Count, At("@count")] = Field(description="How many.")


class IdMap(Model):
    """Who the users and groups of a container are on its host (a user namespace)."""

    users: Annotated[list[IdRange], At("uid")] = Field(
        min_length=1, description="Users; one range begins at 0."
    )
    groups: Annotated[list[IdRange], At("gid")] = Field(
        min_length=1, description="Groups; one range begins at 0."
    )


class RootPowers(Model):
    """What a container's root may do (capabilities(7))."""

    policy: Literal["default", "allow", "deny"] = Field(
        default="default",
        description="Of those that are not named: default is all but mknod, setting clocks, loading modules"
        " and the like.",
    )
    allow: list[CapabilityName] = Field(default=[], description="Capabilities that it has: [mknod].")
    deny: list[CapabilityName] = Field(default=[], description="Capabilities that it has not: [net_raw].")

    @model_validator(mode="after")
    def _one_way(self) -> RootPowers:
        if twice := sorted({*self.allow} & {*self.deny}):
            raise ValueError(f"{twice[0]} is allowed and denied")
        return self


class Shared(Model):
    """A namespace of another container, of a process, or one with a name of its own."""

    type: Annotated[Literal["name", "pid", "netns"], At("@type")] = Field(
        description="What the value is: a container's name, a process, or (of networks) one of ip netns."
    )
    value: Annotated[Text, At("@value")] = Field(description="Its name or number.")


class Namespaces(Model):
    """The namespaces that a container shares instead of having its own (drvlxc.html)."""

    network: Annotated[Shared | None, At("lxc:sharenet")] = Field(default=None, description="Its network.")
    ipc: Annotated[Shared | None, At("lxc:shareipc")] = Field(default=None, description="Its IPC.")
    uts: Annotated[Shared | None, At("lxc:shareuts")] = Field(default=None, description="Its host name.")


class RamFilesystem(Model):
    """A folder in memory (tmpfs)."""

    target: Annotated[Text, At("target/@dir")] = Field(description="The path in the container.")
    size: Annotated[Size, At("source/@usage", form=BYTES)] = Field(description="How much it may hold.")

"""How guests move between hosts: what files say of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from specs.guests import MigrationPolicy
from specs.models.base import Bool, Count, Duration, Model, Size

_MIB = 1024**2


def _a_rate(value: int) -> int:
    if 0 < value < _MIB:
        raise ValueError("less than 1 MiB a second; write a size such as 100MiB")
    return value


Rate = Annotated[Size, AfterValidator(_a_rate)]
"""Bytes a second."""


def mib(rate: int | None) -> int:
    """A rate in MiB a second, as libvirt takes it; 0 for none."""
    return (rate or 0) // _MIB


class MigrationSpec(Model):
    """How a guest may be moved to another host."""

    allow: Literal["live", "stopped", "never"] | None = Field(
        default=None, description="live (the default); stopped: not while it runs; never."
    )
    mode: Literal["managed", "peer-to-peer", "tunnelled"] | None = Field(
        default=None,
        description="Who steers it: this program (managed, the default), or the hosts among themselves.",
    )
    storage: Literal["shared", "copy"] | None = Field(
        default=None,
        description="Whether its disks are copied: by default when it writes to a volume of a pool that is"
        " not shared.",
    )
    post_copy: Bool | None = Field(
        default=None, description="Whether it may run at the destination before all its memory is there."
    )
    auto_converge: Bool | None = Field(
        default=None, description="Whether a guest that changes its memory too fast is slowed down."
    )
    compressed: Bool | None = Field(default=None, description="Whether its memory is compressed.")
    parallel: Count | None = Field(default=None, description="Over how many connections its memory is sent.")
    bandwidth: Rate | None = Field(default=None, description="At most so much a second, such as 100MiB.")
    downtime: Duration | None = Field(
        default=None, description="How long the guest may stand still at the switch, such as 300ms."
    )
    timeout: Duration | None = Field(default=None, description="How long it may take; for ever by default.")
    on_timeout: Literal["abort", "force", "post-copy"] | None = Field(
        default=None,
        description="What happens then: abort (the default), force (the guest is paused until it is over) or"
        " post-copy.",
    )

    @model_validator(mode="after")
    def _fitting(self) -> MigrationSpec:
        if self.on_timeout == "post-copy" and self.post_copy is False:
            raise ValueError("onTimeout: post-copy needs postCopy: true")
        if self.parallel is not None and self.mode == "tunnelled":
            raise ValueError("a tunnelled migration has one connection; leave parallel out")
        return self

    def over(self, defaults: MigrationSpec) -> MigrationSpec:
        """What this says, and what the defaults say where it says nothing."""
        given = {name: value for name, value in self if value is not None}
        return defaults.model_copy(update=given)

    def policy(self, storage: str) -> MigrationPolicy:
        """The policy, with the storage that is used where none is said."""
        plain = MigrationPolicy()
        return MigrationPolicy(
            mode=self.mode or plain.mode,
            storage=self.storage or storage,
            post_copy=bool(self.post_copy) or self.on_timeout == "post-copy",
            auto_converge=bool(self.auto_converge),
            compressed=bool(self.compressed),
            parallel=self.parallel or 0,
            bandwidth=mib(self.bandwidth),
            downtime=round((self.downtime or 0) * 1000),
            timeout=self.timeout or 0.0,
            on_timeout=self.on_timeout or plain.on_timeout,
            allow=self.allow or plain.allow,
        )

"""What a hypervisor tells its guest about itself: Hyper-V's enlightenments, and KVM's own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from specs.models.base import Bool, Count, Model, Text
from specs.places import ON_OFF, At

Switch = Bool | None


def _short_enough(value: str) -> str:
    if len(value) > 12:  # virDomainFeaturesHyperVDefParse
        raise ValueError(f"'{value}' has more than 12 characters")
    return value


class HyperV(Model):
    """Enlightenments for Windows guests (formatdomain.html#hypervisor-features)."""

    mode: Annotated[Literal["custom", "passthrough"] | None, At("@mode")] = Field(
        default=None, description="passthrough: all that the host has."
    )
    relaxed: Annotated[Switch, At("relaxed/@state", form=ON_OFF)] = Field(
        default=None, description="Whether timers are watched less strictly."
    )
    vapic: Annotated[Switch, At("vapic/@state", form=ON_OFF)] = Field(
        default=None, description="Whether there is a virtual APIC."
    )
    spinlocks: Annotated[
        Annotated[int, Field(strict=True, ge=4095)] | None, At("spinlocks[@state=on]/@retries")
    ] = Field(default=None, description="How often a lock is tried before the host is told, such as 8191.")
    vpindex: Annotated[Switch, At("vpindex/@state", form=ON_OFF)] = Field(
        default=None, description="Whether virtual CPUs have an index."
    )
    runtime: Annotated[Switch, At("runtime/@state", form=ON_OFF)] = Field(
        default=None, description="Whether the time spent by the guest and for it is told."
    )
    synic: Annotated[Switch, At("synic/@state", form=ON_OFF)] = Field(
        default=None, description="Whether there is a synthetic interrupt controller; needs vpindex."
    )
    stimer: Annotated[Switch, At("stimer/@state", form=ON_OFF)] = Field(
        default=None,
        description="Whether there are synthetic timers; needs synic, and the clock's timer hypervclock.",
    )
    stimer_direct: Annotated[Switch, At("stimer/direct/@state", form=ON_OFF)] = Field(
        default=None, description="Whether these interrupt directly."
    )
    reset: Annotated[Switch, At("reset/@state", form=ON_OFF)] = Field(
        default=None, description="Whether the hypervisor can be asked for a reset."
    )
    vendor_id: Annotated[
        Annotated[Text, AfterValidator(_short_enough)] | None, At("vendor_id[@state=on]/@value")
    ] = Field(default=None, description="The hypervisor's vendor, up to 12 characters.")
    frequencies: Annotated[Switch, At("frequencies/@state", form=ON_OFF)] = Field(
        default=None, description="Whether frequencies of clocks are told."
    )
    reenlightenment: Annotated[Switch, At("reenlightenment/@state", form=ON_OFF)] = Field(
        default=None, description="Whether a migration is told."
    )
    tlbflush: Annotated[Switch, At("tlbflush/@state", form=ON_OFF)] = Field(
        default=None, description="Whether the TLB is flushed by the hypervisor; needs vpindex."
    )
    ipi: Annotated[Switch, At("ipi/@state", form=ON_OFF)] = Field(
        default=None, description="Whether interrupts between CPUs are sent by the hypervisor; needs vpindex."
    )
    evmcs: Annotated[Switch, At("evmcs/@state", form=ON_OFF)] = Field(
        default=None, description="Whether nested guests have an enlightened VMCS (Intel)."
    )
    avic: Annotated[Switch, At("avic/@state", form=ON_OFF)] = Field(
        default=None, description="Whether the host's virtual interrupt controller is used."
    )


class Kvm(Model):
    """What KVM tells its guests (formatdomain.html#hypervisor-features)."""

    hidden: Annotated[Switch, At("hidden/@state", form=ON_OFF)] = Field(
        default=None, description="Whether it is hidden from the usual checks."
    )
    hint_dedicated: Annotated[Switch, At("hint-dedicated/@state", form=ON_OFF)] = Field(
        default=None,
        description="Whether the guest may count on its CPUs being its own; needs cpu: host-passthrough.",
    )
    poll_control: Annotated[Switch, At("poll-control/@state", form=ON_OFF)] = Field(
        default=None, description="Whether an idle guest looks for work by itself."
    )
    pv_ipi: Annotated[Switch, At("pv-ipi/@state", form=ON_OFF)] = Field(
        default=None, description="Whether interrupts between CPUs are sent by KVM."
    )
    dirty_ring: Annotated[Count | None, At("dirty-ring[@state=on]/@size")] = Field(
        default=None, description="The size of the ring of changed pages, a power of 2 from 1024 to 65536."
    )

"""Network interfaces of a domain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.models.base import Bool, Count, Int, Mac, Model, Name, Text


class Vlan(Model):
    """VLAN tags of a port."""

    tags: list[Annotated[int, Field(strict=True, ge=0, le=4095)]] = Field(
        min_length=1, description="The tags; several need trunk."
    )
    trunk: Bool = Field(default=False, description="Whether the guest sees the tags.")


class Rate(Model):
    """A traffic limit, in kilobytes a second and kilobytes."""

    average: Count = Field(description="Average, KiB/s.")
    peak: Count | None = Field(default=None, description="Peak, KiB/s.")
    burst: Count | None = Field(default=None, description="Burst, KiB.")


class Bandwidth(Model):
    """Traffic limits, as the guest sees the directions."""

    inbound: Rate | None = Field(default=None, description="To the guest.")
    outbound: Rate | None = Field(default=None, description="From the guest.")


class Direct(Model):
    """A macvtap port on a device of the host."""

    dev: Text = Field(description="The host's device.")
    mode: Literal["vepa", "bridge", "private", "passthrough"] = Field(
        default="bridge", description="How ports reach each other."
    )


def vlan_of(value: Any) -> Any:
    """`vlan: 42` is one tag."""
    return {"tags": [value]} if isinstance(value, int) and not isinstance(value, bool) else value


class Interface(Model):
    """One NIC: exactly one of network, bridge, direct, user."""

    network: Name | None = Field(default=None, description="A libvirt network.")
    portgroup: Name | None = Field(default=None, description="A port group of that network.")
    bridge: Text | None = Field(default=None, description="A bridge of the host.")
    direct: Direct | None = Field(default=None, description="A device of the host, through macvtap.")
    user: Bool = Field(default=False, description="User-mode networking, without privileges.")
    mac: Mac | None = Field(
        default=None, description="The MAC address; derived from fleet, domain and position by default."
    )
    model: Text | None = Field(default=None, description="The NIC's model; virtio by default on QEMU.")
    mtu: Count | None = Field(default=None, description="The MTU.")
    vlan: Annotated[Vlan | None, BeforeValidator(vlan_of)] = Field(default=None, description="VLAN tags.")
    openvswitch: Bool = Field(
        default=False, description="Whether the bridge is an Open vSwitch; its ports can have VLAN tags."
    )
    link: Literal["up", "down"] = Field(default="up", description="Whether the cable is plugged in.")
    bandwidth: Bandwidth | None = Field(default=None, description="Traffic limits.")
    filter: Name | None = Field(default=None, description="A network filter.")
    filter_parameters: dict[str, Text] = Field(default={}, description="Parameters of the filter.")
    boot: Count | None = Field(default=None, description="Its place in the boot order, from 1.")
    queues: Int | None = Field(default=None, description="Queues of a virtio NIC.")

    @model_validator(mode="after")
    def _one_source(self) -> Interface:
        sources = [s for s in ("network", "bridge", "direct") if getattr(self, s) is not None]
        sources += ["user"] if self.user else []
        if len(sources) != 1:
            raise ValueError(
                "an interface needs exactly one of network, bridge, direct, user"
                + (f", not {' and '.join(sources)}" if sources else "")
            )
        if self.portgroup and not self.network:
            raise ValueError("portgroup belongs to a network")
        if self.filter_parameters and not self.filter:
            raise ValueError("filterParameters belong to a filter")
        return self

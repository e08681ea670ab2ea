"""Fleet and Host: what holds for the whole tree, and where it runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from specs.model import Bool, Count, Int, Model, Name, Resource
from specs.policy import Restart, StopSpec, WindowSpec


def _uri(value: str) -> str:
    scheme, separator, _ = value.partition(":")
    if not separator or not scheme.replace("+", "").isalnum():
        raise ValueError(
            f"'{value}' is no connection URI such as qemu:///system, qemu+ssh://host/system or sim:///PATH"
        )
    return value


Uri = Annotated[str, Strict(), AfterValidator(_uri)]


class External(Model):
    """What hosts have that the tree does not declare but refers to."""

    networks: list[Name] = Field(default=[], description="Networks that exist on the hosts.")
    pools: list[Name] = Field(default=[], description="Storage pools that exist on the hosts.")
    filters: list[Name] = Field(default=[], description="Network filters that exist on the hosts.")
    secrets: list[Name] = Field(default=[], description="Secrets that exist on the hosts.")


class Defaults(Model):
    """Policies of domains that do not say their own."""

    restart: Restart = Field(default="never", description="Whether a change may restart a guest.")
    windows: list[WindowSpec] = Field(default=[], description="Windows for restart: window.")
    stop: StopSpec = Field(default=StopSpec(), description="How guests are stopped.")


class FleetSpec(Model):
    """The fleet's policies."""

    prune: Bool = Field(
        default=False, description="Whether what we own and the tree declares no more is removed."
    )
    max_deletions: Int = Field(default=10, description="How many removals one apply may make.")
    parallel: Count = Field(default=4, description="How many actions run at once.")
    defaults: Defaults = Field(default=Defaults(), description="Policies of domains without their own.")
    external: External = Field(
        default=External(), description="What the hosts have and the tree only refers to."
    )


class Fleet(Resource):
    """One fleet a tree: its name marks what it owns."""

    kind: Literal["Fleet"] = Field(description="Fleet.")
    spec: FleetSpec = Field(default=FleetSpec(), description="The fleet's policies.")


class HostSpec(Model):
    """How a virtualization host is reached."""

    uri: Uri = Field(description="libvirt's connection URI, or sim:///PATH for the simulated hypervisor.")


class Host(Resource):
    """A virtualization host."""

    kind: Literal["Host"] = Field(description="Host.")
    spec: HostSpec = Field(description="How it is reached.")

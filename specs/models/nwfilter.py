"""NetworkFilter: rules for the traffic of NICs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from specs.models.base import Bool, Model, Name, Resource, Text, Uuid, matching
from specs.models.placement import Hosts, one_of_host_and_hosts
from specs.models.policy import Governed
from specs.places import ONE_ZERO, At, Hook, Pairs

Protocol = Literal[
    "mac", "vlan", "stp", "arp", "rarp", "ip", "ipv6",
    "tcp", "udp", "sctp", "icmp", "igmp", "all", "esp", "ah", "udplite",
    "tcp-ipv6", "udp-ipv6", "sctp-ipv6", "icmpv6", "all-ipv6", "esp-ipv6", "ah-ipv6", "udplite-ipv6",
]  # fmt: skip
"""libvirt's protocols (formatnwfilter.html#supported-protocols)."""

Attribute = Annotated[str, Strict(), AfterValidator(matching(r"[A-Za-z]+", "attribute such as dstportstart"))]


class Rule(Model):
    """One rule."""

    action: Annotated[Literal["drop", "accept", "reject", "return", "continue"], At("@action")] = Field(
        description="What is done."
    )
    direction: Annotated[Literal["in", "out", "inout"], At("@direction")] = Field(
        description="As the guest sees it."
    )
    priority: Annotated[Annotated[int, Field(strict=True, ge=-1000, le=1000)] | None, At("@priority")] = (
        Field(default=None, description="Lower comes first; 500 by default.")
    )
    statematch: Annotated[Bool | None, At("@statematch", form=ONE_ZERO)] = Field(
        default=None, description="Whether connections are followed."
    )
    protocol: Annotated[Protocol | None, Hook(".", name="protocol")] = Field(
        default=None, description="What it is about; everything by default."
    )
    match: Annotated[dict[Attribute, Text | Annotated[int, Strict()]], Hook(".", name="match")] = Field(
        default={}, description="The protocol's attributes, such as {dstportstart: 22}."
    )

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if self.match and not self.protocol:
            raise ValueError("match goes with a protocol")
        return self


class FilterReference(Model):
    """Another filter whose rules are included."""

    filter: Annotated[Name, At("@filter")] = Field(description="The filter.")
    parameters: Annotated[dict[str, Text], Pairs("parameter")] = Field(
        default={}, description="Values of its variables."
    )


class NetworkFilterSpec(Governed):
    """What a filter is."""

    host: Name | None = Field(default=None, description="The Host it is on; may be left out with one host.")
    hosts: Hosts | None = Field(
        default=None, description="In place of host: all, names or labels; the same filter on each of them."
    )
    uuid: Annotated[Uuid | None, At("uuid")] = Field(
        default=None, description="Its UUID; derived by default."
    )
    chain: Annotated[Text | None, At("@chain")] = Field(
        default=None, description="The chain; root by default."
    )
    priority: Annotated[Annotated[int, Field(strict=True, ge=-1000, le=1000)] | None, At("@priority")] = (
        Field(default=None, description="The chain's priority.")
    )
    references: Annotated[list[FilterReference], At("filterref")] = Field(
        default=[], description="Filters to include."
    )
    rules: Annotated[list[Rule], At("rule", ordered=True)] = Field(
        default=[], description="The rules, in order."
    )
    xml: Text | None = Field(default=None, description="libvirt XML, <filter>…</filter>, merged in.")
    xml_file: Text | None = Field(default=None, description="A libvirt XML file of the tree to start from.")

    @model_validator(mode="after")
    def _one_place(self) -> NetworkFilterSpec:
        one_of_host_and_hosts(self.host, self.hosts)
        return self


class NetworkFilter(Resource):
    """A network filter."""

    kind: Literal["NetworkFilter"] = Field(description="NetworkFilter.")
    spec: NetworkFilterSpec = Field(default=NetworkFilterSpec(), description="What it is.")

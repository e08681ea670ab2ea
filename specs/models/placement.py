"""Which hosts: selectors of hosts, and a Domain's wishes for the one that it is placed on."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from specs.guests import HostSelector, Placement
from specs.models.base import Int, Model, Text, as_list

EVERY = ("all", "*")
"""How all hosts are written."""


def read_selector(value: Any) -> HostSelector:
    """A selector of 'all', a name, a list of names (with * in them) or a mapping of labels."""
    if value in EVERY:
        return HostSelector()
    if value and isinstance(value, dict):
        for label, wanted in value.items():
            if not isinstance(label, str) or not isinstance(wanted, str):
                raise ValueError(f"write a label's value in quotes: {{{label}: '{wanted}'}}")
        return HostSelector(labels=tuple(sorted(value.items())))
    names = as_list(value)
    if not names or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(
            "choose hosts by all, by names such as [hv1, 'rack2-*'], or by labels such as {rack: a}"
        )
    return HostSelector() if set(EVERY) & set(names) else HostSelector(names=tuple(dict.fromkeys(names)))


_TEXT = {"type": "string"}
Hosts = Annotated[
    HostSelector,
    BeforeValidator(read_selector),
    WithJsonSchema(
        {
            "anyOf": [
                _TEXT,
                {"type": "array", "items": _TEXT, "minItems": 1},
                {"type": "object", "additionalProperties": _TEXT, "minProperties": 1},
            ]
        }
    ),
]


def one_of_host_and_hosts(host: str | None, hosts: HostSelector | None) -> None:
    """A document is on one host or on many; raises ValueError for both."""
    if host is not None and hosts is not None:
        raise ValueError("host and hosts are not said together")


Domains = Annotated[list[Text], BeforeValidator(as_list)]


class PlacementSpec(Model):
    """Where a domain may run."""

    hosts: Hosts = Field(
        default=HostSelector(),
        validate_default=False,
        description="The hosts that it may run on: all, names (with * in them) or labels.",
    )
    spread: Text | None = Field(
        default=None,
        description="A label of hosts over whose values the domains with the same labels are spread.",
    )
    affinity: Domains = Field(
        default=[], description="Domains, by name or label=value, that it shares its host with."
    )
    anti_affinity: Domains = Field(
        default=[], description="Domains, by name or label=value, that it never shares its host with."
    )
    priority: Int = Field(default=0, description="Higher ones are placed first.")

    def placement(self, labels: tuple[tuple[str, str], ...]) -> Placement:
        """The wishes as plain data; a domain with these labels is spread among its like."""
        return Placement(
            hosts=self.hosts,
            spread=self.spread or "",
            group=labels if self.spread else (),
            affinity=tuple(self.affinity),
            anti_affinity=tuple(self.anti_affinity),
            priority=self.priority,
        )

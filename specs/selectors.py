"""Choosing resources: `kind/name` (with `*`) or `label=value`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from specs.diagnostics import did_you_mean
from specs.identity import MANAGED_KINDS, Address


@dataclass(frozen=True, slots=True)
class Selector:
    """One `--only`: either a kind and a name pattern, or a label and its value."""

    kind: str = ""
    name: str = ""
    label: str = ""
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Reads 'Domain/web', 'domain/web*', 'volume/pool/name', 'Network/lan@hv1' or 'app=shop';
        ValueError for anything else."""
        if "=" in text and "/" not in text.partition("=")[0]:
            label, _, value = text.partition("=")
            return cls(label=label, value=value)
        kind, slash, name = text.partition("/")
        kinds = {str(known).lower(): str(known) for known in MANAGED_KINDS}
        if not slash or not name:
            raise ValueError(f"'{text}' selects nothing: write KIND/NAME or LABEL=VALUE")
        if kind.lower() not in kinds:
            raise ValueError(f"'{kind}' is no kind{did_you_mean(kind, kinds.values())}")
        return cls(kind=kinds[kind.lower()], name=name)

    def __str__(self) -> str:
        return f"{self.label}={self.value}" if self.label else f"{self.kind}/{self.name}"

    def matches(self, address: Address, labels: Iterable[tuple[str, str]]) -> bool:
        """Whether it means a resource with these labels."""
        if self.label:
            return (self.label, self.value) in tuple(labels)
        full = str(address).partition("/")[2]
        return address.kind == self.kind and (
            fnmatchcase(full, self.name) or fnmatchcase(full.partition("@")[0], self.name)
        )

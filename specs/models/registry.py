"""Which model each kind has: the one that says `kind` of it, wherever in this package it stands."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import get_args

import specs.models
from specs.identity import Kind
from specs.models.base import Resource


def _models() -> Iterator[tuple[Kind, type[Resource]]]:
    for module in pkgutil.iter_modules(specs.models.__path__):
        for found in vars(import_module(f"specs.models.{module.name}")).values():
            if isinstance(found, type) and issubclass(found, Resource) and "kind" in found.model_fields:
                (kind,) = get_args(found.model_fields["kind"].annotation)
                yield Kind(kind), found


_FOUND = dict(_models())

MODELS: Mapping[Kind, type[Resource]] = {kind: _FOUND[kind] for kind in Kind}

"""DomainTemplates: a spec refines its template's, which may refine another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specs.diagnostics import did_you_mean

_IDENTITIES = ("target", "mac", "name")


class TemplateProblem(Exception):
    """A template that is missing or refers to itself."""


def expand(spec: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The spec with all that it does not say taken from its templates.

    Mappings are merged, lists of devices are merged by target, MAC or name and appended otherwise,
    anything else of the spec replaces the template's. Raises TemplateProblem.
    """
    chain: list[str] = []
    layers = [spec]
    name = spec.get("template")
    while isinstance(name, str):
        if name in chain:
            raise TemplateProblem(f"templates refer to each other in a circle: {' → '.join([*chain, name])}")
        if name not in templates:
            raise TemplateProblem(f"there is no DomainTemplate '{name}'{did_you_mean(name, templates)}")
        chain.append(name)
        layers.append(templates[name])
        name = templates[name].get("template")
    result: dict[str, Any] = {}
    for layer in reversed(layers):
        result = _merge(result, {key: value for key, value in layer.items() if key != "template"})
    return result


def _merge(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: _merge(base[key], value) if key in base else value for key, value in over.items()}
    if isinstance(base, list) and isinstance(over, list) and _devices(base) and _devices(over):
        return _merge_devices(base, over)
    return over


def _devices(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _merge_devices(base: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = list(base)
    for item in over:
        index = next((i for i, known in enumerate(result) if _same(known, item)), None)
        if index is None:
            result.append(item)
        else:
            result[index] = _merge(result[index], item)
    return result


def _same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return any(name in left and left[name] == right.get(name) for name in _IDENTITIES)

"""DomainTemplates: a spec refines its template's, which may refine another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specs.diagnostics import did_you_mean
from specs.models.seeds import FIELDS as SEEDS
from specs.models.seeds import file_of

_IDENTITIES = ("target", "mac", "name")
_SOURCES = ("network", "bridge", "direct", "user")
_SHORT: Mapping[str, str] = {
    "memory": "size",
    "vcpus": "count",
    "cpu": "mode",
    "clock": "offset",
    "firmware": "type",
    "kernel": "image",
    "init": "path",
    "rng": "backend",
    "video": "model",
    "watchdog": "model",
    "memballoon": "model",
    "sound": "model",
    "ignition": "config",
    "ready": "method",
}
"""Fields that may be one value, and what that says of the mapping."""


MAX_CHAIN, MAX_REFINED = 16, 1000
"""How many templates may refine each other, and how many devices of a list be matched with a template's."""


class TemplateProblem(Exception):
    """A template that is missing or refers to itself."""


def expand(spec: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The spec with all that it does not say taken from its templates.

    Mappings are merged, and a short form such as `memory: 2GiB` as the mapping it stands for. Devices are
    merged by target, MAC or name, NICs besides by their network and place; others are appended. Anything
    else of the spec replaces the template's. Raises TemplateProblem.
    """
    chain: list[str] = []
    layers = [spec]
    name = spec.get("template")
    while isinstance(name, str):
        if name in chain:
            raise TemplateProblem(f"templates refer to each other in a circle: {' → '.join([*chain, name])}")
        if name not in templates:
            raise TemplateProblem(f"there is no DomainTemplate '{name}'{did_you_mean(name, templates)}")
        if len(chain) == MAX_CHAIN:
            raise TemplateProblem(f"more than {MAX_CHAIN} templates refine each other")
        chain.append(name)
        layers.append(templates[name])
        name = templates[name].get("template")
    result: dict[str, Any] = {}
    for layer in reversed(layers):
        for key, value in layer.items():
            if key != "template":
                result[key] = _refined(key, result[key], value) if key in result else value
    return result


def _refined(field: str, base: Any, over: Any) -> Any:
    short = _SHORT.get(field)
    if short and isinstance(base, dict) != isinstance(over, dict):
        base, over = _whole(short, base), _whole(short, over)
    if field in SEEDS:
        return _merge_seed(base, over)
    if field == "ready" and isinstance(base, dict) and {"method", "tcp"} & _keys(over):
        base = {key: value for key, value in base.items() if key not in ("method", "tcp")}
    if field == "interfaces" and _devices(base) and _devices(over):
        return _merge_nics(base, over)
    return _merge(base, over)


def _whole(short: str, value: Any) -> Any:
    return {short: value} if isinstance(value, (str, int)) else value


def _keys(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _merge_seed(base: Any, over: Any) -> Any:
    """Mappings are merged; a text or file stands in the place of what the template has."""
    if file_of(base) or file_of(over) or not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = {key: _merge_seed(base[key], value) if key in base else value for key, value in over.items()}
    return base | merged


def _merge(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: _merge(base[key], value) if key in base else value for key, value in over.items()}
    if _devices(base) and _devices(over):
        return _merge_devices(base, over)
    return over


def _devices(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _merge_devices(base: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    _require_few(base, over)
    result = list(base)
    for item in over:
        index = next((i for i, known in enumerate(result) if _same(known, item)), None)
        if index is None:
            result.append(item)
        else:
            result[index] = _merge(result[index], item)
    return result


def _require_few(*lists: list[dict[str, Any]]) -> None:
    if any(len(items) > MAX_REFINED for items in lists):
        raise TemplateProblem(f"a list of more than {MAX_REFINED} entries is not matched with a template's")


def _same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return any(name in left and left[name] == right.get(name) for name in _IDENTITIES)


def _merge_nics(base: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first NIC of a network refines the template's first NIC of that network, and so on; one that
    names no network, the template's next; two with different MAC addresses are never the same."""
    _require_few(base, over)
    result = list(base)
    free = list(range(len(base)))
    for item in over:
        index = next((i for i in free if _same(base[i], item)), None)
        if index is None:
            index = next((i for i in free if _may_be(base[i], item)), None)
        if index is None:
            result.append(item)
        else:
            free.remove(index)
            result[index] = _merge(base[index], item)
    return result


def _may_be(known: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    if "mac" in known and "mac" in item:
        return False
    sources = {name: item[name] for name in _SOURCES if name in item}
    return all(known.get(name) == value for name, value in sources.items())

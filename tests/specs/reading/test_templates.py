"""Templates: what a domain says refines what its template says."""

from __future__ import annotations

from typing import Any

import pytest

from specs.reading.templates import TemplateProblem, expand


def _over(template: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return expand({"template": "t", **spec}, {"t": template})


@pytest.mark.parametrize(
    ("template", "spec", "result"),
    [
        ({"memory": "1GiB", "vcpus": 2}, {"memory": "2GiB"}, {"memory": "2GiB", "vcpus": 2}),
        (
            {"memory": {"size": "1GiB", "max": "4GiB"}},
            {"memory": "2GiB"},
            {"memory": {"size": "2GiB", "max": "4GiB"}},
        ),
        ({"vcpus": 2}, {"vcpus": {"max": 8}}, {"vcpus": {"count": 2, "max": 8}}),
        ({"cpu": {"mode": "host-model", "features": {"vmx": "disable"}}}, {"cpu": "maximum"},
         {"cpu": {"mode": "maximum", "features": {"vmx": "disable"}}}),
        ({"boot": ["hd"]}, {"boot": ["network"]}, {"boot": ["network"]}),
        (
            {"disks": [{"target": "vda", "file": "/a", "cache": "none"}]},
            {"disks": [{"target": "vda", "file": "/b"}, {"target": "vdb", "file": "/c"}]},
            {"disks": [{"target": "vda", "file": "/b", "cache": "none"}, {"target": "vdb", "file": "/c"}]},
        ),
        (
            {"disks": [{"file": "/a"}]},
            {"disks": [{"file": "/b"}]},
            {"disks": [{"file": "/a"}, {"file": "/b"}]},
        ),
    ],
)  # fmt: skip
def test_values(template: dict[str, Any], spec: dict[str, Any], result: dict[str, Any]) -> None:
    assert _over(template, spec) == result


LAN, DMZ = {"network": "lan", "mtu": 9000}, {"network": "dmz"}
M1, M2 = {"mac": "52:54:00:00:00:01"}, {"mac": "52:54:00:00:00:02"}


@pytest.mark.parametrize(
    ("template", "spec", "result"),
    [
        ([LAN], [{"network": "lan", **M1}], [LAN | M1]),
        ([LAN, DMZ], [{"network": "dmz", **M1}], [LAN, DMZ | M1]),
        ([LAN], [M1], [LAN | M1]),
        ([LAN, DMZ], [M1, M2], [LAN | M1, DMZ | M2]),
        ([LAN | M1], [M1 | {"network": "dmz"}], [LAN | M1 | DMZ]),
        ([LAN | M1], [M2 | {"network": "lan"}], [LAN | M1, M2 | {"network": "lan"}]),
        ([LAN], [{"network": "lan"}, {"network": "lan"}], [LAN, {"network": "lan"}]),
        ([LAN], [{"bridge": "br0"}], [LAN, {"bridge": "br0"}]),
    ],
)
def test_interfaces(template: list[Any], spec: list[Any], result: list[Any]) -> None:
    assert _over({"interfaces": template}, {"interfaces": spec}) == {"interfaces": result}


def test_templates_of_templates() -> None:
    templates: dict[str, dict[str, Any]] = {
        "a": {"vcpus": 1, "title": "a"},
        "b": {"template": "a", "title": "b"},
    }
    assert expand({"template": "b", "memory": 1}, templates) == {"vcpus": 1, "title": "b", "memory": 1}


def test_circles_and_gaps_are_refused() -> None:
    with pytest.raises(TemplateProblem, match="a → b → a"):
        expand({"template": "a"}, {"a": {"template": "b"}, "b": {"template": "a"}})
    with pytest.raises(TemplateProblem, match="did you mean 'small'"):
        expand({"template": "smal"}, {"small": {}})

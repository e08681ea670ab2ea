"""libvirt's own test driver: no guest runs (src/test/test_driver.c)."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.model import ALL_KINDS, Ability, Hypervisor, Usual, WhileRunning

TEST = Hypervisor(
    family="test",
    title="libvirt's test driver",
    schemes=("test",),
    types=("test",),
    kinds=ALL_KINDS - {Kind.SECRET, Kind.NETWORK_FILTER},
    can=frozenset(
        {
            Ability.EVENTS,
            Ability.DEFINE,
            Ability.START,
            Ability.PAUSE,
            Ability.AUTOSTART,
            Ability.MARK,
            Ability.COPY,
            Ability.ADDRESSES,
            Ability.MOVE_STOPPED,
        }
    ),
    live=frozenset({WhileRunning.TEXTS, WhileRunning.NETWORKS}),
    seeds=frozenset({"cloudInit", "configDrive", "ignition"}),
    usual=Usual(type="test"),
    proven="itself, of libvirt 9.0",
)

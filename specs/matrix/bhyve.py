"""bhyve through libvirt, on FreeBSD (src/bhyve/bhyve_driver.c)."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.model import Ability, Hypervisor, Usual, WhileRunning, lacks

BHYVE = Hypervisor(
    family="bhyve",
    title="bhyve",
    schemes=("bhyve",),
    types=("bhyve",),
    can=frozenset(
        {
            Ability.EVENTS,
            Ability.DEFINE,
            Ability.START,
            Ability.AUTOSTART,
            Ability.MARK,
            Ability.FILL,
            Ability.READ,
            Ability.COPY,
            Ability.GROW,
            Ability.CONSOLE,
        }
    ),
    live=frozenset({WhileRunning.NETWORKS}),
    lacks={Kind.DOMAIN: lacks("devices/tpm", "devices/watchdog", "devices/hostdev")},
    seeds=frozenset({"cloudInit", "configDrive"}),
    usual=Usual(type="bhyve"),
    proven="libvirt's test data",
)

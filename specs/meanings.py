"""What the words mean that a field may say and that do not tell it themselves: for editors and `explain`."""

from __future__ import annotations

from collections.abc import Mapping

_MODES = {
    "enforce": "differences are removed",
    "observe": "differences are shown, and nothing is changed",
    "suspended": "it is left alone",
}
_RESTARTS = {
    "never": "what needs a restart waits until somebody restarts it",
    "if-needed": "it is restarted at once, where a change needs it",
    "window": "it is restarted in its window",
}

MEANINGS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("DomainSpec", "state"): {
        "running": "it is started, and started again",
        "stopped": "it is shut down, and stays so",
        "paused": "it is started, and its CPUs stand still",
    },
    ("DomainSpec", "restart"): _RESTARTS,
    ("Defaults", "restart"): _RESTARTS,
    ("NetworkSpec", "restart"): {
        "never": "what needs a restart waits until somebody restarts it",
        "if-needed": "it is stopped and started at once, which cuts its guests off",
    },
    **{
        (model, "mode"): _MODES
        for model in (
            *("DomainSpec", "NetworkSpec", "PoolSpec", "VolumeSpec", "SecretSpec", "NetworkFilterSpec"),
            *("FleetSpec", "HostSpec"),
        )
    },
    ("VolumeSpec", "onDelete"): {
        "keep": "its data stay, though it is declared no more",
        "delete": "its data are deleted with it",
    },
    ("VolumeSpec", "onSourceChange"): {
        "ignore": "a new image changes nothing",
        "replace": "a new image takes the place of its data, which are lost",
    },
    ("FleetSpec", "approval"): {
        "none": "a new commit is applied",
        "required": "a new commit waits until somebody approves it",
    },
    ("Forward", "mode"): {
        "isolated": "guests reach each other and the host",
        "nat": "guests reach the world by the host's addresses; the world does not reach them",
        "route": "guests and the world reach each other, through the host and its firewall's rules",
        "open": "as route, and libvirt adds no rules of a firewall",
        "bridge": "guests are on a bridge of the host, or share a device of it by macvtap",
        "private": "macvtap: guests reach the world, and not each other",
        "vepa": "macvtap: the switch outside leads guests to each other",
        "passthrough": "macvtap: a guest has a device of the host to itself",
        "hostdev": "a guest has a PCI device of the host, such as a virtual function",
    },
    ("MigrationSpec", "allow"): {
        "live": "a guest that runs moves while it runs",
        "stopped": "it moves only while it is stopped",
        "never": "it never moves",
    },
}
"""By model and field, in the order of the words."""

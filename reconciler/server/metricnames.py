"""The metrics that there are, each with its labels and what it says: the one table that all else goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "virt_reconcile_"

NOT_LOOKED_AT = "not-looked-at"
"""The status of what is on a host that was not looked at in time: nothing of it is believed."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A metric's kind, its labels, and what it says."""

    kind: str
    labels: tuple[str, ...]
    says: str


METRICS: Mapping[str, Meaning] = {
    "resources": Meaning(
        "gauge",
        ("host", "kind", "status"),
        f"Resources by how they stand; {NOT_LOOKED_AT} on a host that was not looked at in time.",
    ),
    "drift": Meaning("gauge", ("host", "kind", "cause"), "Resources that are not as declared, by the cause."),
    "pending_restarts": Meaning("gauge", ("host",), "Guests that are as declared but for their next start."),
    "host_last_success_timestamp_seconds": Meaning(
        "gauge", ("host",), "When the host was last looked at in full; 0 when it never was."
    ),
    "host_owned": Meaning("gauge", ("host",), "1 when a controller that lives works the host, else 0."),
    "controllers": Meaning("gauge", (), "Controllers that live."),
    "commit_info": Meaning("gauge", ("commit",), "1 for the commit in force."),
    "commits_held": Meaning(
        "gauge", ("status",), "Commits newer than the one in force that were refused, or wait for approval."
    ),
    "notices_undelivered": Meaning("gauge", (), "Notices that were tried to be sent and have not arrived."),
    "state_reachable": Meaning(
        "gauge", (), "1 when the state can be read; else nothing of the fleet is shown."
    ),
    "actions": Meaning("counter", ("verb", "outcome"), "Actions that ended in this process."),
    "action_duration_seconds": Meaning("histogram", (), "How long actions took."),
    "event_to_healed_seconds": Meaning(
        "histogram", (), "How long it took from a host's event until all was as declared again."
    ),
    "queue_depth": Meaning("gauge", (), "Hosts of this controller that wait for their round."),
    "loop_idle_seconds": Meaning("gauge", (), "Seconds since the loop last made progress."),
    "lease_takeovers": Meaning("counter", (), "Hosts taken over from controllers that no longer live."),
    "fence_refusals": Meaning(
        "counter", (), "What was not done or not written because the host had gone to another controller."
    ),
}
"""Name without its prefix (and without _total, which counters are shown with) → what it is."""

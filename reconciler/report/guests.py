"""What a view of guests shows beside their state: their size, since when they run."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base import Observation
from specs.desired import PowerState
from specs.units import parse_size
from specs.xml import parse
from state.journal import ActionEntry

STARTS = ("start", "restart", "reconfigure")
POWER_VERBS = (*STARTS, "stop")


@dataclass(frozen=True, slots=True)
class Size:
    """A guest's virtual CPUs and its memory in KiB, as plugged in now."""

    vcpus: int
    memory_kib: int


def size_of(seen: Observation) -> Size | None:
    """The size that a domain's document tells, the live one if it runs; None where it tells none, or none
    that anybody can read."""
    try:
        return _size(seen.live or seen.document)
    except ValueError:
        return None


def _size(document: str) -> Size | None:
    root = parse(document)
    vcpu, memory = root.find("vcpu"), root.find("currentMemory")
    if memory is None:
        memory = root.find("memory")
    if vcpu is None or memory is None:
        return None
    plugged = vcpu.get("current") or (vcpu.text or "").strip()
    kib = parse_size(f"{(memory.text or '').strip()} {memory.get('unit', 'KiB')}") // 1024
    return Size(int(plugged), kib)


def started_at(seen: Observation | None, last: ActionEntry | None) -> float | None:
    """When we started a guest that runs, in seconds since the epoch; None when somebody else did, as far
    as our journal can tell (`last` is the last action of ours upon its power)."""
    if seen is None or seen.power not in (PowerState.RUNNING, PowerState.PAUSED) or last is None:
        return None
    return last.finished if last.verb in STARTS and last.outcome == "done" else None

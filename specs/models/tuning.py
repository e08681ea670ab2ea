"""Where a guest's processors, memory and I/O are on the host: pins, NUMA, I/O threads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema, model_validator

from specs.models.base import Bool, Int, MemorySize, Model, matching
from specs.places import At, Flag, Pairs


def _one(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


_PART = r"\^?\d+(-\d+)?"
CpuSet = Annotated[
    str,
    BeforeValidator(_one),
    Strict(),
    AfterValidator(matching(rf"{_PART}(, *{_PART})*", "set of numbers such as 0-3,8 or 0-7,^2")),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["0-3,8"]}),
]
Number = Annotated[int, BeforeValidator(_number), Strict(), Field(ge=0)]
"""A number in a mapping; quotes do not matter."""


class Pinning(Model):
    """On which of the host's CPUs what of a guest may run."""

    vcpus: Annotated[dict[Number, CpuSet], Pairs("vcpupin", key="@vcpu", value="@cpuset")] = Field(
        default={}, description="Of its virtual CPUs, by their numbers: {0: 2, 1: 3-4}."
    )
    emulator: Annotated[CpuSet | None, At("emulatorpin/@cpuset")] = Field(
        default=None, description="Of everything else of it."
    )
    iothreads: Annotated[dict[Number, CpuSet], Pairs("iothreadpin", key="@iothread", value="@cpuset")] = (
        Field(default={}, description="Of its I/O threads, from 1.")
    )


class NumaCell(Model):
    """A NUMA node that the guest sees."""

    cpus: Annotated[CpuSet | None, At("@cpus")] = Field(default=None, description="Its virtual CPUs.")
    memory: Annotated[MemorySize, At("@memory", unit="KiB")] = Field(description="Its memory.")
    access: Annotated[Literal["shared", "private"] | None, At("@memAccess")] = Field(
        default=None, description="Whether its memory can be shared with programs of the host."
    )
    distances: Annotated[dict[Number, Number], Pairs("distances/sibling", key="@id", value="@value")] = Field(
        default={}, description="How far other nodes are, by their numbers: {0: 10, 1: 21}."
    )


NumaMode = Literal["strict", "preferred", "interleave", "restrictive"]


class NumaCellTune(Model):
    """From which of the host's nodes the memory of one of the guest's comes."""

    cell: Annotated[Int, At("@cellid")] = Field(description="The number of the guest's node.")
    mode: Annotated[NumaMode, At("@mode")] = Field(default="strict", description="How much that holds.")
    nodes: Annotated[CpuSet, At("@nodeset")] = Field(description="The host's nodes.")


class NumaTune(Model):
    """From which of the host's NUMA nodes a guest's memory comes."""

    mode: Annotated[NumaMode | None, At("memory/@mode")] = Field(
        default=None, description="How much that holds; strict by default."
    )
    nodes: Annotated[CpuSet | None, At("memory/@nodeset")] = Field(
        default=None, description="The host's nodes."
    )
    placement: Annotated[Literal["static", "auto"] | None, At("memory/@placement")] = Field(
        default=None, description="auto: the host's numad chooses the nodes."
    )
    cells: Annotated[list[NumaCellTune], At("memnode")] = Field(
        default=[], description="Of single nodes of the guest."
    )

    @model_validator(mode="after")
    def _one_way(self) -> NumaTune:
        if self.placement == "auto" and self.nodes:
            raise ValueError("with placement: auto, numad chooses the nodes")
        return self


class MemoryBacking(Model):
    """What a guest's memory is made of."""

    source: Annotated[Literal["anonymous", "memfd", "file"] | None, At("source/@type")] = Field(
        default=None, description="Where it comes from; memfd for shared folders (virtiofs)."
    )
    access: Annotated[Literal["shared", "private"] | None, At("access/@mode")] = Field(
        default=None, description="Whether programs of the host can share it; shared for shared folders."
    )
    allocation: Annotated[Literal["immediate", "ondemand"] | None, At("allocation/@mode")] = Field(
        default=None, description="When it is taken of the host."
    )
    locked: Annotated[Bool, Flag("locked")] = Field(default=False, description="Whether it is never swapped.")
    unmerged: Annotated[Bool, Flag("nosharepages")] = Field(
        default=False, description="Whether pages are never merged with others' of the same content (KSM)."
    )
    discard: Annotated[Bool, Flag("discard")] = Field(
        default=False, description="Whether a file's content is given up when the guest ends."
    )


class CpuLimit(Model):
    """How much CPU time each virtual CPU, or a container as a whole, may have."""

    period: Annotated[Int | None, At("period")] = Field(
        default=None, description="Over how many microseconds; from 1000 to 1000000."
    )
    quota: Annotated[Int | None, At("quota")] = Field(
        default=None, description="How many microseconds in each period; at least 1000."
    )


class MemoryLimits(Model):
    """Limits of what a guest takes of its host; a container is killed beyond the hard one."""

    hard: Annotated[MemorySize | None, At("hard_limit", unit="KiB")] = Field(
        default=None, description="Never more memory than this."
    )
    soft: Annotated[MemorySize | None, At("soft_limit", unit="KiB")] = Field(
        default=None, description="No more than this when memory is short."
    )
    swap: Annotated[MemorySize | None, At("swap_hard_limit", unit="KiB")] = Field(
        default=None, description="Never more than this of memory and swap together."
    )

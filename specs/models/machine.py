"""What a domain's machine is: memory, processors, firmware, clock, and what it begins with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from specs.models.base import AbsolutePath, Bool, Count, MemorySize, Model, Text
from specs.models.tuning import CpuSet, MemoryBacking, NumaCell
from specs.places import At, Flag, Form, In, Pairs

UNLESS_ONE = Form(lambda number: None if number == 1 else str(number), int, absent=1)


class Memory(Model):
    """Memory of a domain."""

    size: Annotated[MemorySize, At("currentMemory", unit="KiB")] = Field(description="What the guest has.")
    max: Annotated[MemorySize | None, At("memory", unit="KiB")] = Field(
        default=None, description="What it can be given while it runs; size by default."
    )
    hugepages: Annotated[Bool, Flag("memoryBacking/hugepages")] = Field(
        default=False, description="Whether it is backed by huge pages."
    )
    hugepage_size: Annotated[MemorySize | None, At("memoryBacking/hugepages/page/@size", unit="KiB")] = Field(
        default=None, description="The size of these, such as 2MiB or 1GiB; the host's usual one by default."
    )
    backing: Annotated[MemoryBacking | None, In("memoryBacking")] = Field(
        default=None, description="What it is made of."
    )

    @model_validator(mode="after")
    def _within(self) -> Memory:
        if self.size < 1024:
            raise ValueError("memory of less than 1 KiB; write a size such as 512MiB")
        if self.max is not None and self.max < self.size:
            raise ValueError("max is less than size")
        if self.hugepage_size is not None and not self.hugepages:
            raise ValueError("hugepageSize goes with hugepages: true")
        return self


class Vcpus(Model):
    """Virtual CPUs of a domain."""

    count: Annotated[Count, At("@current")] = Field(description="How many are plugged in.")
    max: Annotated[Count | None, At(".")] = Field(
        default=None, description="How many can be; count by default."
    )
    cpus: Annotated[CpuSet | None, At("@cpuset")] = Field(
        default=None, description="The host's CPUs on which all of it may run; pinning says it of each."
    )

    @model_validator(mode="after")
    def _within(self) -> Vcpus:
        if self.max is not None and self.max < self.count:
            raise ValueError("max is less than count")
        return self


class Topology(Model):
    """How virtual CPUs are laid out."""

    sockets: Annotated[Count, At("@sockets")] = Field(description="Sockets.")
    dies: Annotated[Count, At("@dies", form=UNLESS_ONE)] = Field(default=1, description="Dies a socket.")
    cores: Annotated[Count, At("@cores")] = Field(description="Cores a die.")
    threads: Annotated[Count, At("@threads")] = Field(default=1, description="Threads a core.")


class Cpu(Model):
    """The CPU that the guest sees."""

    mode: Annotated[Literal["host-model", "host-passthrough", "maximum", "custom"] | None, At("@mode")] = (
        Field(default=None, description="Where it comes from; custom when a model is given.")
    )
    model: Annotated[Text | None, At("model")] = Field(
        default=None, description="A named model, such as Skylake-Client."
    )
    topology: Annotated[Topology | None, At("topology")] = Field(
        default=None, description="Sockets, cores and threads."
    )
    features: Annotated[
        dict[Text, Literal["force", "require", "optional", "disable", "forbid"]],
        Pairs("feature", value="@policy"),
    ] = Field(default={}, description="Single features and their policy.")
    numa: Annotated[list[NumaCell], At("numa/cell")] = Field(
        default=[], description="NUMA nodes that the guest sees; together they have all of its memory."
    )


class Firmware(Model):
    """Firmware of a domain."""

    type: Literal["bios", "uefi"] = Field(description="bios or uefi.")
    secure_boot: Bool = Field(default=False, description="Whether only signed code boots (uefi).")
    loader: AbsolutePath | None = Field(
        default=None, description="The firmware image; chosen by libvirt by default."
    )
    nvram: AbsolutePath | None = Field(default=None, description="The file of the guest's UEFI variables.")
    nvram_template: AbsolutePath | None = Field(default=None, description="What that file is made from.")

    @model_validator(mode="after")
    def _fitting(self) -> Firmware:
        if self.type == "bios" and (self.secure_boot or self.loader or self.nvram or self.nvram_template):
            raise ValueError("type bios stands alone; the other fields go with type: uefi")
        return self


class Timer(Model):
    """One of the guest's timers."""

    name: Annotated[
        Literal["platform", "hpet", "kvmclock", "pit", "rtc", "tsc", "hypervclock", "armvtimer"], At("@name")
    ] = Field(description="The timer.")
    present: Annotated[Bool | None, At("@present")] = Field(
        default=None, description="Whether the guest has it."
    )
    tickpolicy: Annotated[Literal["delay", "catchup", "merge", "discard"] | None, At("@tickpolicy")] = Field(
        default=None, description="What happens to missed ticks."
    )


_BELONGS = {
    "timezone": ("timezone",),
    "start": ("absolute",),
    "basis": ("variable",),
    "adjustment": ("utc", "localtime", "variable"),
}
"""What goes with which offsets (formatdomain.html#time-keeping)."""


class Clock(Model):
    """The guest's real-time clock."""

    offset: Annotated[Literal["utc", "localtime", "timezone", "absolute", "variable"], At("@offset")] = Field(
        default="utc", description="What it is set to at the start."
    )
    timezone: Annotated[Text | None, At("@timezone")] = Field(
        default=None, description="The zone, for offset: timezone."
    )
    start: Annotated[Annotated[int, Field(strict=True, ge=0)] | None, At("@start")] = Field(
        default=None, description="Seconds since 1970 in UTC, for offset: absolute."
    )
    adjustment: Annotated[Annotated[int, Field(strict=True)] | Literal["reset"] | None, At("@adjustment")] = (
        Field(
            default=None,
            description="Seconds off the basis; how far the guest has moved it since is its own. reset: as"
            " the offset says at each start, whatever the guest did.",
        )
    )
    basis: Annotated[Literal["utc", "localtime"] | None, At("@basis")] = Field(
        default=None, description="For offset: variable."
    )
    timers: Annotated[list[Timer], At("timer")] = Field(default=[], description="The guest's timers.")

    @model_validator(mode="after")
    def _fitting(self) -> Clock:
        for name, offsets in _BELONGS.items():
            if getattr(self, name) is not None and self.offset not in offsets:
                raise ValueError(f"{name} goes with offset: {' or '.join(offsets)}")
        for name, offset in (("timezone", "timezone"), ("start", "absolute")):
            if self.offset == offset and getattr(self, name) is None:
                raise ValueError(f"offset: {offset} needs {name}")
        return self


class Kernel(Model):
    """Direct kernel boot."""

    image: Annotated[AbsolutePath, At("kernel")] = Field(description="The kernel, on the host.")
    initrd: Annotated[AbsolutePath | None, At("initrd")] = Field(
        default=None, description="The initial RAM disk, on the host."
    )
    cmdline: Annotated[Text | None, At("cmdline")] = Field(
        default=None, description="The kernel's command line."
    )


class Init(Model):
    """What a container runs."""

    path: Annotated[AbsolutePath, At("init")] = Field(description="The first program, in the container.")
    args: Annotated[list[Text], At("initarg")] = Field(default=[], description="Its arguments.")
    env: Annotated[dict[Text, Text], Pairs("initenv", value=".")] = Field(
        default={}, description="Its environment."
    )
    folder: Annotated[AbsolutePath | None, At("initdir")] = Field(
        default=None, description="The folder that it starts in."
    )
    user: Annotated[Text | None, At("inituser")] = Field(default=None, description="As whom it runs.")
    group: Annotated[Text | None, At("initgroup")] = Field(default=None, description="And with which group.")

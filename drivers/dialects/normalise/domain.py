"""What stands outside <devices>: memory, processors, firmware, tuning."""

from __future__ import annotations

from drivers.dialects.model import Platform
from drivers.dialects.normalise.clock import normalise_clock
from drivers.dialects.normalise.metadata import normalise_metadata
from drivers.dialects.normalise.numa import number_cells, trim_tunes
from specs.documents.tree import Node
from specs.documents.values import cpuset, drop_empty, expand, is_number, scale, to_bytes

_UNLIMITED_KIB = (1 << 63) // 1024 - 1
"""VIR_DOMAIN_MEMORY_PARAM_UNLIMITED: a limit this high is none, and is not written back."""

_MACHINE_FEATURES = frozenset(
    {"hap", "pvspinlock", "pmu", "vmport", "smm", "htm", "nested-hv", "vmcoreinfo", "ccf-assist", "ioapic"}
)
_CPUSETS = {"cpuset", "cpus", "nodeset", "vcpus", "iothreads"}


def normalise_domain(root: Node, platform: Platform) -> None:
    """Normalises a domain's tree in place, devices aside (virDomainDefFormat)."""
    root.attrs.pop("id", None)
    root.drop(_dynamic_label)
    for label in root.all("seclabel"):
        label.drop(lambda child: child.tag == "imagelabel")  # virSecurityLabelDefParseXML: live only
    for node in root.walk():
        for name in _CPUSETS & node.attrs.keys():
            node.attrs[name] = cpuset(node.attrs[name])
    _memory(root)
    _processors(root)
    _operating_system(root, platform)
    _features(root)
    normalise_clock(root)
    _tuning(root)
    number_cells(root)
    trim_tunes(root)
    for resource in root.all("resource"):
        resource.drop(_default_partition)
    root.drop(lambda child: child.tag == "resource" and not child.children)
    normalise_metadata(root)


def _dynamic_label(node: Node) -> bool:
    """A label that the security driver chooses at each start (virSecurityLabelDefFormat)."""
    return node.tag == "seclabel" and node.attrs.get("type") == "dynamic" and not node.value("baselabel")


def _default_partition(node: Node) -> bool:
    """Where guests are put anyhow: added at a container's start and forgotten when the daemon restarts
    (virLXCProcessStart)."""
    return node.tag == "partition" and node.text == "/machine"


def _memory(root: Node) -> None:
    """Sizes in KiB; with NUMA cells libvirt recomputes the total from them and the memory devices
    (virDomainDefPostParseMemory); what is plugged in at first is all of it unless said otherwise."""
    for tag in ("memory", "currentMemory", "maxMemory"):
        for node in root.all(tag):
            scale(node, "KiB")
    cells = [
        cell
        for cpu in root.all("cpu")
        for numa in cpu.all("numa")
        for cell in numa.all("cell")
        if "memory" in cell.attrs
    ]
    for cell in cells:
        scale(cell, "KiB", attr="memory")
    memory = root.first("memory")
    if memory is None:
        return
    if cells and all(is_number(cell.attrs["memory"]) for cell in cells):
        total = sum(int(cell.attrs["memory"]) for cell in cells) + _plugged(root)
        memory.text = str(total)
    current = root.first("currentMemory")
    if current is None:
        root.add("currentMemory", memory.text)
    elif (
        is_number(current.text)
        and is_number(memory.text)
        and (int(current.text) > int(memory.text) or current.text == "0")
    ):
        current.text = memory.text


def _plugged(root: Node) -> int:
    """The KiB of all memory devices."""
    total = 0
    for devices in root.all("devices"):
        for device in devices.all("memory"):
            for target in device.all("target"):
                size = target.first("size")
                if size is not None:
                    total += (to_bytes(size.text, size.attrs.get("unit", "KiB")) or 0) // 1024
    return total


def _processors(root: Node) -> None:
    """All virtual CPUs are plugged in unless `current` says otherwise (virDomainVcpuParse)."""
    vcpu = root.first("vcpu")
    if vcpu is not None:
        vcpu.text = vcpu.text.lstrip("0") or vcpu.text
        vcpu.attrs.setdefault("current", vcpu.text)
        _placement(vcpu, root)
    for cpu in root.all("cpu"):
        for model in cpu.all("model"):
            model.imply("fallback", "allow")
        cpu.drop(_no_model)
    drop_empty(root, "cpu")


def _placement(vcpu: Node, root: Node) -> None:
    """Where memory is placed automatically, CPUs without a set are too (virDomainNumatuneParseXML,
    virDomainVcpuParse)."""
    automatic = any(
        memory.attrs.get("placement") == "auto"
        for numatune in root.all("numatune")
        for memory in numatune.all("memory")
    )
    if automatic and "cpuset" not in vcpu.attrs:
        vcpu.attrs["placement"] = "auto"
    vcpu.imply("placement", "static")


def _no_model(node: Node) -> bool:
    """A model without a name, and with no wish about its fallback (virCPUDefFormatBuf)."""
    return node.tag == "model" and not node.text and node.attrs.items() <= {("fallback", "allow")}


def _operating_system(root: Node, platform: Platform) -> None:
    """A machine alias stands for its canonical type (virQEMUCapsGetCanonicalMachine); `linux` is the
    older word for a paravirtualised Xen guest."""
    os = root.first("os")
    kind = os.first("type") if os is not None else None
    if os is None or kind is None:
        return
    machine, arch = kind.attrs.get("machine"), kind.attrs.get("arch", platform.arch)
    if machine:
        kind.attrs["machine"] = platform.machines.get(f"{arch}/{machine}", machine)
    if kind.text == "xen":
        kind.text = "linux"
    _variables(os)
    for menu in os.all("bootmenu"):
        if menu.attrs.get("enable") == "no":
            menu.attrs.pop("timeout", None)


def _variables(os: Node) -> None:
    """Variables that the host makes have the format of the firmware that it chooses
    (qemuFirmwareEnableFeaturesModern), whatever else is said beside that one's."""
    wanted = os.value("loader", "format")
    for nvram in os.all("nvram"):
        if "firmware" in os.attrs and wanted and not nvram.text and not nvram.children:
            nvram.attrs.pop("format", None)


def _features(root: Node) -> None:
    """A feature that is named is on (virDomainFeaturesDefParse)."""
    for features in root.all("features"):
        for feature in features.children:
            if feature.tag in _MACHINE_FEATURES:
                feature.attrs.setdefault("state", "on")
            for size in (*feature.all("maxpagesize"), *feature.all("tb-cache")):  # of hpt, of tcg
                scale(size, "KiB")
            if feature.tag == "hyperv":
                for child in feature.children:
                    child.attrs.setdefault("state", "on")


def _tuning(root: Node) -> None:
    """Limits in KiB, unlimited ones dropped; scheduler ranges one by one (virDomainSchedulerFormat)."""
    for memtune in root.all("memtune"):
        for limit in memtune.children:
            scale(limit, "KiB")
        memtune.drop(lambda limit: is_number(limit.text) and int(limit.text) >= _UNLIMITED_KIB)
    for cputune in root.all("cputune"):
        _split(cputune, "vcpusched", "vcpus")
        _split(cputune, "iothreadsched", "iothreads")
    for backing in root.all("memoryBacking"):
        for hugepages in backing.all("hugepages"):
            for page in hugepages.all("page"):
                scale(page, "KiB", attr="size")
    root.drop(
        lambda child: (
            child.tag in ("memtune", "blkiotune", "cputune", "numatune", "memoryBacking", "features")
            and not child.children
            and not child.attrs
        )
    )


def _split(cputune: Node, tag: str, attr: str) -> None:
    for node in cputune.all(tag):
        ids = expand(node.attrs.get(attr, "")) or set()
        if len(ids) > 1:
            cputune.drop(lambda child, node=node: child is node)  # type: ignore[misc]
            for number in sorted(ids):
                attrs = {**node.attrs, attr: str(number)}
                cputune.children.append(Node(tag, attrs, node.text, node.children, node.source))

"""Values that have several spellings wherever they stand: numbers, sizes, addresses, names of models."""

from __future__ import annotations

import pytest

from specs.identity import Kind
from tests.reconciler.compare.support import assert_spelling, domain, judged

MAC = "52:54:00:00:00:01"


def _addressed(name: str, value: str) -> str:
    address = f"<address type='any' {name}='{value}'/>"
    return domain(devices=f"<disk type='file'><target dev='vda'/>{address}</disk>")


@pytest.mark.parametrize(
    "name",
    ["domain", "bus", "slot", "function", "controller", "unit", "port", "index", "target", "cssid", "ssid",
     "devno", "iobase", "irq", "reg", "base", "slotbase"],
)  # fmt: skip
def test_a_number_may_have_zeros_in_front(name: str) -> None:
    assert_spelling(Kind.DOMAIN, _addressed(name, "007"), _addressed(name, "7"), _addressed(name, "8"))
    assert_spelling(Kind.DOMAIN, _addressed(name, "0x1f"), _addressed(name, "31"), _addressed(name, "0x2f"))


def test_a_text_that_looks_like_a_number_is_a_text() -> None:
    for name in ("serial", "wwn"):
        assert judged(_addressed(name, "007"), _addressed(name, "7")).differences
    noted = "<metadata><a:x xmlns:a='urn:a' port='{}'/></metadata>"
    assert judged(domain(noted.format("007")), domain(noted.format("7"))).differences


@pytest.mark.parametrize("name", ["address", "mac", "macaddr"])
def test_a_mac_address_in_any_dress(name: str) -> None:
    def document(value: str) -> str:
        return f"<network><name>n</name><x {name}='{value}'/></network>"

    given, kept = document("52:54:0:AB:0:A"), document("52:54:00:ab:00:0a")
    assert_spelling(Kind.NETWORK, given, kept, document("52:54:00:ab:00:0b"))


@pytest.mark.parametrize(
    "model",
    ["netfront", "rtl8139", "virtio", "e1000", "e1000e", "virtio-transitional", "virtio-non-transitional",
     "usb-net", "spapr-vlan", "lan9118", "scm91c111", "vlance", "vmxnet", "vmxnet2", "vmxnet3", "Am79C970A",
     "Am79C973", "82540EM", "82545EM", "82543GC"],
)  # fmt: skip
def test_a_model_that_is_known_is_known_in_any_case(model: str) -> None:
    def document(kind: str) -> str:
        inner = f"<mac address='{MAC}'/><model type='{kind}'/>"
        return domain(devices=f"<interface type='network'>{inner}</interface>")

    other = "virtio" if model != "virtio" else "e1000"
    assert_spelling(Kind.DOMAIN, document(model.swapcase()), document(model), document(other))
    assert judged(document("Own"), document("own")).differences


@pytest.mark.parametrize(
    "feature",
    ["hap", "pvspinlock", "pmu", "vmport", "smm", "htm", "nested-hv", "vmcoreinfo", "ccf-assist", "ioapic"],
)
def test_a_feature_that_is_named_is_on(feature: str) -> None:
    given, kept, other = (
        domain(f"<features><{feature}{state}/></features>") for state in ("", " state='on'", " state='off'")
    )
    assert_spelling(Kind.DOMAIN, given, kept, other)


def _unitless(outer: str, inner: str, size: str, unit: str) -> str:
    said = f" unit='{unit}'" if unit else ""
    return domain(f"<{outer}><{inner}{said}>{size}</{inner}></{outer}>")


@pytest.mark.parametrize("limit", ["hard_limit", "soft_limit", "swap_hard_limit"])
def test_a_limit_without_a_unit_is_in_kib(limit: str) -> None:
    given, kept = _unitless("memtune", limit, "2048", ""), _unitless("memtune", limit, "2", "MiB")
    assert_spelling(Kind.DOMAIN, given, kept, _unitless("memtune", limit, "2049", ""))


SIZES = {
    "memory": (
        domain(memory="<memory>524288</memory>"), domain(memory="<memory unit='MiB'>512</memory>"),
        domain(memory="<memory>524289</memory>"),
    ),
    "memory at first": (
        domain("<currentMemory>1024</currentMemory>"), domain("<currentMemory unit='MiB'>1</currentMemory>"),
        domain("<currentMemory>1025</currentMemory>"),
    ),
    "memory of a cell": (
        domain("<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>"),
        domain("<cpu><numa><cell id='0' cpus='0-1' memory='1' unit='MiB'/></numa></cpu>"),
        domain("<cpu><numa><cell id='0' cpus='0-1' memory='1025'/></numa></cpu>"),
    ),
    "memory of cells and devices": (
        domain("<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>",
               "<memory model='dimm'><target><size unit='MiB'>1</size></target></memory>",
               memory="<memory>1</memory>"),
        domain("<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>",
               "<memory model='dimm'><target><size>1024</size></target></memory>",
               memory="<memory>2048</memory>"),
        domain("<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>",
               "<memory model='dimm'><target><size>1024</size></target></memory>",
               memory="<memory>2048</memory>").replace("<target><size>1024", "<target><size>1023"),
    ),
    "a bridge's window": tuple(
        domain(devices="<controller type='pci' index='0' model='pci-root'>"
                       f"<pcihole64{unit}>{size}</pcihole64></controller>")
        for unit, size in (("", "1024"), (" unit='MiB'", "1"), ("", "1025"))
    ),
    "shared memory to the byte": tuple(
        domain(devices=f"<shmem name='s'><size{unit}>{size}</size></shmem>")
        for unit, size in (("", "4194304"), (" unit='MiB'", "4"), ("", "4194303"))
    ),
    "a page of memory": tuple(
        domain(f"<memoryBacking><hugepages><page size='{size}'{unit}/></hugepages></memoryBacking>")
        for unit, size in (("", "2048"), (" unit='MiB'", "2"), ("", "1024"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SIZES)
def test_a_size_without_a_unit(case: str) -> None:
    given, kept, other = SIZES[case]
    assert_spelling(Kind.DOMAIN, given, kept, other)


def test_devices_count_to_the_memory_of_cells() -> None:
    cells = "<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>"
    plugged = "<memory model='dimm'><target><size>512</size></target></memory>"
    total = domain(cells, plugged, memory="<memory>1536</memory>")
    current = total.replace("<vcpu>", "<currentMemory>1536</currentMemory><vcpu>")
    assert judged(domain(cells, plugged, memory="<memory>7</memory>"), current).differences == ()


VOLUMES = {
    "its mode": ("<target><permissions><mode>0644</mode></permissions></target>",
                 "<target><permissions><mode>644</mode></permissions></target>"),
    "nobody's owner": ("<target><permissions><owner>-1</owner><group>-1</group></permissions></target>",
                       "<target><permissions/></target>"),
    "nobody's owner as a number": (
        "<target><permissions><owner>4294967295</owner><group>4294967295</group></permissions></target>",
        "<target><permissions/></target>"),
    "times": ("<target><timestamps><atime>1.0</atime></timestamps></target>", "<target/>"),
    "clusters": ("<target><clusterSize unit='B'>65536</clusterSize></target>", "<target/>"),
    "where it lies": ("<target><path>/p/v</path></target>", "<target/>"),
    "its key": ("<key>/p/v</key><physical>7</physical><allocation>7</allocation>", ""),
    "bytes": ("<capacity>1024</capacity>", "<capacity unit='KiB'>1</capacity>"),
    "what lies under it": ("<backingStore><format type='iso'/></backingStore>",
                           "<backingStore><format type='raw'/></backingStore>"),
}  # fmt: skip


@pytest.mark.parametrize("case", VOLUMES)
def test_what_a_volume_reports_of_itself_is_no_difference(case: str) -> None:
    given, kept = (f"<volume><name>v</name>{inner}</volume>" for inner in VOLUMES[case])
    assert judged(given, kept, None, Kind.VOLUME).differences == ()
    assert judged(kept, given, None, Kind.VOLUME).differences == ()


def test_who_is_connected_to_a_network_is_no_difference() -> None:
    plain = (
        "<network{}><name>n</name><forward mode='hostdev'><address type='pci' bus='1'{}/></forward></network>"
    )
    busy, idle = plain.format(" connections='2'", " connections='1'"), plain.format("", "")
    assert judged(busy, idle, None, Kind.NETWORK).differences == ()
    assert judged(idle, busy, None, Kind.NETWORK).differences == ()


def test_a_volume_group_without_a_name_is_called_as_its_pool() -> None:
    pool = "<pool type='logical'><name>p</name>{}<target><path>{}</path></target></pool>"
    kept = pool.format("", "/dev/p")
    assert judged(pool.format("", "/any"), kept, None, Kind.STORAGE_POOL).differences == ()
    named = pool.format("<source><name>vg</name></source>", "/dev/vg")
    other = judged(pool.format("<source><name>p</name></source>", "/any"), named, None, Kind.STORAGE_POOL)
    assert {difference.path for difference in other.differences} >= {"target/path"}

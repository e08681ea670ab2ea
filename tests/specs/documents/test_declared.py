"""A document as a spec: typed fields for what they can say, XML for the rest, and the same document again."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from specs.documents.declared import spec_of
from specs.documents.overlay import merge
from specs.documents.remainder import remainder
from specs.documents.tidying import Named
from specs.identity import Kind, derive_uuid
from specs.xml import copy_of, parse
from tests.specs.wide import SCHEMES, WIDE, Values, name_of, render

NAMED = Named(
    {"ceph:ceph-admin": "ceph-admin", "iscsi:chap": "chap", "ceph:key": "key"},
    {derive_uuid("fleet", Kind.SECRET, "passphrase"): "passphrase"},
)
WHOLE = [values for values in WIDE if values["kind"] != "Volume"]
GUEST = (
    "<domain type='kvm'><name>web</name><memory unit='KiB'>65536</memory>"
    "<currentMemory unit='KiB'>65536</currentMemory><vcpu>2</vcpu><os><type arch='x86_64'>hvm</type></os>"
    "<features><acpi/><apic/></features><devices>{}"
    "<serial type='pty'><target port='0'/></serial></devices></domain>"
)


def canonical(text: str) -> str:
    return etree.tostring(in_order(parse(text, blanks=False)), method="c14n").decode()


def in_order(element: etree._Element) -> etree._Element:
    """The children by their tags: in which order tags come means nothing."""
    for child in element:
        in_order(child)
    element[:] = sorted(element, key=lambda child: str(child.tag))
    return element


def same(one: str, other: str) -> bool:
    return canonical(one) == canonical(other)


def spec(document: str, kind: Kind = Kind.DOMAIN, scheme: str = "qemu", **said: Any) -> dict[str, Any] | None:
    return spec_of(kind, "web", parse(document, blanks=False), said, scheme, NAMED, same)


@pytest.mark.parametrize("values", WHOLE, ids=name_of)
def test_a_rendered_document_is_all_typed(values: Values) -> None:
    document, name = render(values), values["metadata"]["name"]
    made = spec_of(Kind(values["kind"]), name, document, {}, SCHEMES.get(name, "qemu"), NAMED, same)
    assert made is not None
    assert "xml" not in made
    head = {key: values[key] for key in ("apiVersion", "kind", "metadata")}
    if "secret" not in str(values.get("spec")):  # which the fixture's host calls otherwise
        assert same(text(render({**head, "spec": made})), text(document))


def text(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode")


def test_fields_are_short_where_they_can_be() -> None:
    made = spec(GUEST.format(""), state="running")
    assert made == {
        "state": "running",
        "type": "kvm",
        "osType": "hvm",
        "arch": "x86_64",
        "memory": "64MiB",
        "vcpus": 2,
        "serial": ["pty"],
    }


def test_what_no_field_says_is_an_overlay_that_names_the_element() -> None:
    disk = (
        "<disk type='file' device='disk'><driver name='qemu' type='raw' ats='on'/><source file='/a'/>"
        "<target dev='vda' bus='virtio'/><product>Box</product></disk>"
    )
    made = spec(GUEST.format(disk + "<panic model='isa'/>"))
    assert made is not None
    assert made["disks"] == [{"target": "vda", "bus": "virtio", "file": "/a", "format": "raw"}]
    overlay = "".join(line.strip() for line in made["xml"].splitlines())
    assert overlay == (
        '<domain><devices><disk><driver ats="on"/><product>Box</product>'
        '<target dev="vda" bus="virtio"/></disk><panic model="isa"/></devices></domain>'
    )


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("<features><acpi/><apic/></features>", {"acpi": False}),
        ("<serial type='pty'><target port='0'/></serial>", {"serial": []}),
    ],
)
def test_what_a_guest_lacks_is_said(without: str, said: dict[str, Any]) -> None:
    made = spec(GUEST.format("").replace(without, ""))
    assert made is not None
    assert "xml" not in made
    assert said.items() <= made.items()


def test_a_device_that_no_field_can_say_is_in_the_overlay_as_a_whole() -> None:
    device = "<disk type='dir' device='floppy'><source dir='/a'/><target dev='fda' bus='fdc'/></disk>"
    nvme = "<disk type='nvme' device='disk'><source type='pci'/><target dev='vdb' bus='virtio'/></disk>"
    made = spec(GUEST.format(nvme))
    assert made is not None
    assert "disks" not in made
    assert "nvme" in made["xml"]
    assert spec(GUEST.format(device)) is not None


def test_what_a_spec_would_add_cannot_be_said() -> None:
    """An overlay takes nothing away: the document itself has to be declared."""
    assert spec(GUEST.format("").replace("<apic/>", "")) is None


def test_a_login_is_typed_when_the_secret_is_known() -> None:
    document = (
        "<pool type='rbd'><name>web</name><source><host name='mon'/><name>rbd</name>"
        "<auth type='ceph' username='u'><secret usage='{}'/></auth></source></pool>"
    )
    known = spec(document.format("key"), Kind.STORAGE_POOL)
    assert known is not None
    assert known["source"]["auth"] == {"type": "ceph", "user": "u", "secret": "key"}
    stranger = spec(document.format("other"), Kind.STORAGE_POOL)
    assert stranger is not None
    assert "auth" not in stranger["source"]
    assert '<secret usage="other"/>' in stranger["xml"]


def test_rules_are_all_typed_or_none_is() -> None:
    """Their order counts, and an overlay only appends."""
    plain = "<rule action='drop' direction='in'><tcp dstportstart='22'/></rule>"
    odd = "<rule action='drop' direction='in'><tcp/><udp/></rule>"
    document = "<filter name='web' chain='root'>{}</filter>"
    typed = spec(document.format(plain), Kind.NETWORK_FILTER)
    assert typed is not None
    assert spec(document.format(plain + odd), Kind.NETWORK_FILTER) is None
    match = {"dstportstart": 22}
    assert typed["rules"] == [{"action": "drop", "direction": "in", "protocol": "tcp", "match": match}]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("<domain/>", "<domain type='kvm'/>"),
        ("<domain><vcpu>1</vcpu></domain>", "<domain><vcpu placement='static'>2</vcpu></domain>"),
        (
            "<domain><devices><video><model type='vga'/></video></devices></domain>",
            "<domain><devices><video><model type='vga'/></video><video><model type='qxl'/></video></devices>"
            "</domain>",
        ),
        (
            "<domain><os><initarg>a</initarg></os></domain>",
            "<domain><os><initarg>a</initarg><initarg>b</initarg></os></domain>",
        ),
        (
            "<domain><devices><interface><mac address='52:54:00:00:00:01'/></interface></devices></domain>",
            "<domain><devices><interface><mac address='52:54:00:00:00:01'/><mtu size='9000'/></interface>"
            "<interface type='user'/></devices></domain>",
        ),
    ],
)
def test_the_remainder_merged_in_makes_the_whole(less: str, more: str) -> None:
    document = parse(less)
    rest = remainder(document, parse(more))
    assert rest is not None
    merge(document, text(rest))
    assert same(text(document), more)
    assert remainder(copy_of(document), parse(more)) is None


def test_a_document_that_contradicts_the_host_is_no_spec() -> None:
    """A host may say anything: what cannot be made of fields stays the document that it is."""
    document = "<domain type='kvm'><name>web</name><uuid>0</uuid><memory>1</memory></domain>"
    said = {"uuid": "3000fd86-5c60-5dec-96f9-514ab39c66a9"}
    root = parse(document, blanks=False)
    assert spec_of(Kind.DOMAIN, "web", root, said, "qemu", NAMED, same) is None


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("<compat>1.1</compat><clusterSize unit='B'>65536</clusterSize><features/>", {}),
        ("<compat>0.10</compat>", {"qcow2": {"compat": "0.10"}}),
        (
            "<compat>1.1</compat><clusterSize unit='KiB'>4</clusterSize><features><extended_l2/></features>",
            {"qcow2": {"clusterSize": "4KiB", "extendedL2": True}},
        ),
    ],
)
def test_how_an_image_is_made_is_said_where_it_is_unusual(target: str, said: dict[str, Any]) -> None:
    document = parse(
        "<volume><name>a.qcow2</name><capacity unit='bytes'>1048576</capacity>"
        f"<target><format type='qcow2'/>{target}</target></volume>"
    )
    made = spec_of(Kind.VOLUME, "a.qcow2", document, {"pool": "p"}, "qemu", NAMED, lambda one, other: True)
    assert made == {"pool": "p", "capacity": "1MiB", "format": "qcow2", **said}

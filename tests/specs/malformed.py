"""Malformed trees: their files, where the error must be, and words that it must hold."""

from __future__ import annotations

from dataclasses import dataclass

from tests.specs.tree import HOST, THREE, document, domain, host, many

HEAD = "apiVersion: virt-reconcile/v1\n"
NIC = "interfaces: [{network: lan}]"


@dataclass(frozen=True)
class Case:
    """One tree; `at` is FILE:LINE:COL, `words` what the message there says."""

    name: str
    content: str | bytes
    at: str
    words: tuple[str, ...]
    file: str = "a.yaml"
    host: bool = True

    @property
    def files(self) -> dict[str, str | bytes]:
        return {self.file: self.content} | ({"host.yaml": HOST} if self.host else {})


def _spec(name: str, kind: str, spec: str, at: str, *words: str) -> Case:
    return Case(name, document(kind, "x", spec), f"a.yaml:{at}", words)


def _xml(name: str, content: str | bytes, at: str, *words: str) -> Case:
    return Case(name, content, f"a.xml:{at}", words, file="a.xml")


def _yaml(name: str, content: str | bytes, at: str, *words: str) -> Case:
    return Case(name, content, f"a.yaml:{at}", words)


def _ours(name: str, content: str, at: str, *words: str) -> Case:
    """What cannot be read, in a file that says whose it is: another tool's would be left alone."""
    return _yaml(name, f"{content}\n# virt-reconcile/v1\n", at, *words)


def _first(name: str, content: str, at: str, *words: str) -> Case:
    """A document before one that is ours."""
    return _yaml(name, many(content, document("Network", "other", "{}")), at, *words)


_LEVELS = "\n".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" if n else "a0: &a0 [1,1,1,1,1,1,1,1,1,1]"
    for n in range(9)
)
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
_VOLUME = "{pool: p, capacity: 1GiB"
_POOL = document("StoragePool", "p", "{target: /p}")
_TWO_HOSTS = many(HOST, HOST.replace("h1", "h2"))

BOMBS = [
    _ours("alias bomb", _LEVELS + "\n", "1:", "more than 100000 values"),
    _ours("deep flow lists", "[" * 200_000, "1:", "nested deeper than 64"),
    _ours("deep flow mappings", "a: " + "{a: " * 5_000, "1:", "nested deeper than 64"),
    _ours("deep block lists", "- " * 5_000, "1:", "nested deeper than 64"),
    _ours("list of millions", "[" + "1," * 3_000_000 + "]", "1:", "more than 100000 values"),
    _ours("alias of itself", "a: &a [*a]\n", "1:", "alias of itself"),
    _ours("mapping alias of itself", "a: &a {b: *a}\n", "1:", "alias of itself"),
    _yaml("number of many digits", domain(more=f"vcpus: {'9' * 5000}"), "4:29", "more than 30 digits"),
    _xml(
        "entity bomb",
        f'<!DOCTYPE d [<!ENTITY l0 "ha">{_LAUGHS}]>\n<domain><name>&l8;</name></domain>',
        "1:1",
        "DOCTYPE",
    ),
    _xml(
        "external entity",
        '<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
        "<domain><name>&x;</name></domain>",
        "2:1",
        "DOCTYPE",
    ),
    _xml(
        "external DTD", '\n<!DOCTYPE domain SYSTEM "http://127.0.0.1:9/x.dtd">\n<domain/>', "2:1", "DOCTYPE"
    ),
    _xml("DOCTYPE in UTF-16", "<!DOCTYPE d []><domain/>".encode("utf-16"), "1:1", "UTF-16"),
    _xml("deep elements", "<domain>" + "<a>" * 5_000, "1:", "not well-formed"),
]

TEXT = [
    _yaml("binary file", b"\x7fELF\x00\x01\x02", "1:1", "binary"),
    _yaml("invalid UTF-8", b"a: 1\nb: \xff\n", "2:4", "UTF-8"),
    _ours("control character", "a: 1\nb: é\x01c\n", "2:5", "control characters", "U+0001"),
    _ours("tab as indentation", "a:\n\tb: 1\n", "2:1", "not YAML", "tabs"),
    _ours("bad indentation", "a: 1\n  b: 2\n", "2:4", "not YAML"),
    _ours("open quote", 'a: "b\n', "4:1", "not YAML", "quoted scalar"),
    _ours("open list", "a: [1, 2\n", "4:1", "not YAML"),
    _ours("unknown alias", "a: *nobody\n", "1:4", "not YAML", "undefined alias"),
    _yaml("python tag", domain(more="title: !!python/object/apply:os.system [id]"), "4:29", "tag", "plain"),
    _first("own tag", "a: !secret x\n", "1:4", "!secret", "not supported"),
    _first("list as key", "? [a, b]\n: 1\n", "1:3", "key is text"),
    _yaml("duplicate key", HEAD + "kind: Host\nkind: Fleet\n", "3:1", "'kind' is given twice", "line 2"),
    _yaml("duplicate deep key", domain(more="memory: 2GiB"), "4:22", "'memory' is given twice"),
    _first("bad merge key", "a: {<<: 5}\n", "1:9", "'<<' takes a mapping"),
    _first("a list for a document", "- a\n", "1:1", "a document is a mapping"),
    _first("a text for a document", "hello\n", "1:1", "a document is a mapping"),
]

SHAPE = [
    _yaml("wrong apiVersion", "apiVersion: v2\nkind: Host\n", "1:13", "'v2'", "virt-reconcile/v1"),
    _yaml("no apiVersion", "kind: Host\n", "1:1", "'apiVersion' is missing"),
    _yaml("wrong kind", HEAD + "kind: Domian\n", "2:7", "did you mean 'Domain'"),
    _yaml("no kind", HEAD + "metadata: {name: x}\n", "1:1", "'kind' is missing"),
    _yaml("kind is a list", HEAD + "kind: [Domain]\n", "2:7", "is no kind"),
    _yaml("no metadata", HEAD + "kind: Domain\nspec: {memory: 1GiB}\n", "1:1", "'metadata' is missing"),
    _yaml(
        "no name", HEAD + "kind: Domain\nmetadata: {}\nspec: {memory: 1GiB}\n", "3:11", "'name' is missing"
    ),
    _yaml("no spec", HEAD + "kind: Domain\nmetadata: {name: x}\n", "1:1", "'spec' is missing"),
    _yaml("empty name", domain("''"), "3:18", "at least 1"),
    _yaml("name with a slash", domain("../x"), "3:18", "'../x' is no name"),
    _yaml("name with an at", domain("'@x'"), "3:18", "is no name"),
    _yaml("name is a number", domain("5"), "3:18", "quotes"),
    _yaml("name is a list", domain("[a]"), "3:18", "write text"),
    _spec(
        "unknown key", "Domain", "{memori: 1GiB, memory: 1GiB}", "4:8", "'memori'", "did you mean 'memory'"
    ),
    _spec("unknown deep key", "Domain", "{memory: {size: 1GiB, maxx: 2GiB}}", "4:29", "did you mean 'max'"),
    _spec("spec is a list", "Domain", "[]", "4:7", "write a mapping"),
    _spec("spec is nothing", "Domain", "", "4:", "mapping"),
    _spec("disks is a text", "Domain", "{memory: 1GiB, disks: many}", "4:29", "write a list", "'many'"),
    _spec("bool as text", "Domain", "{memory: 1GiB, autostart: yes}", "4:33", "true or false", "'yes'"),
    _spec("float vcpus", "Domain", "{memory: 1GiB, vcpus: 1.5}", "4:29", "whole number", "'1.5'"),
    _spec("vcpus by exponent", "Domain", "{memory: 1GiB, vcpus: 1e3}", "4:29", "whole number", "'1e3'"),
    _spec("no vcpus", "Domain", "{memory: 1GiB, vcpus: 0}", "4:29", "greater than or equal to 1"),
    _spec("negative vcpus", "Domain", "{memory: 1GiB, vcpus: -2}", "4:29", "greater than or equal to 1"),
    _spec("bad size", "Domain", "{memory: 2 Gigs}", "4:16", "'2 Gigs' is no size", "2GiB"),
    _spec("negative size", "Domain", "{memory: -1}", "4:16", "not negative"),
    _spec("memory without a unit", "Domain", "{memory: 512}", "4:16", "did you mean 512MiB?"),
    _spec("memory in text without one", "Domain", "{memory: '1024'}", "4:16", "did you mean 1024MiB?"),
    _spec("memory in KiB", "Domain", "{memory: {size: 1048576}}", "4:23", "did you mean 1048576KiB?"),
    _spec("memory in bytes", "Domain", "{memory: {size: 1GiB, max: 2147483648}}", "4:34", "mean 2GiB?"),
    _spec("no memory", "Domain", "{memory: 0B}", "4:16", "less than 1 KiB"),
    _spec(
        "route of an address",
        "Network",
        "{routes: [{to: 10.0.0.1/24, gateway: 10.1.0.1}]}",
        "4:17",
        "10.0.0.1/24 is an address in 10.0.0.0/24",
    ),
    _spec(
        "route of two families",
        "Network",
        "{routes: [{to: 'fd00::/64', gateway: 10.1.0.1}]}",
        "4:17",
        "of two families",
    ),
    _spec("nat of no nat", "Network", "{forward: {mode: route, nat: {ipv6: true}}}", "4:17", "mode: nat"),
    _spec("no ports", "Network", "{forward: {mode: nat, nat: {ports: {start: 9, end: 8}}}}", "4:42", "none"),
    _spec(
        "a short lease",
        "Network",
        "{ips: [{address: 10.0.0.1/24, dhcp: {ranges: [{start: 10.0.0.2, end: 10.0.0.3, lease: 1m}]}}]}",
        "4:93",
        "less than two minutes",
    ),
    _spec(
        "no set of CPUs",
        "Domain",
        "{memory: 1GiB, pinning: {emulator: all}}",
        "4:",
        "set of numbers such as 0-3,8",
    ),
    _spec(
        "numad and nodes",
        "Domain",
        "{memory: 1GiB, numa: {placement: auto, nodes: 0}}",
        "4:",
        "numad chooses",
    ),
    _spec("few retries", "Domain", "{memory: 1GiB, hyperv: {spinlocks: 5}}", "4:", "4095"),
    _spec(
        "a long vendor",
        "Domain",
        "{memory: 1GiB, hyperv: {vendorId: Thirteen-long}}",
        "4:",
        "more than 12 characters",
    ),
    _spec(
        "shared without a size",
        "Domain",
        "{memory: 1GiB, sharedMemory: [{name: a}]}",
        "4:",
        "a size, or a server",
    ),
    _spec(
        "vectors without a server",
        "Domain",
        "{memory: 1GiB, sharedMemory: [{name: a, size: 1MiB, vectors: 2}]}",
        "4:",
        "vectors go with a server",
    ),
    _spec(
        "pages of no kind",
        "Domain",
        "{memory: {size: 1GiB, hugepageSize: 2MiB}}",
        "4:",
        "hugepageSize goes with hugepages",
    ),
    _spec(
        "evdev without a device",
        "Domain",
        "{memory: 1GiB, input: evdev}",
        "4:",
        "evdev goes with type: evdev",
    ),
    _spec(
        "a device that is no passthrough",
        "Domain",
        "{memory: 1GiB, input: [{type: mouse, device: /dev/input/event1}]}",
        "4:",
        "device goes with type: passthrough",
    ),
    _spec(
        "evdev on a bus",
        "Domain",
        "{memory: 1GiB, input: [{type: evdev, bus: usb, evdev: {dev: /dev/a}}]}",
        "4:",
        "has no bus",
    ),
    _spec(
        "metadata without a namespace",
        "Domain",
        "{memory: 1GiB, userMetadata: <a/>}",
        "4:",
        "has no namespace",
    ),
    _spec(
        "metadata that is ours",
        "Domain",
        "{memory: 1GiB, userMetadata: \"<a xmlns='urn:virt-reconcile:1'/>\"}",
        "4:",
        "what we mark domains with",
    ),
    _spec(
        "metadata twice",
        "Domain",
        "{memory: 1GiB, userMetadata: [\"<a xmlns='urn:x'/>\", \"<b xmlns='urn:x'/>\"]}",
        "4:",
        "libvirt keeps one",
    ),
    _spec("metadata that is no XML", "Domain", "{memory: 1GiB, userMetadata: <a}", "4:", "this is"),
    _spec(
        "limits of one way and both",
        "Domain",
        "{memory: 1GiB, disks: [{file: /a, iops: 1, readIops: 1}]}",
        "4:",
        "of both ways together",
    ),
    _spec(
        "a short wwn", "Domain", "{memory: 1GiB, disks: [{file: /a, wwn: 5000c}]}", "4:", "world-wide name"
    ),
    _spec(
        "a ROM of a USB device",
        "Domain",
        "{memory: 1GiB, hostDevices: [{usb: '1234:beef', rom: /a}]}",
        "4:",
        "rom is of PCI devices",
    ),
    _spec(
        "a PCI device that may lack",
        "Domain",
        "{memory: 1GiB, hostDevices: [{pci: '0000:01:00.0', startupPolicy: optional}]}",
        "4:",
        "startupPolicy is of USB devices",
    ),
    _spec("mount options of a folder", "StoragePool", "{target: /a, mountOptions: ro}", "4:7", "type: fs"),
    _spec("options of Ceph without", "StoragePool", "{target: /a, rbdOptions: {a: b}}", "4:7", "type: rbd"),
    _spec(
        "an old qcow2",
        "Volume",
        "{pool: p, capacity: 1GiB, qcow2: {compat: '0.10', extendedL2: true}}",
        "4:",
        "need compat",
    ),
    _spec("capacity without a unit", "Volume", "{pool: p, capacity: 10}", "4:27", "did you mean 10GiB?"),
    _spec(
        "max memory under size",
        "Domain",
        "{memory: {size: 2GiB, max: 1GiB}}",
        "4:16",
        "max is less than size",
    ),
    _spec(
        "max vcpus under count",
        "Domain",
        "{memory: 1GiB, vcpus: {count: 4, max: 2}}",
        "4:29",
        "less than count",
    ),
    _spec("unknown state", "Domain", "{memory: 1GiB, state: runing}", "4:29", "did you mean 'running'"),
    _spec("bad MAC", "Domain", "{memory: 1GiB, interfaces: [{network: n, mac: 5}]}", "4:53", "mac"),
    _spec(
        "two sources",
        "Domain",
        "{memory: 1GiB, interfaces: [{network: n, bridge: b}]}",
        "4:35",
        "exactly one",
    ),
    _spec("bad UUID", "Domain", "{memory: 1GiB, uuid: abc}", "4:28", "is no UUID"),
    _spec("no capacity", "Volume", "{pool: p, capacity: 0}", "4:7", "capacity of 0"),
    _spec(
        "too much allocation",
        "Volume",
        "{pool: p, capacity: 1KiB, allocation: 2KiB}",
        "4:7",
        "more than capacity",
    ),
    _spec("pool without target", "StoragePool", "{}", "4:7", "needs target"),
    _spec("plain secret", "Secret", "{value: hunter2}", "4:15", "write a mapping"),
    _spec("bad URI", "Host", "{uri: nowhere}", "4:13", "'nowhere' is no connection URI"),
    _spec("bad CIDR", "Network", "{ips: [{address: 300.1.1.1/24}]}", "4:24", "300.1.1.1/24"),
    _spec(
        "window at no time", "Domain", "{memory: 1GiB, windows: [{from: '25:00', to: '3'}]}", "4:39", "25:00"
    ),
    _spec("broken overlay", "Domain", "{memory: 1GiB, xml: '<domain>'}", "4:27", "xml is not well-formed"),
]

REFERENCES = [
    _yaml("dangling network", domain(more=NIC), "4:45", "no Network 'lan' on h1", "external"),
    _yaml(
        "nearly a network",
        many(domain(more="interfaces: [{network: lam}]"), document("Network", "lan", "{}")),
        "4:45",
        "did you mean 'lan'",
    ),
    _yaml(
        "dangling pool", domain(more="disks: [{volume: {pool: p, name: v}}]"), "4:46", "no StoragePool 'p'"
    ),
    _yaml(
        "dangling volume",
        many(domain(more="disks: [{volume: {pool: p, name: v}}]"), _POOL),
        "4:55",
        "no Volume 'v' in pool 'p'",
    ),
    _yaml("dangling pool of a volume", document("Volume", "v", _VOLUME + "}"), "4:14", "no StoragePool 'p'"),
    _yaml(
        "dangling filter",
        many(domain(more="interfaces: [{bridge: b, filter: f}]")),
        "4:55",
        "no NetworkFilter 'f'",
    ),
    _yaml(
        "dangling secret of a disk",
        domain(more="disks: [{network: {protocol: rbd, name: a/b, hosts: [{name: m}], user: u, secret: s}}]"),
        "4:104",
        "no Secret 's'",
    ),
    _yaml(
        "dangling secret of a pool",
        document(
            "StoragePool",
            "p",
            "{type: rbd, source: {name: r, hosts: [{name: m}], auth: {type: ceph, user: u, secret: s}}}",
        ),
        "4:93",
        "no Secret 's'",
    ),
    _yaml(
        "dangling secret of a volume",
        many(document("Volume", "v", _VOLUME + ", encryption: {secret: s}}"), _POOL),
        "4:54",
        "no Secret 's'",
    ),
    _yaml("dangling template", domain(more="template: t"), "4:32", "no DomainTemplate 't'"),
    _yaml(
        "cyclic templates",
        many(
            document("DomainTemplate", "a", "{template: b}"),
            document("DomainTemplate", "b", "{template: a}"),
            domain(more="template: a"),
        ),
        "14:32",
        "circle: a → b → a",
    ),
    _yaml("template of itself", document("DomainTemplate", "a", "{template: a}"), "4:18", "circle: a → a"),
    _yaml("bad template", document("DomainTemplate", "a", "{vcpu: 2}"), "4:8", "did you mean 'vcpus'"),
    _yaml(
        "cyclic backing chain",
        many(
            _POOL,
            document("Volume", "v", _VOLUME + ", backing: w}"),
            document("Volume", "w", _VOLUME + ", backing: v}"),
        ),
        "",
        "circle",
        "Volume/p/v@h1",
        "Volume/p/w@h1",
    ),
    _yaml(
        "volume on itself",
        many(_POOL, document("Volume", "v", _VOLUME + ", backing: v}")),
        "6:1",
        "circle",
    ),
    _yaml("unknown host", domain(more="host: h3"), "4:28", "no Host 'h3'", "allowed: h1"),
    _yaml("path out of the tree", domain(more="xmlFile: ../../etc/passwd.xml"), "4:31", "out of the tree"),
    _yaml("absolute path", domain(more="xmlFile: /etc/libvirt/x.xml"), "4:31", "out of the tree"),
    _yaml("no such XML file", domain(more="xmlFile: b.xml"), "4:31", "no XML file 'b.xml'"),
    _yaml("YAML as XML file", domain(more="xmlFile: a.yaml"), "4:31", "no XML file 'a.yaml'"),
]

TWICE = [
    _yaml("two domains of a name", many(domain(), domain()), "8:18", "Domain/web is declared", "a.yaml:1:1"),
    _yaml("two Fleets", many(document("Fleet", "a", "{}"), document("Fleet", "b", "{}")), "6:1", "one Fleet"),
    Case("two hosts of a name", HOST, "host.yaml:1:1", ("Host 'h1' is declared", "a.yaml:1:1")),
    _yaml(
        "two networks of a bridge address",
        many(*(document("Network", n, "{ips: [{address: 10.0.0.1/24}]}") for n in "ab")),
        "",
        "host address 10.0.0.1 is Network/a@h1's",
    ),
    _yaml(
        "MAC twice in the fleet",
        many(*(domain(n, "interfaces: [{bridge: b, mac: '52:54:00:AA:00:01'}]") for n in "ab")),
        "9:52",
        "MAC address 52:54:00:aa:00:01 is Domain/a's",
    ),
    _yaml(
        "MAC twice in a domain",
        domain(
            more="interfaces: [{user: true, mac: 52:54:00:50:00:01}, {user: true, mac: 52:54:00:50:00:01}]"
        ),
        "4:",
        "MAC address '52:54:00:50:00:01' is given twice",
    ),
    _yaml(
        "UUID twice",
        many(*(domain(n, "uuid: 11111111-1111-1111-1111-111111111111") for n in "ab")),
        "9:28",
        "UUID 11111111-1111-1111-1111-111111111111 is Domain/a's",
    ),
    _yaml(
        "disk target twice",
        domain(more="disks: [{file: /a, target: vda}, {file: /b, target: vda}]"),
        "4:55",
        "disk target 'vda' is given twice",
    ),
    _yaml(
        "one disk of two domains",
        many(*(domain(n, "disks: [{file: /images/a}]") for n in "ab")),
        "9:37",
        "disk /images/a is Domain/a's",
    ),
    _yaml(
        "DHCP address twice",
        document(
            "Network",
            "n",
            "{ips: [{address: 10.0.0.1/24, dhcp: {hosts: [{mac: '52:54:00:00:00:01', ip: 10.0.0.5}, "
            "{mac: '52:54:00:00:00:02', ip: 10.0.0.5}]}}]}",
        ),
        "4:",
        "10.0.0.5",
        "twice",
    ),
    Case(
        "two hosts of one domain",
        many(_TWO_HOSTS, domain(more="host: h1"), domain(more="host: h2")),
        "a.yaml:18:18",
        ("on host 'h1'", "on host 'h2'", "whole fleet"),
        host=False,
    ),
]

HOSTS = [
    Case("no host", domain(), "a.yaml:4:7", ("no host", "--host"), host=False),
    Case(
        "which of two hosts",
        many(_TWO_HOSTS, domain()),
        "a.yaml:14:7",
        ("'host' is missing", "h1, h2"),
        host=False,
    ),
    Case(
        "container with firmware",
        many(HOST.replace("sim:///nowhere/sim.db", "lxc:///"), domain(more="firmware: uefi")),
        "a.yaml:9:32",
        ("LXC", "firmware"),
        host=False,
    ),
    Case(
        "container type on QEMU",
        many(HOST.replace("sim:///nowhere/sim.db", "qemu:///system"), domain(more="type: lxc")),
        "a.yaml:9:28",
        ("cannot run domains of type 'lxc'", "kvm"),
        host=False,
    ),
    _yaml("init on a machine", domain(more="init: /bin/sh"), "4:28", "init"),
]

XML = [
    _xml("unknown root", "\n<domian/>", "2:1", "<domian>", "did you mean 'domain'"),
    _xml("no name", "<domain type='kvm'>\n</domain>", "1:1", "no name"),
    _xml("malformed", "<domain>\n <name>x</nam>\n</domain>", "2:", "not well-formed"),
    _xml("empty", "", "1:1", "not well-formed"),
    _xml("text after the end", "<domain><name>x</name></domain>\nmore", "2:1", "not well-formed"),
    _xml("unknown entity", "<domain><name>&who;</name></domain>", "1:", "not well-formed"),
    _xml("volume without a pool", "<volume><name>x</name></volume>", "1:1", "pool", "xmlFile"),
    _xml("name with a slash", "<domain><name>a/b</name></domain>", "1:1", "'/'"),
    _xml("invalid UTF-8", b"<domain><name>\xff</name></domain>", "1:", "not well-formed"),
]

CONTENT = [
    _spec("source in the home folder", "Volume", "{pool: p, source: ~/a.img}", "4:25", "'~' is not expanded"),
    _spec("source from FTP", "Volume", "{pool: p, source: 'ftp://u:p@h/a'}", "4:25", "only http and https"),
    _spec("neither capacity nor source", "Volume", "{pool: p}", "4:7", "'capacity' is missing", "source"),
    _spec(
        "half a checksum",
        "Volume",
        "{pool: p, source: {file: a, checksum: 'sha256:12'}}",
        "4:45",
        "64 hexadecimal digits",
    ),
    _yaml(
        "source beside backing",
        many(_POOL, document("Volume", "v", _VOLUME + ", backing: {path: /b}, source: a}")),
        "9:62",
        "with backing has no source",
    ),
    _yaml(
        "two seeds",
        domain(more="cloudInit: {}, configDrive: {}"),
        "4:7",
        "one of cloudInit, ignition and configDrive",
    ),
    _yaml("seed without a pool", domain(more="cloudInit: {}"), "4:33", "in which pool?", "pool: NAME"),
    _yaml(
        "seed from no file",
        many(_POOL, domain(more="cloudInit: {pool: p, userData: {file: nothing}}")),
        "9:60",
        "'nothing'",
        "No such file",
    ),
    _yaml(
        "rebuild of nothing",
        many(_POOL, domain(more="cloudInit: {pool: p, onSeedChange: rebuild}")),
        "9:57",
        "onSourceChange: replace",
    ),
    _yaml(
        "Ignition by hand",
        many(_POOL, domain(more="ignition: {pool: p, config: 'variant: fcos'}")),
        "9:50",
        "no JSON",
    ),
    _yaml("after nobody", domain(more="after: db"), "4:29", "no Domain 'db'"),
    _yaml("after itself", domain(more="after: web"), "1:1", "in a circle"),
    _yaml("deaf agent", domain(more="ready: agent"), "4:29", "agent: true"),
    Case(
        "container with cloud-init",
        many(HOST.replace("sim:///nowhere/sim.db", "lxc:///"), domain(more="cloudInit: {}")),
        "a.yaml:9:33",
        ("LXC", "cloudInit"),
        host=False,
    ),
]


def _fleet(name: str, kind: str, spec: str, at: str, *words: str, more: tuple[str, ...] = ()) -> Case:
    """A document at the head of a tree of three hosts."""
    return Case(name, many(document(kind, "x", spec), *more, THREE), f"a.yaml:{at}", words, host=False)


_LAN = document("Network", "lan", "{hosts: [hv1, hv2]}")
_LOCAL = document("StoragePool", "p", "{hosts: all, target: /p}")
_SHARED = document("StoragePool", "p", "{hosts: all, shared: true, target: /p}")
_USER = "disks: [{volume: {pool: p, name: x}}]"
_LOOSE = "{pool: p, capacity: 1GiB}"
_SECRETS = (
    document("Secret", "k", "{host: hv1, usage: {type: volume}}"),
    document("Secret", "k", "{host: hv2, usage: {type: volume}}"),
)
_ENCRYPTED = "{pool: p, capacity: 1GiB, encryption: {secret: k}}"

FLEET = [
    Case(
        "password in a URI",
        document("Host", "h", "{uri: 'qemu+tcp://me:hunter2@there/system'}"),
        "a.yaml:4:13",
        ("credentials", "password"),
        host=False,
    ),
    Case(
        "credentials of nothing",
        host("h", "credentials: {pasword: {env: X}}"),
        "a.yaml:4:",
        ("unknown key 'pasword'", "'password'"),
        host=False,
    ),
    Case(
        "password in plain text",
        host("h", "credentials: {username: me, password: hunter2}"),
        "a.yaml:4:",
        ("password", "mapping"),
        host=False,
    ),
    Case("no overcommit", host("h", "capacity: {overcommit: {cpus: 0}}"), "a.yaml:4:", ("cpus",), host=False),
    Case(
        "all is reserved",
        host("h", "capacity: {memory: 1GiB, reserved: 1GiB}"),
        "a.yaml:4:",
        ("reserved leaves nothing",),
        host=False,
    ),
    Case(
        "a slow link",
        host("h", "migration: {bandwidth: 1KiB}"),
        "a.yaml:4:",
        ("1 MiB a second",),
        host=False,
    ),
    _fleet("no move at a time", "Fleet", "{migrations: 0}", "4:20", "migrations"),
    _fleet("host and hosts", "Network", "{host: hv1, hosts: all}", "4:7", "not said together"),
    _fleet("hosts that are none", "Network", "{hosts: [hv1, hv9]}", "4:21", "no Host 'hv9'", "did you mean"),
    _fleet("a pattern of nothing", "Network", "{hosts: ['rack-*']}", "4:15", "rack-*", "hv1, hv2, hv3"),
    _fleet("labels of nothing", "Network", "{hosts: {rack: z}}", "4:15", "rack: z", "rack: a, rack: b"),
    _fleet("an empty choice", "Network", "{hosts: []}", "4:15", "choose hosts by"),
    _fleet("a label that is a number", "Network", "{hosts: {rack: 1}}", "4:15", "in quotes", "'1'"),
    _fleet("shared by one", "StoragePool", "{host: hv1, shared: true, target: /p}", "4:27", "only hv1"),
    _fleet(
        "shared and on each",
        "Volume",
        "{pool: p, capacity: 1GiB, hosts: all}",
        "4:40",
        "there once",
        more=(_SHARED,),
    ),
    _fleet("a volume of nobody", "Volume", _LOOSE, "4:7", "'host' is missing", "hv1", more=(_LOCAL,)),
    _fleet(
        "a volume of two",
        "Volume",
        _LOOSE,
        "4:7",
        "several domains (one, two)",
        "say host",
        more=(_LOCAL, domain("one", f"host: hv1, {_USER}"), domain("two", f"host: hv2, {_USER}")),
    ),
    _fleet(
        "one disk of a shared pool for two",
        "Volume",
        _LOOSE,
        "11:1",
        "disk p/x",
        "Domain/",
        more=(domain("one", f"host: hv1, {_USER}"), domain("two", f"host: hv2, {_USER}"), _SHARED),
    ),
    _fleet("placed nowhere", "Domain", "{memory: 1GiB, placement: {hosts: hv9}}", "4:41", "no Host 'hv9'"),
    _fleet("placed oddly", "Domain", "{memory: 1GiB, placement: {antiAfinity: w}}", "4:34", "'antiAffinity'"),
    _fleet(
        "a network that a candidate lacks",
        "Domain",
        f"{{memory: 1GiB, placement: {{}}, {NIC}}}",
        "4:60",
        "no Network 'lan' on hv3",
        "may be placed",
        more=(_LAN,),
    ),
    _fleet(
        "a network that the way out lacks",
        "Domain",
        f"{{memory: 1GiB, host: hv1, placement: {{hosts: {{rack: b}}}}, {NIC}}}",
        "4:",
        "no Network 'lan' on hv3",
        more=(_LAN,),
    ),
    _fleet(
        "a network that all lack",
        "Domain",
        f"{{memory: 1GiB, placement: {{}}, {NIC}}}",
        "4:60",
        "no Network 'lan' on hv1",
        "declare it",
    ),
    _fleet(
        "a volume that stays behind",
        "Volume",
        "{pool: p, capacity: 1GiB, host: hv1}",
        "9:",
        "no Volume 'x' in pool 'p' on hv2, hv3",
        more=(domain("web", f"host: hv1, placement: {{}}, {_USER}"), _LOCAL),
    ),
    _fleet(
        "two hypervisors",
        "Domain",
        "{memory: 1GiB, placement: {}}",
        "4:33",
        "different kinds",
        "(lxc)",
        more=(document("Host", "c", "{uri: 'lxc:///'}"),),
    ),
    _fleet(
        "keys of their own",
        "Volume",
        _ENCRYPTED,
        "4:54",
        "Secret 'k' is not the same on hv1",
        more=(domain("web", f"placement: {{hosts: {{rack: a}}}}, {_USER}"), _LOCAL, *_SECRETS),
    ),
    _fleet(
        "moved slowly", "Domain", "{memory: 1GiB, migration: {bandwidth: 10KiB}}", "4:45", "1 MiB a second"
    ),
    _fleet("moved how", "Domain", "{memory: 1GiB, migration: {mode: tunneled}}", "4:40", "'tunnelled'"),
    _fleet(
        "post-copy without",
        "Domain",
        "{memory: 1GiB, migration: {postCopy: false, onTimeout: post-copy}}",
        "4:33",
        "needs postCopy",
    ),
    _fleet(
        "many tunnels",
        "Fleet",
        "{defaults: {migration: {mode: tunnelled, parallel: 4}}}",
        "4:",
        "one connection",
    ),
]

CASES = [*BOMBS, *TEXT, *SHAPE, *REFERENCES, *TWICE, *HOSTS, *XML, *CONTENT, *FLEET]

"""The cache of a compiled tree: believed only when nothing changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from specs.compiling import kept as compiled
from specs.compiling.loader import load
from specs.desired import Desired
from specs.diagnostics import InvalidTree
from specs.guard import Guard
from tests.specs.tree import HOST, document, domain, many, write

TREE = many(
    HOST,
    document(
        "Fleet",
        "f",
        "{prune: true, defaults: {windows: [{days: [mon], from: '01:00', to: '02:00'}]}, mode: observe,"
        " rollout: {maxUnavailable: 10%, batch: 3, pause: 5m, per: app, canary: {tier: a}}}",
    ),
    domain("first").replace("name: first", "name: first, labels: {tier: a, app: x}"),
    domain("a@b", "protect: true, stop: {methods: [acpi], deadline: 5s}, interfaces: [{network: lan}]"),
    document("Network", "lan", "{}"),
    document("Secret", "s", "{usage: {type: ceph}, value: {command: [echo, x]}}"),
    document("StoragePool", "p", "{target: /p}"),
    document("Volume", "v", "{pool: p, capacity: 1GiB, onDelete: delete}"),
    document(
        "Volume", "w", "{pool: p, source: {url: 'https://h/w', checksum: {sums: S}}, onSourceChange: replace}"
    ),
    domain(
        "seeded",
        "disks: [{volume: {pool: p, name: w}}], ready: {tcp: 22, timeout: 1m}, after: [a@b],"
        " cloudInit: {userData: {file: user-data}, networkConfig: {}, onSeedChange: rebuild}",
    ),
    domain("lit", "ignition: {pool: p, config: {ignition: {}}}, ready: lease, mode: observe"),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"a.yaml": TREE, "n.xml": "<network><name>n</name></network>", "user-data": "#!/bin/sh\n"}
    return write(tmp_path / "tree", files)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "tree.json"


class _Loads:
    """Counts the real loads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self._real = 0, compiled._load
        monkeypatch.setattr(compiled, "_load", self)

    def __call__(self, root: Path, hosts: dict[str, str], guard: Guard) -> Desired:
        self.count += 1
        return self._real(root, hosts, guard)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> _Loads:
    return _Loads(monkeypatch)


def test_a_hit_is_what_a_load_gives(root: Path, cache: Path, loads: _Loads) -> None:
    first, second = (compiled.load_cached(root, {}, cache) for _ in range(2))
    assert first == second == load(root)
    assert list(first.resources) == list(second.resources)
    assert loads.count == 1
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600


def test_any_change_is_a_miss(root: Path, cache: Path, loads: _Loads) -> None:
    compiled.load_cached(root, {}, cache)
    file, before = root / "a.yaml", (root / "a.yaml").stat()
    file.write_text(TREE.replace("deadline: 5s", "deadline: 6s"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert compiled.load_cached(root, {}, cache) == load(root)
    (root / "n.xml").rename(root / "m.xml")
    assert compiled.load_cached(root, {}, cache) == load(root)
    assert compiled.load_cached(root, {"h1": "sim:///b"}, cache).hosts["h1"].uri == "sim:///b"
    assert loads.count == 4


def test_a_change_of_what_a_seed_is_read_from_is_a_miss(root: Path, cache: Path, loads: _Loads) -> None:
    compiled.load_cached(root, {}, cache)
    (root / "other").write_text("nobody reads it")
    compiled.load_cached(root, {}, cache)
    assert loads.count == 1
    (root / "user-data").write_text("#!/bin/false\n")
    assert compiled.load_cached(root, {}, cache) == compiled.load_cached(root, {}, cache) == load(root)
    assert loads.count == 2
    (root / "user-data").unlink()
    with pytest.raises(InvalidTree):
        compiled.load_cached(root, {}, cache)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"key": 1}', b"\xff"])
def test_a_broken_cache_is_made_anew(root: Path, cache: Path, loads: _Loads, content: bytes) -> None:
    compiled.load_cached(root, {}, cache)
    cache.write_bytes(content)
    assert compiled.load_cached(root, {}, cache) == compiled.load_cached(root, {}, cache)
    assert loads.count == 2


def test_another_users_cache_is_not_believed(
    root: Path, cache: Path, loads: _Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled.load_cached(root, {}, cache)
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    compiled.load_cached(root, {}, cache)
    assert loads.count == 2


def test_where_nothing_can_be_kept_it_is_loaded_each_time(root: Path, tmp_path: Path, loads: _Loads) -> None:
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        assert compiled.load_cached(root, {}, tmp_path / "file" / "c.json") == load(root)
    assert loads.count == 2


def test_a_folder_that_is_read_only(ordinary_folder: Path, loads: _Loads) -> None:
    (ordinary_folder / "host.yaml").write_text(HOST)
    kept = ordinary_folder / "kept"
    kept.mkdir(mode=0o500)
    for _ in range(2):
        assert "h1" in compiled.load_cached(ordinary_folder, {}, kept / "c.json").hosts
    assert loads.count == 2

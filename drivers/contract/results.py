"""What a run of the suite has seen of each host, kept as a file that the table of drivers is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from drivers.contract.features import Feature
from drivers.contract.host import ContractHost

PROPERTY = "contract"
"""What a test's report carries of its host; `VERSION` of the hypervisor."""
VERSION = "contract_version"


@dataclass(slots=True)
class HostResult:
    """How many tests were asked for each feature of a host, how many passed, and which did not."""

    name: str
    seen: str
    version: str = ""
    tests: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def count(self, features: Iterable[str], test: str, passed: bool) -> None:
        """A test that needs these features is over."""
        self.tests += 1
        for feature in features:
            self.asked[feature] = self.asked.get(feature, 0) + 1
            self.passed[feature] = self.passed.get(feature, 0) + passed
        if not passed:
            self.failed.append(test)


class Results:
    """Follows a run, over all of its processes."""

    def __init__(self, folder: Path) -> None:
        """`folder` gets a file for each host."""
        self._folder = folder
        self._hosts: dict[str, HostResult] = {}
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test is over: it counts once, when its end has come."""
        told = dict(report.user_properties)
        about = told.get(PROPERTY)
        if not isinstance(about, Mapping):
            return
        if report.failed or report.skipped:
            self._failed.add(report.nodeid)
        if report.when != "teardown":
            return
        host = self._hosts.setdefault(about["host"], HostResult(about["host"], about["seen"]))
        host.version = str(told.get(VERSION, host.version))
        host.count(about["features"], report.nodeid.rpartition("/")[2], report.nodeid not in self._failed)

    def pytest_sessionfinish(self) -> None:
        """Writes what was seen."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for host in self._hosts.values():
            host.failed.sort()
            text = json.dumps(asdict(host), indent=1, ensure_ascii=False, sort_keys=True)
            (self._folder / f"{host.name}.json").write_text(f"{text}\n", encoding="utf-8")


def about(host: ContractHost, features: Iterable[Feature]) -> tuple[str, dict[str, object]]:
    """What the report of a test carries."""
    named = sorted(feature.name for feature in features)
    return PROPERTY, {"host": host.name, "seen": str(host.seen), "features": named}


def read_results(folder: Path) -> tuple[HostResult, ...]:
    """What the runs that wrote into a folder have seen, host by host."""
    return tuple(HostResult(**json.loads(path.read_text())) for path in sorted(folder.glob("*.json")))

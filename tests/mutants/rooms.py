"""The rooms into which faults are put, and the tests that have to notice them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("specs", "drivers", "state", "reconciler")


@dataclass(frozen=True, slots=True)
class Room:
    """Which files are changed, by pattern, and where the tests are that must fail then. `only` is pytest's
    expression that takes fewer of them; `without` leaves files out of either."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]
    only: str = ""
    without: tuple[str, ...] = ()

    def source_files(self) -> list[Path]:
        """The files that are changed, without packages that hold nothing but names."""
        return _files(self.sources, self.without, "*.py")

    def test_files(self) -> list[Path]:
        return _files(self.tests, self.without, "test_*.py")

    def exists(self) -> bool:
        return bool(self.source_files() and self.test_files())


def _files(patterns: tuple[str, ...], without: tuple[str, ...], each: str) -> list[Path]:
    found = set[Path]()
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            found |= set(path.rglob(each)) if path.is_dir() else {path}
    return sorted(path for path in found if not any(path.match(pattern) for pattern in without))


# The contract is what the protocols of drivers/base promise, what stands there for every driver, and of the
# simulated driver its gate and its facets. What that makes of documents, and how its pools and guests
# behave beyond the promises, is a simulation and no contract; tests/drivers/simulated are about that.
# Where real daemons or processes that kill themselves are the subject, a fault is not put in: what runs in
# another process does not know of it.
ROOMS = (
    Room(
        "compare",
        ("reconciler/compare",),
        ("tests/reconciler/compare", "tests/reconciler/plan"),
    ),
    Room("operations", ("reconciler/operations",), ("tests/reconciler/operations", "tests/reconciler/plan")),
    Room(
        "plan",
        ("reconciler/plan",),
        (
            "tests/reconciler/plan",
            "tests/security/test_0[1-7]_*.py",
            "tests/reconciler/cli/test_plan.py",
            "tests/reconciler/cli/test_apply.py",
        ),
    ),
    Room(
        "execute",
        ("reconciler/execute",),
        ("tests/reconciler/execute", "tests/security/test_05_markers.py"),
        without=("test_crash.py", "test_faults.py", "test_interrupted.py", "test_moves.py"),
    ),
    Room("dialects", ("drivers/dialects",), ("tests/drivers/dialects", "tests/reconciler/compare")),
    Room(
        "contract",
        ("drivers/base", "drivers/simulated/facets", "drivers/simulated/gate.py"),
        (
            "drivers/contract",
            "tests/drivers/contract",
            "tests/drivers/base",
            "tests/drivers/simulated/test_faults.py",
            "tests/drivers/simulated/test_gate.py",
        ),
        only="sim or faults or gate or needed or registry or sound or values",
    ),
)

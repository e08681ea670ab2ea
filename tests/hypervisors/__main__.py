"""Runs the suite of all drivers, and a driver's own long tests, on hypervisors that no other run has.

Exit codes: 0 all passed, 1 some did not, 2 a hypervisor cannot be had here.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

import pytest

from drivers.contract.host import ContractHost
from reconciler.lab.errors import LabError
from tests import hypervisors
from tests.drivers.hosts import HOSTS
from tests.hypervisors.table import RESULTS, ROOT, write_table
from tests.support.debian import cache_folder

_FRAME = ("__main__", "conftest", "table", "test_frame")
_SUITE = (str(ROOT / "drivers/contract"), str(ROOT / "reconciler/contract"))
_ALWAYS = ("-o", "contract_hosts=", "-p", "no:cacheprovider", f"--rootdir={ROOT}")


class Hypervisor(NamedTuple):
    """How one is made ready and run; see the package."""

    prepare: Callable[[Path], None]
    started: Callable[[Path], AbstractContextManager[ContractHost]]
    long: tuple[str, ...] = ()


class Given:
    """Tells the suite of one host."""

    def __init__(self, host: ContractHost) -> None:
        self._host = host

    def pytest_contract_hosts(self) -> Sequence[ContractHost]:
        return (self._host,)


def known() -> dict[str, Callable[[], Hypervisor]]:
    """All hypervisors, by their names; a module is read when it is asked for."""
    modules = [found.name for found in iter_modules(hypervisors.__path__) if found.name not in _FRAME]
    return {
        **{host.name: partial(_in_every_run, host) for host in HOSTS},
        **{name: partial(_of_module, name) for name in modules},
    }


def _of_module(name: str) -> Hypervisor:
    module = import_module(f"{hypervisors.__name__}.{name}")
    return Hypervisor(module.prepare, module.started, getattr(module, "LONG", ()))


def _in_every_run(host: ContractHost) -> Hypervisor:
    @contextmanager
    def started(_cache: Path) -> Iterator[ContractHost]:
        yield host

    return Hypervisor(lambda _cache: None, started)


def run(name: str, options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Runs the suite on one; pytest's exit code, or 2."""
    hypervisor, cache = known()[name](), options.cache / name
    if options.rebuild:
        shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    try:
        hypervisor.prepare(cache)
        with hypervisor.started(cache) as host:
            results = [] if arguments else ["--contract-results", str(RESULTS)]
            told = int(
                pytest.main(
                    [*_ALWAYS, *_SUITE, *hypervisor.long, *results, *arguments],
                    plugins=[Given(host)],
                )
            )
            if options.keep:
                input(f"{name} goes on until Enter is typed: ")
            return told
    except LabError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m tests.hypervisors", description=__doc__)
    options.add_argument("names", nargs="+", choices=sorted(known()), metavar="NAME", help=", ".join(known()))
    options.add_argument("--keep", action="store_true", help="lets it run afterwards, until Enter is typed")
    options.add_argument("--rebuild", action="store_true", help="makes anew what is cached")
    options.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        default=cache_folder() / "hypervisors",
        help="where it is kept (%(default)s)",
    )
    given, rest = options.parse_known_args(arguments)
    if len(given.names) > 1:
        return max(_apart(name, given, rest) for name in given.names)
    told = run(given.names[0], given, rest)
    if not rest:
        write_table()
    return told


def _apart(name: str, given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Runs one in a process of its own: pytest does not begin a second time in the same."""
    flags = [f"--{flag}" for flag in ("keep", "rebuild") if getattr(given, flag)]
    command = [sys.executable, "-m", hypervisors.__name__, name, *flags, "--cache", str(given.cache), *rest]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

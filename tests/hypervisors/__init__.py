"""Hypervisors that are no part of every run, because they take long or need a root of their own.

    sudo .venv/bin/python -m tests.hypervisors xen [--keep] [--rebuild] [arguments of pytest]

Each is a module, or a package, of this one, named as it is:

    def prepare(cache: Path) -> None:
        '''Makes what is needed below `cache`, unless it is there; LabError where that cannot be.'''

    @contextmanager
    def started(cache: Path) -> Iterator[ContractHost]:
        '''Starts it, gives a host for the suite (`seen=` says what it is), and stops it.'''

    LONG = ("tests/hypervisors/vbox/long.py",)
    '''Optional: its own tests, with the fixtures of the suite: contract_host, connect, driver, bench.'''

`cache` is a folder of its own, which nothing else writes to. The hosts of tests/drivers/hosts go by their
names as well. A run without arguments for pytest writes what was seen to tests/drivers/results/NAME.json,
from which the table in docs/drivers.md is made.
"""

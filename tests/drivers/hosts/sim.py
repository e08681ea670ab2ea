"""The simulated host: it can do everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost
from drivers.contract.seen import Seen
from drivers.simulated.domain.verbs import started, state_of
from drivers.simulated.kept import KeptSnapshot, add
from drivers.simulated.store import Store
from tests.drivers.hosts.qemu_samples import QEMU_SAMPLES
from tests.drivers.hosts.qemu_specimens import LIVE, QEMU_SPECIMENS

SIMULATED_SAMPLES = replace(
    QEMU_SAMPLES,
    stateful="""<domain type='qemu'><name>contract</name><memory unit='MiB'>64</memory>
      <os><type machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/f.fd</loader>
      <nvram>/contract.fd</nvram></os><features><acpi/></features></domain>""",
    formatted="""<pool type='fs'><name>contract</name><source><device path='/dev/contract'/></source>
      <target><path>{folder}/pool</path></target></pool>""",
)


@contextmanager
def _simulated(folder: Path) -> Iterator[Connect]:
    def connect(readonly: bool = False, neighbour: bool = False) -> CompleteHost:
        uri = f"sim://{folder}/host.db" + ("?host=neighbour" if neighbour else "")
        return open_complete(uri, host="sim", readonly=readonly)

    yield connect


def _simulated_state(folder: Path, name: str) -> bool:
    with Store(folder / "host.db", "default", readonly=True).read() as host:
        return host is not None and bool(host.number(state_of(name)))


def _simulated_snapshot(folder: Path, name: str) -> None:
    with Store(folder / "host.db", "default").write() as host:
        add(host, name, KeptSnapshot("1", "", 1.0, "", "<domain/>", None, "stopped", "{}"))


def _simulated_start(folder: Path, name: str) -> object:
    """The number of times that it was started."""
    with Store(folder / "host.db", "default", readonly=True).read() as host:
        return host and host.number(started(name))


HOST = ContractHost(
    "sim",
    _simulated,
    SIMULATED_SAMPLES,
    frozenset(Feature),
    seen=Seen.SIMULATOR,
    specimens=replace(QEMU_SPECIMENS, live=LIVE, incarnation=_simulated_start),
    has_state=_simulated_state,
    snapshot=_simulated_snapshot,
)

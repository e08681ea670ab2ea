"""`python -m tests.benchmarks noop|apply|scale|upload|startup|tick|heal`: what it costs, side by side.

`python -m tests.benchmarks fleet --hosts 2000 --guests 100000 --controllers 3` is a whole service.
Machines are noisy: read the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.fleet import Size, fleet
from tests.benchmarks.heal import heal
from tests.benchmarks.tick import tick
from tests.support.daemons import LibvirtHost

CLI = (sys.executable, "-m", "reconciler.cli.main")
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As a user has it: modules that are compiled once."""

LIST_ALL = """
import libvirt, sys
connection = libvirt.openReadOnly(sys.argv[1])
print(sum(len(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)) for domain in connection.listAllDomains(0)))
"""
DEFINE_ALL = """
import libvirt, sys, pathlib
connection = libvirt.open(sys.argv[1])
for document in pathlib.Path(sys.argv[2]).read_text().split("\\0"):
    connection.defineXML(document)
"""
UPLOAD = """
import pathlib, sys
from drivers.base.registry import open_host
from reconciler.inputs.images.content import FileContent, Stamp
image = pathlib.Path(sys.argv[3])
driver = open_host(sys.argv[1], host="bench")
driver.storage.upload(sys.argv[2], FileContent(image, Stamp.of(image)), lambda done: None)
driver.close()
"""
FILLED = """
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv1}}
spec: {{uri: "{uri}"}}
---
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: {pool}}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: disk.img}}
spec: {{pool: images, source: {image}}}
"""
MIB = 2**20


def tree(folder: Path, uri: str, domains: int) -> Path:
    """A tree of that many small domains, four networks and two pools."""
    head = "apiVersion: virt-reconcile/v1\n"
    documents = [f'{head}kind: Host\nmetadata: {{name: hv1}}\nspec: {{uri: "{uri}"}}\n']
    documents += [
        f"{head}kind: Network\nmetadata: {{name: net{n}}}\n"
        f"spec: {{state: inactive, autostart: false, ips: [{{address: 10.88.{n}.1/24}}]}}\n"
        for n in range(4)
    ]
    documents += [
        f"{head}kind: StoragePool\nmetadata: {{name: pool{n}}}\n"
        f"spec: {{state: inactive, autostart: false, target: /var/lib/pool{n}}}\n"
        for n in range(2)
    ]
    documents += [
        f"{head}kind: Domain\nmetadata: {{name: vm{n:05}}}\nspec:\n  type: qemu\n  state: stopped\n"
        f"  memory: 256MiB\n  vcpus: 2\n  disks:\n    - file: /var/lib/libvirt/images/vm{n}.qcow2\n"
        f"  interfaces:\n    - network: net{n % 4}\n"
        for n in range(domains)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.yaml").write_text("---\n".join(documents))
    return folder


def timed(*command: str) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak KiB of a whole process; a failure ends the benchmark."""
    before = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - before
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} failed:\n{said[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def told(values: list[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


@contextmanager
def place() -> Iterator[Path]:
    """A folder for one measurement."""
    with tempfile.TemporaryDirectory(prefix="vr-bench-") as folder:
        yield Path(folder)


def noop(rounds: int) -> None:
    """A no-op plan of real domains against a bare script that lists them and fetches each XML once."""
    print("no-op plan, real QEMU domains: wall seconds as median (least-most)")
    for domains in (100, 300, 1000):
        with LibvirtHost("bench") as host, place() as folder:
            files = tree(folder / "tree", host.qemu, domains)
            timed(*CLI, "apply", str(files), "--yes", "-q")
            ours, bare = [], []
            for _ in range(rounds):
                ours.append(timed(*CLI, "plan", str(files), "--detailed-exitcode")[0])
                bare.append(timed(sys.executable, "-c", LIST_ALL, host.qemu)[0])
            excess = statistics.median(o - 1.5 * b for o, b in zip(ours, bare, strict=True))
            print(f"N={domains:5}: ours {told(ours)}, bare {told(bare)}, ours - 1.5 x bare = {excess:.2f} s")


def apply(rounds: int) -> None:
    """The first apply of 300 domains, right away and after a plan (which compiles the tree), against a
    bare loop of defineXML over the same documents."""
    print("first apply of 300 domains: wall seconds as median (least-most)")
    alone, planned, bare = [], [], []
    for _ in range(rounds):
        with LibvirtHost("bench") as host, place() as folder:
            files = tree(folder / "tree", host.qemu, 300)
            alone.append(timed(*CLI, "apply", str(files), "--yes", "-q")[0])
            names = host.virsh("list", "--all", "--name").split()
            documents = [host.virsh("dumpxml", name, "--inactive") for name in names]
        with LibvirtHost("bench") as host, place() as folder:
            files = tree(folder / "tree", host.qemu, 300)
            timed(*CLI, "plan", str(files), "-q")
            planned.append(timed(*CLI, "apply", str(files), "--yes", "-q")[0])
        with LibvirtHost("bench") as host, place() as folder:
            given = folder / "documents"
            given.write_text("\0".join(documents))
            bare.append(timed(sys.executable, "-c", DEFINE_ALL, host.qemu, str(given))[0])
    for name, ours in (("apply", alone), ("plan, then apply", planned)):
        ratio = statistics.median(o / b for o, b in zip(ours, bare, strict=True))
        print(f"{name}: ours {told(ours)}, bare {told(bare)}, ratio {ratio:.2f}")


def scale(rounds: int) -> None:
    """A no-op plan of simulated domains: time, memory, and how it grows."""
    print("no-op plan, simulated domains: wall seconds as median (least-most), peak MiB")
    for domains in (1000, 3000, 10000):
        with place() as folder:
            files = tree(folder / "tree", f"sim://{folder}/sim.db", domains)
            timed(*CLI, "apply", str(files), "--yes", "-q")
            runs = [timed(*CLI, "plan", str(files), "--detailed-exitcode") for _ in range(rounds)]
            peak = max(run[2] for run in runs) // 1024
            print(f"N={domains:5}: {told([run[0] for run in runs])} s, {peak} MiB")
            for file in (files / ".virt-reconcile").glob("tree.json"):
                file.unlink()
            print(f"         without the compiled tree: {timed(*CLI, 'plan', str(files))[0]:.2f} s")


def sparse_image(path: Path) -> Path:
    """4 GiB, of which 150 pieces of 4 MiB are data."""
    noise = random.Random(1).randbytes(4 * MIB)
    with path.open("wb") as file:
        file.truncate(4096 * MIB)
        for number in range(150):
            file.seek(number * 27 * MIB)
            file.write(noise[number:] + noise[:number])
    return path


def upload(rounds: int) -> None:
    """A sparse image through a whole apply, and through the driver alone, against virsh."""
    print("upload of 4 GiB with 600 MiB of data: wall seconds as median (least-most), peak MiB")
    with LibvirtHost("bench") as host, place() as folder:
        image, pool = sparse_image(folder / "disk.img"), host.images / "pool"
        pool.mkdir()
        host.virsh("pool-create-as", "images", "dir", "--target", str(pool))
        virsh = ("virsh", "--connect", host.qemu, "vol-upload", "--sparse", "--pool", "images", "disk.img")
        bare, alone, whole = [], [], []
        for number in range(rounds):
            bare.append(_uploaded(host, *virsh, str(image)))
            alone.append(
                _uploaded(host, sys.executable, "-c", UPLOAD, host.qemu, "images/disk.img", str(image))
            )
            files = folder / f"tree{number}"
            files.mkdir()
            (files / "all.yaml").write_text(FILLED.format(uri=host.qemu, pool=pool, image=image))
            applied = ("env", f"XDG_CACHE_HOME={files}/cache", *CLI, "apply", str(files), "--yes", "-q")
            whole.append(_uploaded(host, *applied, empty=False))
            same = ("cmp", str(image), str(pool / "disk.img"))
            timed(*same)
    for name, ours in (("virsh", bare), ("driver", alone), ("apply", whole)):
        ratio = statistics.median(o[0] / b[0] for o, b in zip(ours, bare, strict=True))
        peak = max(run[2] for run in ours) // 1024
        print(f"{name:6}: {told([run[0] for run in ours])} s, {peak} MiB, ratio {ratio:.2f}")


def _uploaded(host: LibvirtHost, *command: str, empty: bool = True) -> tuple[float, float, int]:
    """What a command costs that fills the volume, which is made empty for it or not at all."""
    if "disk.img" in host.virsh("vol-list", "images"):
        host.virsh("vol-delete", "--pool", "images", "disk.img")
    if empty:
        host.virsh("vol-create-as", "images", "disk.img", "4GiB", "--allocation", "0")
    os.sync()
    return timed(*command)


def startup(rounds: int) -> None:
    """CPU seconds of the commands that must feel instant."""
    with place() as folder:
        files = tree(folder / "tree", f"sim://{folder}/sim.db", 3)
        for command in (("--help",), ("validate", str(files))):
            runs = []
            for _ in range(rounds):
                for file in (files / ".virt-reconcile").glob("tree.json"):
                    file.unlink()
                runs.append(timed(*CLI, *command)[1])
            print(f"{command[0]:9} {told(runs)} s of CPU")


def little(rounds: int) -> None:
    """A service whose fleet hardly changes."""
    with place() as folder:
        tick(rounds, folder)


BENCHMARKS: dict[str, Callable[[int], None]] = {
    "noop": noop,
    "apply": apply,
    "scale": scale,
    "upload": upload,
    "startup": startup,
    "heal": heal,
    "tick": little,
}


def main() -> None:
    """Runs the benchmarks that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*BENCHMARKS, "fleet", []], help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hosts", type=int, default=200, help="of a fleet")
    parser.add_argument("--guests", type=int, default=10_000, help="of a fleet")
    parser.add_argument("--controllers", type=int, default=3, help="of a fleet")
    given = parser.parse_args()
    if given.which == ["fleet"]:
        with place() as folder:
            fleet(Size(given.hosts, given.guests, given.controllers), folder)
        return
    timed(*CLI, "--help")  # compiles
    for name in given.which or BENCHMARKS:
        BENCHMARKS[name](given.rounds)
        sys.stdout.flush()


if __name__ == "__main__":
    main()

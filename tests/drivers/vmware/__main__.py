"""python -m tests.drivers.vmware LIBVIRT-SOURCE: how many of libvirt's sample .vmx files are read as libvirt
reads them, and every one that is not."""

from __future__ import annotations

import argparse
from pathlib import Path

from drivers.native import changes, read_machine
from drivers.vmware.reading import read_vmx
from drivers.vmware.text import NotVmx, decoded
from tests.drivers.vmware.judging import EXPLAINED, as_libvirt_says, as_we_say, on_datastores, samples


def difference(data: bytes, readback: str | None) -> str:
    """What is read differently; '' for nothing."""
    try:
        ours, _ = read_machine(read_vmx(decoded(data)))
    except NotVmx as error:
        return "" if readback is None else f"refused: {error}"
    if readback is None:
        return "read, and libvirt refuses it"
    theirs, unknown = as_we_say(readback)
    found = [*changes(theirs, on_datastores(as_libvirt_says(ours, theirs))), *unknown]
    return "; ".join(map(str, found))


def main() -> None:
    """Prints the score."""
    arguments = argparse.ArgumentParser(prog="python -m tests.drivers.vmware", description=__doc__)
    arguments.add_argument("source", type=Path, help="libvirt's unpacked source")
    given = arguments.parse_args()
    corpus = samples(given.source)
    if not corpus:
        arguments.error(f"{given.source} is no libvirt source: it has no tests/vmx2xmldata")
    found = {name: difference(*sample) for name, sample in corpus.items()}
    for name, what in found.items():
        if what:
            print(f"{name}: {EXPLAINED.get(name) or what}")
    counted = [name for name in found if name not in EXPLAINED]
    equal = sum(not found[name] for name in counted)
    print(f"\n{equal} of {len(counted)} samples equal ({100 * equal / len(counted):.1f} %); "
          f"{len(found) - len(counted)} of all {len(found)} explained")  # fmt: skip


if __name__ == "__main__":
    main()

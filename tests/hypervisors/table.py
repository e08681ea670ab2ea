"""The table of operations and drivers in docs/drivers.md, as the suite's own results have it.

`python -m tests.hypervisors.table` writes it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from drivers.contract.features import Feature
from drivers.contract.results import HostResult, read_results

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "tests/drivers/results"
PAGE = ROOT / "docs/drivers.md"
BEGIN = "<!-- the suite's results, by python -m tests.hypervisors.table -->"
END = "<!-- end of the results -->"
_NOTHING = "·"

OPERATIONS = {
    Feature.DOMAIN: "define, redefine and remove domains",
    Feature.START_DOMAIN: "start and stop domains",
    Feature.PAUSED_START: "start domains paused",
    Feature.GRACEFUL_STOP: "stop domains gracefully",
    Feature.SUSPEND: "pause and resume domains",
    Feature.DOMAIN_AUTOSTART: "start domains with the host",
    Feature.RENAME: "rename domains",
    Feature.METADATA: "keep our mark on domains",
    Feature.SNAPSHOT: "know of snapshots, and keep them",
    Feature.SNAPSHOTS: "take snapshots, and revert to them",
    Feature.STATE: "keep what firmware wrote",
    Feature.MOVE: "move domains, live and at rest",
    Feature.DISK_HOTPLUG: "live: plug disks",
    Feature.NIC_HOTPLUG: "live: plug NICs",
    Feature.NIC_UPDATE: "live: change NICs",
    Feature.MEMORY: "live: memory",
    Feature.VCPUS: "live: vCPUs",
    Feature.TEXT: "live: title and description",
    Feature.TUNE: "live: shares and pinning",
    Feature.LEASE: "addresses by lease",
    Feature.AGENT: "guest agent",
    Feature.CONSOLE: "serial console",
    Feature.NETWORK: "define and remove networks",
    Feature.START_NETWORK: "start and stop networks",
    Feature.NETWORK_AUTOSTART: "start networks with the host",
    Feature.NETWORK_METADATA: "keep our mark on networks",
    Feature.SECTIONS: "live: entries of networks",
    Feature.POOL: "define and remove pools",
    Feature.BUILD: "build pools",
    Feature.FORMAT: "format pools",
    Feature.START_POOL: "start and stop pools",
    Feature.POOL_AUTOSTART: "start pools with the host",
    Feature.VOLUME: "create and delete volumes",
    Feature.GROW: "grow volumes",
    Feature.CONTENT: "fill, read and clone volumes",
    Feature.SECRET: "define and remove secrets",
    Feature.SECRET_VALUE: "give secrets values",
    Feature.FILTER: "define and remove network filters",
    Feature.WATCH: "tell of changes",
    Feature.SETTLE: "what was applied plans empty",
    Feature.EDIT: "single edits are seen and made",
    Feature.LIVE_EDIT: "so they are while the guest goes on",
}
"""The rows. Features that are traits of a host, and no operations, have none."""


def table(results: Iterable[HostResult]) -> str:
    """Operations down, hosts across; a cell says how it was seen, and how many tests passed where not all."""
    hosts = list(results)
    rows = [
        ["", *(host.name for host in hosts)],
        ["---"] * (len(hosts) + 1),
        ["version", *(host.version for host in hosts)],
        ["tests passed", *(_share(host.tests - len(host.failed), host.tests) for host in hosts)],
        *([words, *(cell(host, feature) for host in hosts)] for feature, words in OPERATIONS.items()),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cell(host: HostResult, feature: Feature) -> str:
    """How an operation was seen on a host: not at all, unless some test of it passed."""
    good, of = host.passed.get(feature.name, 0), host.asked.get(feature.name, 0)
    if not good:
        return _NOTHING
    return host.seen if good == of else f"{host.seen} ({good} of {of})"


def _share(good: int, of: int) -> str:
    return str(of) if good == of else f"{good} of {of}"


def page_with_table(page: str) -> str:
    """The page with the table as the results have it now."""
    block = f"{BEGIN}\n\n{table(read_results(RESULTS))}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, page, flags=re.DOTALL)


def write_table() -> None:
    """Writes it into the page."""
    PAGE.write_text(page_with_table(PAGE.read_text()))


if __name__ == "__main__":
    write_table()

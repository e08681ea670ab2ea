"""adopt: files for what runs on a host; planning them changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
import yaml
from lxml import etree

from drivers.base import Observation
from drivers.registry import open_driver
from reconciler.cli.common import Color, Common, Fault, Output, Quiet, Verbose
from reconciler.report import json
from reconciler.report.words import counted
from specs.identity import Kind
from specs.model import API_VERSION

_FOLDERS = {
    Kind.DOMAIN: "domains",
    Kind.NETWORK: "networks",
    Kind.STORAGE_POOL: "pools",
    Kind.VOLUME: "volumes",
    Kind.SECRET: "secrets",
    Kind.NETWORK_FILTER: "filters",
}


def command(
    host: Annotated[str, typer.Option("--host", metavar="[NAME=]URI", help="The host to adopt.")],
    to: Annotated[Path, typer.Option("--to", help="Where the files are written.")] = Path(),
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Writes files for all that is on a host; planning them is empty. Nothing is changed there."""
    common = Common(to, "", (host,), (), output, color, verbose, quiet)
    ((name, uri),) = common.host_uris().items()
    name = name or _name_of(uri)
    driver = open_driver(uri, host=name, readonly=True)
    try:
        inventory = driver.observe()
    finally:
        driver.close()
    files = dict(_files(name, uri, inventory.objects.values()))
    existing = [path for path in files if (to / path).exists()]
    if existing:
        raise Fault(f"{to / existing[0]} exists already; nothing was written")
    for path, content in files.items():
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_text(content)
    skipped = [str(o.name) for o in inventory.objects.values() if not o.persistent]
    if common.json:
        common.say(json.document(kind="adopted", host=name, files=sorted(files), skipped=skipped))
        return
    for (kind, what), message in inventory.failures.items():
        common.tell(f"left out: {kind}/{what}: {message}")
    for what in skipped:
        common.tell(f"left out: {what} is transient: it ends when it stops")
    common.say(f"wrote {counted(len(files), 'file')} to {to}")
    common.say(f"\nNow: virt-reconcile plan {to}")


def _name_of(uri: str) -> str:
    """A host's name from its URI: the machine's, else the hypervisor's."""
    machine = uri.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return re.sub(r"[^A-Za-z0-9-]", "-", machine) or uri.partition(":")[0].partition("+")[0]


def _files(name: str, uri: str, observed: Iterable[Observation]) -> list[tuple[str, str]]:
    written = [("host.yaml", _yaml({**_head(Kind.HOST, name), "spec": {"uri": uri}}))]
    for observation in observed:
        if observation.persistent and not _built_in(observation):
            written.extend(_pair(name, observation))
    return written


def _built_in(observation: Observation) -> bool:
    """libvirt ships its own filters, which nobody declares."""
    return observation.kind is Kind.NETWORK_FILTER and bool(
        re.match(r"(allow|clean|no|qemu)-", observation.name)
    )


def _pair(host: str, observation: Observation) -> list[tuple[str, str]]:
    """The document as libvirt XML, and beside it a YAML document with what XML does not say."""
    kind, name = observation.kind, observation.name
    spec: dict[str, object] = {"host": host}
    if kind is Kind.VOLUME:
        spec["pool"], _, name = name.partition("/")
    if kind is Kind.SECRET:
        name = name.partition(":")[2] or name
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", observation.name if kind is Kind.VOLUME else name)
    folder = f"{host}/{_FOLDERS[kind]}"
    if observation.power is not None:
        spec["state"] = str(observation.power)
    if observation.autostart is not None:
        spec["autostart"] = observation.autostart
    spec["xmlFile"] = f"{safe}.xml"
    return [
        (f"{folder}/{safe}.xml", _document(observation)),
        (f"{folder}/{safe}.yaml", _yaml({**_head(kind, name.replace("/", "_")), "spec": spec})),
    ]


def _document(observation: Observation) -> str:
    root = etree.fromstring(observation.document.encode())
    return etree.tostring(root, encoding="unicode") + "\n"


def _head(kind: Kind, name: str) -> dict[str, object]:
    return {"apiVersion": API_VERSION, "kind": str(kind), "metadata": {"name": name}}


def _yaml(value: dict[str, object]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)

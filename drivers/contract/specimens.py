"""What is declared of a host, so that the command line is seen to do it once and then nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Edit = tuple[str, str]
"""The spec of a domain before it is edited, and after."""


@dataclass(frozen=True, slots=True)
class Specimens:
    """Declarations that a host takes, by names that it can give a domain. `{folder}` is a folder of the
    test's own.

    `ground` is YAML, whole documents, of what the others refer to: pools, volumes, networks; the host is
    called `contract` there. `documents` are domains as libvirt XML, each with the <name> that is its key.
    `specs` are specs of Domains, as YAML (`memory: 64MiB, vcpus: 1`), without host and state. `edits` change
    one field of a stopped domain each, `live` one of a domain that runs and goes on running. `host` is more
    of the Host's own spec, such as its credentials, and `fleet` of the Fleet's, such as the pools that the
    host brings along."""

    ground: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Edit] = field(default_factory=dict)
    live: Mapping[str, Edit] = field(default_factory=dict)
    host: str = ""
    fleet: str = ""
    incarnation: Callable[[Path, str], object] = lambda _folder, _name: None
    """What is another with each start of a guest of that name: its process, when it began."""

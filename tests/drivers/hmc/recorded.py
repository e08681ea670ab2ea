"""The replies of real consoles that pypowervm's package holds: read from where it is installed, none kept
here."""

from __future__ import annotations

import functools
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from lxml import etree
from pypowervm import entities
from pypowervm.tests.test_utils import pvmhttp
from pypowervm.wrappers import (  # noqa: F401 - each makes its resources known to EntryWrapper.wrap
    event,
    job,
    logical_partition,
    managed_system,
    network,
    storage,
    virtual_io_server,
)
from pypowervm.wrappers.entry_wrapper import EntryWrapper

from drivers.hmc.atom import AtomEntry, read_entries

FOLDER = Path(pvmhttp.__file__).parents[1] / "data"


@dataclass
class Recorded:
    """A reply as it came: its body, and the entries that it holds."""

    body: bytes

    @functools.cached_property
    def entries(self) -> tuple[AtomEntry, ...]:
        return read_entries(self.body)


@functools.cache
def recorded(name: str) -> Recorded:
    """A reply by its file's name. Those in a file of their own have no headers around them."""
    if name.endswith(".xml"):
        return Recorded((FOLDER / name).read_bytes())
    return Recorded(pvmhttp.PVMFile(name).body.strip().encode())


def element(name: str, at: int = 0) -> etree._Element:
    """What an entry of a reply holds, to be changed at will."""
    return deepcopy(recorded(name).entries[at].element)


def wrapped(body: etree._Element) -> EntryWrapper:
    """What is sent, as IBM's own client reads it."""
    entry = etree.Element("{http://www.w3.org/2005/Atom}entry")
    content = etree.SubElement(entry, "{http://www.w3.org/2005/Atom}content")
    content.append(deepcopy(body))
    reader = job.Job if body.tag.endswith("}JobRequest") else EntryWrapper
    return reader.wrap(entities.Entry.unmarshal_atom_entry(entry, SimpleNamespace(adapter=None)))


def order_of(wrapper: EntryWrapper) -> tuple[str, ...]:
    """The schema's order of a resource's elements, as IBM's client has it."""
    return tuple(wrapper.child_order)

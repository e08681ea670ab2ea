"""Folders as pools. VMware has no such thing: which folders are some stands in a folder of our own, beside
the machines, a document each."""

from __future__ import annotations

import posixpath
import uuid as uuids
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from drivers.base.errors import NotFound, Refused
from drivers.native import NativePool, holding_document, read_holding
from drivers.native.commands import Commands
from drivers.vmware.beside import SUFFIX
from drivers.vmware.files import put_file, remove
from drivers.vmware.looking import OWN_FOLDER, FoundFolder
from specs.xml import NotXml


@dataclass(frozen=True, slots=True)
class FoundPool:
    """A pool as it was defined."""

    name: str
    uuid: str
    path: str

    @property
    def document(self) -> str:
        """The pool as libvirt's document."""
        return holding_document(NativePool(name=self.name, uuid=self.uuid, path=self.path))


def pools_of(found: FoundFolder) -> dict[str, FoundPool]:
    """The pools of a folder, by their names; what cannot be read is none of ours."""
    pools = (_read(text) for text in found.pools.values())
    return {pool.name: pool for pool in pools if pool is not None}


def _read(text: str) -> FoundPool | None:
    try:
        pool, _ = read_holding(text, NativePool)
    except NotXml:
        return None
    return FoundPool(pool.name or "", pool.uuid or "", pool.path or "") if pool.name and pool.path else None


def pool_named(found: FoundFolder, name: str) -> FoundPool:
    """The pool of a name. Raises NotFound."""
    pool = pools_of(found).get(name)
    if pool is None:
        raise NotFound(f"no pool '{name}'")
    return pool


def define_pool(commands: Commands, found: FoundFolder, name: str, wanted: NativePool) -> None:
    """Makes a folder a pool, and the folder where there is none; or defines the pool anew."""
    if wanted.type != "dir" or wanted.name != name or not (wanted.path or "").startswith("/"):
        raise Refused(f"'{name}' is no pool that VMware's hosts have", "a pool is of type dir, with a target")
    pools = pools_of(found)
    old, path = pools.get(name), posixpath.normpath(wanted.path or "")
    if old is not None and wanted.uuid != old.uuid:
        raise Refused(f"the pool '{name}' exists already with UUID {old.uuid}", "define it with that UUID")
    for other in pools.values():
        if other.name != name and (other.path == path or other.uuid == wanted.uuid):
            raise Refused(f"the pool '{other.name}' has that folder, or that UUID, already")
    pool = replace(wanted, uuid=wanted.uuid or str(uuids.uuid4()), path=path)
    made = commands.run(["mkdir", "-p", path], repeatable=True)
    if made.status:
        raise Refused(f"the folder '{path}' cannot be made: {made.error}")
    put_file(commands, _file_of(found, name), holding_document(pool).encode())


def undefine_pool(commands: Commands, found: FoundFolder, name: str) -> None:
    """Makes a folder none of our pools any more; all that is in it stays."""
    pool_named(found, name)
    remove(commands, _file_of(found, name))


def _file_of(found: FoundFolder, name: str) -> str:
    for file, text in found.pools.items():
        pool = _read(text)
        if pool is not None and pool.name == name:
            return f"{found.folder}/{OWN_FOLDER}/{file}{SUFFIX}"
    return f"{found.folder}/{OWN_FOLDER}/{quote(unquote(name), safe='')}{SUFFIX}"

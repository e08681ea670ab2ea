"""The console's resources: read as feeds and entries, made, changed with If-Match, and removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from drivers.base.errors import Unreachable
from drivers.hmc.atom import AtomEntry, read_entries
from drivers.hmc.elements import tag_of, to_bytes
from drivers.hmc.session import HmcSession, Stale

_TYPE = "application/vnd.ibm.powervm.uom+xml; type={}"
_TRIES = 4
"""How often something is read anew and changed again, because somebody else was faster."""

UOM_ROOT = "/rest/api/uom"


class HmcClient:
    """Resources of one console, over a session that may be shared."""

    def __init__(self, session: HmcSession) -> None:
        """Asks for nothing yet."""
        self.session = session

    def feed(self, path: str, *groups: str) -> tuple[AtomEntry, ...]:
        """The resources of a kind: () where there are none (204). `groups` are the parts of them that the
        console gives only when asked (IBM: "extended attribute groups")."""
        reply = self.session.get(_with(path, groups))
        found = read_entries(reply.body, etag=reply.etag) if reply.body.strip() else ()
        return tuple(replace(each, path=f"{UOM_ROOT}{path}/{each.uuid}") for each in found)

    def entry(self, path: str, *groups: str) -> AtomEntry:
        """One resource. Raises NotFound."""
        reply = self.session.get(_with(path, groups))
        found = read_entries(reply.body, etag=reply.etag)
        if len(found) != 1:
            raise Unreachable(f"the console gave {len(found)} entries for {path}", "is this an HMC?")
        return replace(found[0], path=f"{UOM_ROOT}{path}")

    def quick(self, path: str) -> tuple[Mapping[str, str], ...]:
        """A few properties of all resources of a kind, which the console has at hand; UUID is one of them
        (ansible-power-hmc's getLogicalPartitionsQuick)."""
        body = self.session.get(f"{UOM_ROOT}{path}/quick/All", accept="*/*").body
        try:
            found = json.loads(body) if body.strip() else []
            return tuple({str(name): str(value) for name, value in each.items()} for each in found)
        except (ValueError, AttributeError, TypeError) as error:
            raise Unreachable(f"the console's short list of {path} is none", "is this an HMC?") from error

    def create(self, path: str, entry: AtomEntry) -> AtomEntry:
        """Makes a resource (PUT) of a kind, and tells what the console made of it."""
        kind = _TYPE.format(tag_of(entry.element))
        reply = self.session.send("PUT", f"{UOM_ROOT}{path}", body=to_bytes(entry.element), kind=kind)
        made = read_entries(reply.body, etag=reply.etag)
        if len(made) != 1:
            raise Unreachable(f"the console does not tell what became of {path}", "look at it again")
        return replace(made[0], path=f"{UOM_ROOT}{path}/{made[0].uuid}")

    def change(self, path: str, edit: Callable[[AtomEntry], bool], *groups: str) -> bool:
        """Reads a resource, has it edited, and writes it back (POST) if it is still what was read.

        `edit` tells whether it changed anything. Where somebody else changed the resource in between it is
        read, checked and edited anew, never written over. Raises Stale when others are always faster; whether
        anything was written.
        """
        for left in reversed(range(_TRIES)):
            seen = self.entry(path, *groups)
            if not edit(seen):
                return False
            if not seen.etag:
                raise Unreachable(f"the console tells no ETag of {path}", "nothing is written over blindly")
            body, kind = to_bytes(seen.element), _TYPE.format(tag_of(seen.element))
            try:
                where = f"{UOM_ROOT}{_with_only(path, groups)}"
                self.session.send("POST", where, body=body, kind=kind, etag=seen.etag)
            except Stale:
                if not left:
                    raise
            else:
                return True
        return False

    def delete(self, path: str) -> None:
        """Removes a resource. Raises NotFound."""
        self.session.send("DELETE", f"{UOM_ROOT}{path}")


def _with(path: str, groups: tuple[str, ...]) -> str:
    return f"{UOM_ROOT}{_with_only(path, groups)}"


def _with_only(path: str, groups: tuple[str, ...]) -> str:
    """What is read with groups is written with them: an ETag is of what was shown."""
    return f"{path}?group={','.join(sorted(groups))}" if groups else path

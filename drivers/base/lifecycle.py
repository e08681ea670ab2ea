"""The facet that makes objects, lets them run, and removes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from drivers.base.belongings import Belonging
from drivers.base.writing import writes
from specs.desired import StopPolicy
from specs.identity import Kind


class Lifecycle(Protocol):
    """From definition to removal. What is asked of an object that does not exist is NotFound, unless it would
    make it; Unsupported, what its kind cannot do."""

    @writes
    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates the object from its document, or redefines it in place (same UUID).

        For a volume: creates it (`name` is 'pool/name'); an existing one is refused. Refused too: a document
        that makes no sense, another object's UUID, or none over an existing object.
        A failed redefinition leaves the old definition in force.
        """

    @writes
    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes the definition of an inactive object. For a volume: deletes its data. Refused while it is
        active, or its pool is not; with `uuid`, when another object has the name.

        What a domain's guest keeps beside its disks (UEFI variables, TPM state) stays, for the same guest
        when it is defined again, or on another host that sees it. What cannot stay (`Observer.lost_with`)
        is Refused, unless it is among what is discarded."""

    @writes
    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts a domain (paused if asked), network or pool; already active is no error. Refused where
        something that it needs is missing."""

    @writes
    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Stops a domain gracefully by the policy's methods until its deadline, by force only if the
        policy says so (else Refused, guest left running); a network or pool at once. With `uuid`, Refused
        when another object has the name.
        Already inactive is no error."""

    @writes
    def suspend(self, name: str) -> None:
        """Pauses a running domain; already paused is no error. Refused when it is stopped."""

    @writes
    def resume(self, name: str) -> None:
        """Lets a paused domain run; already running is no error. Refused when it is stopped."""

    @writes
    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a stopped domain another name, which nothing else has; its UUID and all else stay. With
        `uuid`, Refused when another object has the name. One that has its new name already is no error."""

    @writes
    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Sets whether a domain, network or pool starts with its host."""

    @writes
    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts our ownership mark (an element in our namespace) into the metadata of a domain (persistent,
        and live when it runs) or a network (persistent), in place of an older one, or takes it
        away (''); nothing else changes."""

    @writes
    def set_secret_value(self, name: str, value: bytes) -> None:
        """Gives a secret its value."""

    def secret_value(self, name: str) -> bytes | None:
        """A secret's value where the hypervisor gives it out; None where it does not."""

    @writes
    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes the target of an inactive pool ready (directory, file system, label, volume group).
        What is formatted already is Refused unless it may be overwritten."""

    @writes
    def refresh_pool(self, name: str) -> None:
        """Makes an active pool look at its volumes again; Refused when it is not active."""

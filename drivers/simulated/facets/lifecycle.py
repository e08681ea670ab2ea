"""Defining, starting, stopping and removing on a simulated host."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from drivers.base.belongings import Belonging
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.simulated import faults, metadata, pool, secret
from drivers.simulated.domain import verbs
from drivers.simulated.gate import Gate
from drivers.simulated.kinds import CALLS
from drivers.simulated.naming import existing, require_same
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind


class SimulatedLifecycle:
    """drivers.base.Lifecycle."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates or redefines; a volume is created."""
        with self._gate.change("define", name) as host:
            CALLS[kind].define(host, name, document)

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes what is inactive."""
        with self._gate.change("undefine", name) as host:
            require_same(host, kind, name, uuid)
            if kind is Kind.DOMAIN:
                verbs.undefine(host, name, discards)
            else:
                CALLS[kind].undefine(host, name)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts what is inactive."""
        with self._gate.change("start", name) as host:
            start = CALLS[kind].start
            if start is None:
                raise Unsupported(f"a {kind} cannot be started")
            if kind is Kind.DOMAIN:
                verbs.start(host, name, paused=paused)
            else:
                start(host, name)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Stops at once; a guest that ignores it (a fault), by the policy."""
        fault = self._gate.enter("stop", name)
        if kind is Kind.DOMAIN and (fault == "ignores-shutdown" or not policy.methods):
            self._wait_for_shutdown(name, policy)
        with self._gate.store.write() as host:
            require_same(host, kind, name, uuid)
            stop = CALLS[kind].stop
            if stop is None:
                raise Unsupported(f"a {kind} cannot be stopped")
            stop(host, name)
        faults.after(fault, "stop", name)

    def suspend(self, name: str) -> None:
        """Pauses a domain."""
        with self._gate.change("suspend", name) as host:
            verbs.set_running(host, name, PowerState.PAUSED)

    def resume(self, name: str) -> None:
        """Lets a paused domain run."""
        with self._gate.change("resume", name) as host:
            verbs.set_running(host, name, PowerState.RUNNING)

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a stopped domain another name."""
        with self._gate.change("rename", name) as host:
            verbs.rename(host, name, new_name, uuid)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Sets whether it starts with its host."""
        with self._gate.change("set_autostart", name) as host:
            if kind not in (Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL):
                raise Unsupported(f"a {kind} has no autostart")
            host.save(replace(existing(host, kind, name), autostart=int(autostart)))

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts the ownership mark into the metadata of a domain or network."""
        with self._gate.change("set_metadata", name) as host:
            if kind not in (Kind.DOMAIN, Kind.NETWORK):
                raise Unsupported(f"a {kind} has no metadata")
            metadata.put_mark(host, kind, name, mark)

    def set_secret_value(self, name: str, value: bytes) -> None:
        """Gives a secret its value."""
        with self._gate.change("set_secret_value", name) as host:
            secret.set_value(host, name, value)

    def secret_value(self, name: str) -> bytes | None:
        """A secret's value; None of a private one."""
        with self._gate.look("secret_value", name) as host:
            if host is None:
                raise NotFound(f"no secret '{name}'")
            return secret.value_of(host, name)

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes a pool's target ready."""
        with self._gate.change("build_pool", name) as host:
            pool.build(host, name, overwrite=overwrite)

    def refresh_pool(self, name: str) -> None:
        """Refused unless the pool is active; what is in it is always known."""
        with self._gate.change("refresh_pool", name) as host:
            pool.active(host, name)

    def _wait_for_shutdown(self, name: str, policy: StopPolicy) -> None:
        """A guest that does not react: waits for the deadline, then lets force through or gives up."""
        if policy.methods:
            self._gate.closed.wait(policy.deadline)
            self._gate.check_open()
        if not policy.force:
            raise Refused(
                f"the guest '{name}' did not shut down within {policy.deadline:g} s",
                "it runs on; allow force, or a longer deadline, in its stop policy",
            )

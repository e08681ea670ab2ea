"""One controller among those of a fleet, in PostgreSQL: its beats, and what each of them does."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from state.claims import FLEET, Controller
from state.errors import LeaseLost, StateError
from state.leases import Holder
from state.postgres import handing
from state.postgres.beats import BeatWatch
from state.postgres.database import Connection
from state.postgres.listening import Listener
from state.postgres.observing import beats_of, remove
from state.postgres.own_connection import OwnConnection
from state.postgres.shares import Claimed, Situation, turn_of
from state.postgres.timelines import Settling
from state.postgres.url import DatabasePlace

_BEATS_A_LIFE = 5
_SAFE = 0.8
"""The part of its time to live in which a controller begins something: nobody may take it for dead yet."""

_LOST = "this controller was taken for dead, so that its hosts are others' by now: nothing more is begun"


class PostgresMembership:
    """As `state.claims.Membership`. `clock` is one that goes on while the machine sleeps."""

    def __init__(
        self,
        place: DatabasePlace,
        fleet: str,
        controllers: Callable[[], Sequence[Controller]],
        holder: Holder,
        ttl: float,
        clock: Callable[[], float],
    ) -> None:
        self._fleet, self._holder, self._ttl = fleet, holder, ttl
        self._controllers, self._clock = controllers, clock
        self._id = f"{holder.machine}:{holder.pid}:{secrets.token_hex(4)}"
        self._connection = OwnConnection(place)
        self._listener = Listener(place, fleet, self._id)
        self._mutex = threading.Lock()
        self._observer, self._settling = BeatWatch(), Settling(ttl)
        self._known: frozenset[str] = frozenset()
        self._asking: dict[str, float] = {}
        self._came: dict[str, float] = {}
        self._sent, self._lost = clock(), False

    @property
    def id(self) -> str:
        """Machine, process and chance."""
        return self._id

    @property
    def interval(self) -> float:
        """Seconds between beats."""
        return self._ttl / _BEATS_A_LIFE

    def enter(self) -> None:
        """Becomes one of the fleet's controllers; Locked while somebody writes."""
        self._listener.listen()
        self._sent = self._clock()
        handing.enter(self._connection, self._fleet, self._id, self._holder, self._ttl)

    def leave(self) -> None:
        """Is none any more: what it has is anybody's at once."""
        self._lost = True
        with suppress(StateError):  # it is taken for dead soon
            self._connection.run(lambda connection: handing.leave(connection, self._fleet, self._id))
        self._connection.close()
        self._listener.close()

    def beat(self, hosts: Collection[str], busy: Collection[str] = ()) -> Mapping[str, int]:
        """Says that this controller lives, and re-reads what is its own."""
        with self._mutex:
            sent = self._clock()
            if not self._connection.run(lambda connection: handing.beat(connection, self._fleet, self._id)):
                self._lost = True
            if self._lost:
                raise LeaseLost(_LOST)
            self._sent = sent
            if not self._connection.run(lambda connection: self._settling.is_over(connection, sent)):
                return {}
            members = self._connection.run(self._living)
            return self._connection.run(lambda connection: self._turn(connection, members, hosts, busy))

    def require(self) -> None:
        """Raises LeaseLost when others may take this controller for dead soon."""
        silent = self._clock() - self._sent
        if self._lost or silent >= _SAFE * self._ttl:
            raise LeaseLost(
                _LOST
                if self._lost
                else f"nothing is begun: for {silent:.1f} s this controller could not say"
                " that it lives, so that others may have its hosts soon"
            )

    def ask(self, hosts: Collection[str]) -> None:
        """Asks others for hosts."""
        now = self._clock()
        with self._mutex:
            self._asking.update((host, now) for host in hosts)
        self._connection.run(lambda connection: handing.ask(connection, self._fleet, self._id, hosts))

    def give_back(self, hosts: Collection[str]) -> None:
        """Lets go of hosts at once."""
        self._connection.run(lambda connection: handing.drop(connection, self._fleet, self._id, hosts))

    def wake(self, hosts: Collection[str]) -> None:
        """Tells the owners of hosts that there is something to look at."""
        if hosts:
            self._connection.run(lambda connection: handing.wake(connection, self._fleet, hosts))

    def woken(self) -> Collection[str]:
        """The own hosts that were told about since last this was asked."""
        return self._connection.run(lambda connection: handing.woken(connection, self._fleet, self._id))

    def wait(self, seconds: float) -> None:
        """Returns when somebody told of something, at the latest after so long."""
        self._listener.wait(seconds)

    def controllers(self) -> Sequence[Controller]:
        """All controllers that live, by id."""
        return self._controllers()

    def _living(self, connection: Connection) -> list[str]:
        """All members; those that were silent for their time to live are none from now on."""
        beats = beats_of(connection, self._fleet)
        dead = [one for one in self._observer.see(beats, self._clock()) if one.id != self._id]
        for one in dead:
            remove(connection, self._fleet, one)
        return [one.id for one in beats if one not in dead]

    def _turn(
        self, connection: Connection, members: Collection[str], hosts: Collection[str], busy: Collection[str]
    ) -> Mapping[str, int]:
        fleet, me, now = self._fleet, self._id, self._clock()
        if self._known != frozenset(hosts):
            handing.make_known(connection, fleet, hosts)
        asked = handing.mine(connection, fleet, me)
        self._note_arrivals(asked, now)
        mine = {host: Claimed(asker, host in self._came) for host, asker in asked.items()}
        turn = turn_of(Situation(me, members, hosts, mine, busy, self._asking))
        handing.give(connection, fleet, me, turn.give)
        handing.drop(connection, fleet, me, turn.drop)
        handing.take(connection, fleet, me, self._asking, len(self._asking))
        handing.take(connection, fleet, me, {*hosts} & {FLEET}, 1)
        handing.take(connection, fleet, me, {*hosts} - {FLEET}, turn.take)
        handing.ask(connection, fleet, me, self._asking)
        tokens = handing.tokens(connection, fleet, me)
        self._note_arrivals(tokens, now)
        self._known = frozenset(hosts)
        return tokens

    def _note_arrivals(self, mine: Collection[str], now: float) -> None:
        """What came for the asking is asked for no more, and kept for a while; nothing is asked for ever."""
        came = {**self._came, **dict.fromkeys(self._asking, now)}
        self._came = {host: when for host, when in came.items() if host in mine and now - when < self._ttl}
        asking = self._asking.items()
        self._asking = {host: when for host, when in asking if host not in mine and now - when < self._ttl}

"""The loop that sends what is in the outbox: a thread for each receiver, so that none holds up another.

A letter is taken, sent, and then it goes: killed in between, it is sent again with the same id. While one has
it no other controller does. What cannot be sent is tried again, after longer and longer pauses, for a week.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.mishaps import told
from reconciler.notify.message import Message, message_of
from reconciler.notify.sending import PATIENCE, NotSent
from specs.identity import MANAGED_KINDS, Address
from specs.receivers import Receiver
from specs.selectors import Selector
from state import OpenState, StateError
from state.outbox import Letter, Notice

_HOLD = 10 * PATIENCE
_POLL = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0
_MOMENT = 3.0
_WEEK = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told by whom: the receivers of the tree in force, the fleet's name, and what sends."""

    fleet: str
    receivers: tuple[Receiver, ...]
    send: Callable[[Message, Receiver], None]


@dataclass(slots=True)
class Notifier:
    """Sends letters until it is stopped. `telling` gives who is told now (whoever posts says it to the state
    before, `Outbox.receivers`); None while no tree is in force.
    `log` is told in words what could not be sent; `now` is the clock."""

    state: OpenState
    telling: Callable[[], Telling | None]
    log: Callable[[str], None]
    now: Callable[[], float] = time.time
    poll: float = _POLL
    _workers: dict[Receiver, _Worker] = field(default_factory=dict)
    ending: bool = False
    """Whether no turn comes after the one that is taken now."""

    def run(self, stop: threading.Event) -> None:
        """Returns soon after `stop` is set: what is there then has a moment to arrive, else whoever comes
        next sends it."""
        while not stop.is_set():
            self._follow()
            stop.wait(self.poll)
        self._follow()
        self.ending = True
        last = list(self._workers.values())
        self._end(self._workers)
        until = time.monotonic() + _MOMENT
        for worker in last:
            worker.thread.join(max(0.0, until - time.monotonic()))

    def _follow(self) -> None:
        """A worker for each receiver that there is now."""
        telling = self.telling()
        if telling is None:
            return
        wanted = set(telling.receivers)
        self._end({one: worker for one, worker in self._workers.items() if one not in wanted})
        for receiver in wanted - self._workers.keys():
            self._workers[receiver] = worker = _Worker(self, receiver)
            worker.thread.start()

    def _end(self, workers: Mapping[Receiver, _Worker]) -> None:
        for receiver in tuple(workers):
            self._workers.pop(receiver).over.set()


@dataclass(slots=True)
class _Worker:
    """Serves one receiver, letter by letter."""

    notifier: Notifier
    receiver: Receiver
    over: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.run, name=f"notify {self.receiver.name}", daemon=True)

    def run(self) -> None:
        """Until it is over; at the end of all, until nothing is left that arrives."""
        while True:
            last = self.over.is_set()
            if last and not self.notifier.ending:
                return
            pause = self._turn()
            if last and pause:
                return
            self.over.wait(pause)

    def _turn(self) -> float:
        """One letter, whatever happens; gives for how long to rest."""
        try:
            return self._next()
        except StateError:
            return _FIRST_PAUSE  # what could not be marked is due again when its time is over
        except Exception as error:  # noqa: BLE001 - who tells of others' mistakes outlives its own
            self.notifier.log(f"error: '{self.receiver.name}': {told(error)}")
            return _LONGEST_PAUSE

    def _next(self) -> float:
        """Sends the oldest letter that is due; gives for how long to rest."""
        state, now = self.notifier.state, self.notifier.now()
        telling = self.notifier.telling()
        letters = state.letters(now, _HOLD, limit=1, to=self.receiver.name) if telling else []
        if telling is None or not letters:
            return self.notifier.poll
        letter = letters[0]
        if not wants(self.receiver, letter.notice, self._labels(letter.notice)):
            state.sent(letter.id)
            return 0.0
        try:
            message = message_of(letter, telling.fleet, state.serial()[0])
            telling.send(message, self.receiver)
        except NotSent as error:
            return self._failed(letter, error, now)
        state.sent(letter.id)
        self.failures = 0
        return 0.0

    def _failed(self, letter: Letter, error: NotSent, now: float) -> float:
        """It is tried again later; of a receiver that is down, so are the others."""
        name, notifier = self.receiver.name, self.notifier
        if now - letter.notice.at > _WEEK:
            notifier.log(
                f"'{name}' was never told of {letter.notice.subject} ({letter.notice.kind}): {error}"
            )
            notifier.state.sent(letter.id)
            return 0.0
        pause = max(pause_after(letter.attempts if error.lasting else self.failures), error.wait)
        notifier.state.not_sent(letter.id, now + pause, str(error))
        if letter.attempts == 0:
            notifier.log(f"'{name}' could not be told of {letter.notice.subject}, tried again: {error}")
        if error.lasting:
            return 0.0
        self.failures += 1
        return pause

    def _labels(self, notice: Notice) -> Sequence[tuple[str, str]]:
        """The labels of what a notice is about, where somebody asks for them."""
        address = _address(notice.subject) if self.receiver.only else None
        known = self.notifier.state.standing(address) if address else None
        return known[0].labels if known else ()


def wants(receiver: Receiver, notice: Notice, labels: Sequence[tuple[str, str]]) -> bool:
    """Whether a receiver is to be told."""
    if receiver.on and notice.kind not in receiver.on:
        return False
    address = _address(notice.subject)
    if address is None or not receiver.only:
        return True
    return any(Selector.parse(text).matches(address, labels) for text in receiver.only)


def pause_after(failures: int) -> float:
    """How long to wait after so many failures before the one just now."""
    return float(min(_FIRST_PAUSE * 2.0 ** min(failures, 20), _LONGEST_PAUSE))


def _address(subject: str) -> Address | None:
    """The resource that a notice is about, if it is about one."""
    try:
        address = Address.parse(subject)
    except ValueError:
        return None
    return address if address.kind in MANAGED_KINDS else None

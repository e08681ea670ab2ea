"""Sending beside whoever posts: a notifier in a thread of its own, for as long as a state is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.log import log
from reconciler.notify.notifier import Notifier, Telling
from reconciler.notify.sending import Post
from specs.desired import Desired
from state import OpenState

_MOMENT = 5.0


@contextmanager
def notifying(store: OpenState, desired: Callable[[], Desired | None]) -> Iterator[None]:
    """While the block runs, the receivers of the tree in force are told. What is being sent at its end has a
    moment to arrive; else it is sent again by whoever comes next."""

    def telling() -> Telling | None:
        tree = desired()
        return telling_of(tree) if tree is not None else None

    stop = threading.Event()
    thread = threading.Thread(
        target=Notifier(store, telling, log).run, args=(stop,), name="notify", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_MOMENT)


def telling_of(tree: Desired) -> Telling:
    """Who is told on behalf of a tree, as far as its author may say so."""
    return Telling(tree.fleet.name, tree.fleet.receivers, Post(tree.root, tree.guard).send)

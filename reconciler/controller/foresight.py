"""What a commit that waits would do, planned in good time: whoever is to approve it reads that beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from reconciler.controller.trees import Tree
from reconciler.mishaps import told
from reconciler.plan import Plan
from reconciler.plan.merging import merging
from reconciler.report.text import merge_summary


class Foresight:
    """Plans waiting trees beside those in force, each in a thread of its own: a host that hangs keeps nobody
    waiting. `plan` makes the plan of a tree, through connections of its own, which are those that the tree in
    force has."""

    def __init__(self, plan: Callable[[Tree, Tree], Plan]) -> None:
        self._plan = plan
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, waiting: Tree, in_force: Tree | None) -> tuple[str, ...]:
        """What it would do, in lines for people; none until that is known, or while nothing is in force, for
        then nobody said which hosts may be asked."""
        if in_force is None:
            return ()
        pair = (waiting.commit, in_force.commit)
        if pair not in self._known:
            self._known = {pair: ()}
            threading.Thread(
                target=self._foresee, args=(pair, waiting, in_force), name="foresight", daemon=True
            ).start()
        return self._known[pair]

    def _foresee(self, pair: tuple[str, str], waiting: Tree, in_force: Tree) -> None:
        try:
            before = self._plan(in_force.under(waiting.options.commit), in_force)
            lines = tuple(merge_summary(merging(before, self._plan(waiting, in_force))))
        except Exception as error:  # noqa: BLE001 - it is told, and the commit waits on
            lines = (f"what it would do is not known: {told(error)}",)
        if pair in self._known:
            self._known[pair] = lines

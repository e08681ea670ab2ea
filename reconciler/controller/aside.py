"""What the loop has done beside itself, because it may take long: it never waits for a database."""

from __future__ import annotations

import threading
from collections.abc import Callable

from reconciler.log import Log
from reconciler.mishaps import told
from state import StateError


class Aside:
    """Does one thing at a time, in a thread that holds nobody up when it hangs."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._thread: threading.Thread | None = None

    def begin(self, do: Callable[[], None]) -> bool:
        """Begins it, unless the last one is still under way; whether it did."""
        if self._thread is not None and self._thread.is_alive():
            return False
        self._thread = threading.Thread(target=self._done, args=(do,), name="aside", daemon=True)
        self._thread.start()
        return True

    def _done(self, do: Callable[[], None]) -> None:
        try:
            do()
        except StateError:
            pass  # whoever keeps the tenure tells of it
        except Exception as error:  # noqa: BLE001 - the loop outlives its own mistakes
            self._log(f"error: {told(error)}")

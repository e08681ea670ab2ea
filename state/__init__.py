"""What was done: records of what was applied, and the journal of who did it when."""

from state.errors import Locked, StateError
from state.store import Store, open_store, path_of

__all__ = ["Locked", "StateError", "Store", "open_store", "path_of"]

"""What was done: records of what was applied, and the journal of who did it when.

Callers know a state by the protocols here (`OpenState` is all of them); where it lies, a backend says.
"""

from state.backends import file_of, key_of, open_state
from state.errors import LeaseLost, Locked, StateError
from state.opened import OpenState

__all__ = ["LeaseLost", "Locked", "OpenState", "StateError", "file_of", "key_of", "open_state"]

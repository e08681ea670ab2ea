"""The state in an SQLite file: what `state.backends` asks of a backend."""

from state.sqlite.key import key_of
from state.sqlite.opening import open_state
from state.sqlite.url import file_of

__all__ = ["file_of", "key_of", "open_state"]

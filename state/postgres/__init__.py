"""The state in a PostgreSQL database: what `state.backends` asks of a backend."""

from state.errors import StateError

try:
    import psycopg  # noqa: F401
    import psycopg_pool  # noqa: F401
except ImportError as error:
    raise StateError(
        f"a state in PostgreSQL needs what is not installed ({error}): pip install 'virt-reconcile[postgres]'"
    ) from error

from state.postgres.opening import key_of, open_state
from state.postgres.url import file_of

__all__ = ["file_of", "key_of", "open_state"]

"""Secrets in documents: sealed where they come in, opened where they go to a host.

Between the two nothing holds a value: plans, records, reports and messages have its token, which is the
same for the same value, and tells nothing without the key that lies beside the state.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.base.errors import DriverError, Refused
from specs.documents.sensitive import REFERENCE, rewritten
from specs.tokens import TOKEN

_GONE = "a secret value that this needs is no longer to be had"
_HINT = "it is neither on the host nor a declared Secret's any more: plan again, or declare it"


class Sealer:
    """Puts tokens in the place of values, and remembers which is whose for as long as it lives."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key, self._values, self._mutex = key, dict[str, str](), threading.Lock()

    def seal(self, document: str) -> str:
        """The document with a token for every secret value; references stay as they are."""
        return rewritten(
            document, lambda value, _: value if REFERENCE.fullmatch(value) else self.token(value)
        )

    def token(self, value: str) -> str:
        """What stands for a secret value, the same for the same value under the same key."""
        with self._mutex:
            digest = hmac.new(self._key(), value.encode(), hashlib.sha256).hexdigest()
            token = f"(secret:{digest[:32]})"
            self._values[token] = value
        return token

    def resolve(self, document: str, value_of: Callable[[str], str]) -> str:
        """The document with a token for every reference, by the values of the Secrets that they name."""

        def change(value: str, escape: Callable[[str], str]) -> str:
            named = REFERENCE.fullmatch(value)
            return self.token(escape(value_of(named[1]))) if named else value

        return rewritten(document, change)

    def open(self, document: str) -> str:
        """The document with every value in its place; Refused where one is not known."""

        def change(value: str, _: Callable[[str], str]) -> str:
            if REFERENCE.fullmatch(value):
                raise Refused(f"the value of {value} could not be read", "the plan's warnings say why")
            if TOKEN.fullmatch(value) and value not in self._values:
                raise Refused(_GONE, _HINT)
            return self._values.get(value, value)

        return rewritten(document, change)

    def hush(self, text: str) -> str:
        """A message without the values that it may repeat."""
        for value in sorted(self._values.values(), key=len, reverse=True):
            text = text.replace(value, "(secret)") if value else text
        return text

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What a hypervisor says of an opened document may hold what it was given."""
        try:
            yield
        except DriverError as error:
            message, hint = self.hush(error.message), self.hush(error.hint)
            if (message, hint) == (error.message, error.hint):
                raise
            raise type(error)(message, hint) from None

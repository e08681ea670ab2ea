"""What a person has to mend before anything is done."""

from __future__ import annotations


class Fault(Exception):
    """Something that a person has to mend; its message is all that is shown, a line for each argument."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))

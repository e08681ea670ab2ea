"""What must hold after an apply that went well: nothing is left to do, with the state and without it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fuzz.ground import Ground

_HARM = ("DESTROYS DATA", "→ undefine", " NOW", "blocked")


def converges(ground: Ground, *, applies: int = 1) -> Iterator[str]:
    """Applies at most so often until it goes well, and then looks twice. A tree that is refused, or that a
    host refuses, has nothing to show."""
    for _ in range(applies):
        code = ground.apply()
        if code == 0:
            break
    else:
        return
    if (code := ground.plan()) != 0:
        yield f"not idempotent: plan after a good apply says {code}:\n{ground.said[-1].text[-900:]}"
        return
    if "kind: Secret" in (ground.tree / "all.yaml").read_text(errors="replace"):
        return  # what value a host has is not to be known without the state
    ground.lose_state()
    if ground.plan() == 0:
        return
    # What a hypervisor drops is given to it once more, for nothing remembers that; nothing is harmed by it.
    told = ground.said[-1].text
    if harm := next((word for word in _HARM if word in told), ""):
        yield f"without the state, something is to be harmed ({harm}):\n{told[-900:]}"
    elif ground.apply() == 0 and (code := ground.plan()) != 0:
        yield f"not idempotent without the state: plan says {code}:\n{ground.said[-1].text[-900:]}"

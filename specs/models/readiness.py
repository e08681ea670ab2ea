"""When a started guest counts as ready, as the files say it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from specs.guests import Ready
from specs.models.base import Duration, Model


class ReadySpec(Model):
    """When a started guest counts as ready: one of method and tcp."""

    method: Literal["agent", "lease", "none"] | None = Field(
        default=None,
        description="agent: the guest agent answers; lease: it has an address; none: at once.",
    )
    tcp: Annotated[int, Field(strict=True, ge=1, le=65535)] | None = Field(
        default=None, description="It takes connections on that port."
    )
    timeout: Duration = Field(default=300.0, description="How long it is waited for.")

    @model_validator(mode="after")
    def _one(self) -> ReadySpec:
        if (self.method is None) == (self.tcp is None):
            raise ValueError("ready is exactly one of method and tcp")
        if self.timeout == 0:
            raise ValueError("a timeout of 0; write a duration such as 5m")
        return self

    def ready(self) -> Ready | None:
        """The condition as plain data; None where it is ready at once."""
        if self.method == "none":
            return None
        return Ready("tcp", self.tcp, self.timeout) if self.tcp else Ready(str(self.method), 0, self.timeout)


def short_ready(value: Any) -> Any:
    """`ready: agent` is a method."""
    return {"method": value} if isinstance(value, str) else value

"""A runspace pool and its pipelines, by psrpcore: what is taken off the wire, and what is put on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from psrpcore import (
    PSRPPayload,
    ServerPipeline,
    ServerRunspacePool,
    StreamType,
)
from psrpcore.types import ErrorCategory, ErrorCategoryInfo, ErrorRecord, NETException, PSInvocationState

from tests.support.hyperv.values import PowerShellError


class ServedShell:
    """One client's runspace pool."""

    def __init__(self, opening: bytes) -> None:
        self._pool = ServerRunspacePool()
        self.id = str(uuid.uuid4()).upper()
        self._pipelines: dict[uuid.UUID, ServerPipeline] = {}
        self._out: dict[str, bytes] = {}
        self._feed(opening, None)

    def command(self, id_: uuid.UUID, data: bytes) -> tuple[str, str]:
        """A new pipeline: its script, and what its parameter Request says."""
        pipeline = self._pipelines[id_] = ServerPipeline(self._pool, id_)
        self._feed(data, id_)
        command = pipeline.metadata.commands[0]  # type: ignore[union-attr]
        (value,) = (value for name, value in command.parameters if name == "Request")
        return str(command.command_text), str(value)

    def finish(self, id_: uuid.UUID, work: Callable[[], str]) -> None:
        """Runs it: its output, or the error record in which it ends."""
        pipeline = self._pipelines[id_]
        pipeline.start()
        try:
            pipeline.write_output(work())
            pipeline.complete()
        except PowerShellError as error:
            pipeline._change_state(PSInvocationState.Failed, error=_record(error))
        self._collect()

    def output(self, command: str) -> tuple[bytes, bool]:
        """What waits for the client, of a command or ('') of the pool itself."""
        return self._out.pop(command.upper(), b""), bool(command)

    def _feed(self, data: bytes, id_: uuid.UUID | None) -> None:
        self._pool.receive_data(PSRPPayload(data, StreamType.default, id_))
        while self._pool.next_event() is not None:
            pass
        self._collect()

    def _collect(self) -> None:
        while (payload := self._pool.data_to_send()) is not None:
            key = str(payload.pipeline_id or "").upper()
            self._out[key] = self._out.get(key, b"") + bytes(payload.data)


def _record(error: PowerShellError) -> ErrorRecord:
    category = ErrorCategory[error.category]
    record = ErrorRecord(
        Exception=NETException(Message=error.message),
        CategoryInfo=ErrorCategoryInfo(Category=category, Reason="VirtualizationException"),
        FullyQualifiedErrorId=error.id,
    )
    record.PSObject.to_string = error.message
    return record

"""The same scripts over ssh (OpenSSH for Windows): Windows PowerShell is started for each, and reads what it
is to do from its standard input, as base64: neither a shell nor a code page has anything to say about it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from drivers.base.errors import Unreachable
from drivers.hyperv.scripts import bootstrap, script
from drivers.hyperv.shell import Lost, ScriptFailed
from drivers.hyperv.uri import HyperVAddress
from drivers.native.commands import TooSlow
from drivers.native.ssh import SshCommands
from drivers.native.ssh_opening import SshAddress


class SshShell:
    """A connection to the host's sshd (drivers.hyperv.shell.Shell)."""

    def __init__(self, address: HyperVAddress, credentials: Mapping[str, str]) -> None:
        """Connects when it is first used."""
        self._uri = address.uri
        self._commands = SshCommands(SshAddress(address.host, address.user, address.port), credentials)
        encoded = base64.b64encode(bootstrap().encode("utf-16-le")).decode()
        self._command = f"powershell -NoProfile -NonInteractive -EncodedCommand {encoded}"

    def run(self, name: str, request: Mapping[str, object], seconds: float) -> Any:
        """Runs a script: its text and what is asked are two lines of input, the answer one of output."""
        given = "\n".join(_packed(text) for text in (script(name), json.dumps(request))) + "\n"
        try:
            result = self._commands.run(self._command, given=given.encode(), patience=seconds)
        except (Unreachable, TooSlow) as error:
            raise Lost(error.message, unsent=False, hint=error.hint) from error
        return _answer(result.output, result.complaint)

    def close(self) -> None:
        """Closes the connection."""
        self._commands.close()


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _answer(output: bytes, complaint: bytes) -> Any:
    """The answer that the last line holds, or the error record in its place."""
    lines = output.split()
    try:
        told = json.loads(base64.b64decode(lines[-1], validate=True))
        failed = told.get("error")
        if failed is not None:
            raise ScriptFailed(str(failed["id"]), str(failed["category"]), str(failed["message"]))
        return json.loads(told["answer"])
    except (IndexError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = (complaint or output).decode(errors="replace").strip()[-300:]
        raise ScriptFailed("NoAnswer", "NotSpecified", f"PowerShell gave no answer: {said}") from error

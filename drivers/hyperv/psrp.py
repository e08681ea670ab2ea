"""PowerShell remoting over WinRM, by pypsrp: logins by Negotiate or Kerberos, TLS that is checked."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import requests
from pypsrp.complex_objects import PSInvocationState
from pypsrp.exceptions import AuthenticationError, WinRMError, WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from drivers.base.errors import Unreachable
from drivers.hyperv.scripts import script
from drivers.hyperv.shell import Lost, ScriptFailed
from drivers.hyperv.uri import HyperVAddress

_OPERATION, _READ = 10, 14
"""Seconds after which a host that works says so, and after which one that says nothing is given up."""

_GONE = frozenset({0x8033805B, 0x803381DE, 0x80338029})
"""WinRM no longer knows the shell: it, or the host, was started anew (ERROR_WSMAN_UNEXPECTED_SELECTORS,
ERROR_WSMAN_INVALID_SELECTORS); or the shell was idle too long."""

_CATEGORIES = (
    "NotSpecified",
    "OpenError",
    "CloseError",
    "DeviceError",
    "DeadlockDetected",
    "InvalidArgument",
    "InvalidData",
    "InvalidOperation",
    "InvalidResult",
    "InvalidType",
    "MetadataError",
    "NotImplemented",
    "NotInstalled",
    "ObjectNotFound",
    "OperationStopped",
    "OperationTimeout",
    "SyntaxError",
    "ParserError",
    "PermissionDenied",
    "ResourceBusy",
    "ResourceExists",
    "ResourceUnavailable",
    "ReadError",
    "WriteError",
    "FromStdErr",
    "SecurityError",
    "ProtocolError",
    "ConnectionError",
    "AuthenticationError",
    "LimitsExceeded",
    "QuotaExceeded",
    "NotEnabled",
)
"""The categories of errors by the numbers that the protocol has for them
(https://learn.microsoft.com/dotnet/api/system.management.automation.errorcategory)."""

logging.getLogger("pypsrp").setLevel(logging.CRITICAL)


class PsrpShell:
    """One runspace on the host (drivers.hyperv.shell.Shell)."""

    def __init__(self, address: HyperVAddress, credentials: Mapping[str, str]) -> None:
        """Logs in. Raises Unreachable."""
        self._address = address
        self._connection = WSMan(
            address.host,
            port=address.port,
            username=credentials.get("authname") or address.user or None,
            password=credentials.get("passphrase"),
            ssl=address.transport == "https",
            auth=address.auth,
            cert_validation=address.verify,
            encryption="auto" if address.transport == "https" else "always",
            connection_timeout=10,
            read_timeout=_READ,
            operation_timeout=_OPERATION,
            reconnection_backoff=0.1,
        )
        self._pool = RunspacePool(self._connection)
        try:
            self._pool.open()
        except (requests.RequestException, WinRMError, OSError, ValueError) as error:
            self._connection.close()
            raise _unreachable(address, error) from error

    def run(self, name: str, request: Mapping[str, object], seconds: float) -> Any:
        """Runs a script, which gets what is asked as a parameter of the protocol's own."""
        shell = PowerShell(self._pool)
        shell.add_script(script(name), use_local_scope=True)
        shell.add_parameter("Request", json.dumps(request))
        sent = False
        try:
            shell.begin_invoke()
            sent = True
            self._wait(shell, seconds)
        except (requests.RequestException, WinRMError, OSError) as error:
            unsent = not sent and _never_arrived(error)
            raise Lost(
                f"the connection to {self._address.uri} was lost: {_told(error)}", unsent=unsent
            ) from error
        output = _answer(shell)
        with suppress(requests.RequestException, WinRMError, OSError):  # its answer is here
            shell.close()
        return output

    def _wait(self, shell: PowerShell, seconds: float) -> None:
        until = time.monotonic() + seconds
        while shell.state == PSInvocationState.RUNNING:
            if time.monotonic() > until:
                with suppress(requests.RequestException, WinRMError, OSError):
                    shell.stop()
                raise Lost(
                    f"{self._address.uri} did not finish within {seconds:g} s",
                    unsent=False,
                    hint="plan again",
                )
            shell.poll_invoke()

    def close(self) -> None:
        """Closes the runspace, if the host still answers."""
        with suppress(requests.RequestException, WinRMError, OSError):
            self._pool.close()
        self._connection.close()


def _answer(shell: PowerShell) -> Any:
    """The JSON that a script gave, or the error in which it ended."""
    if shell.state != PSInvocationState.COMPLETED or not shell.output:
        records = shell.streams.error
        if not records:
            raise ScriptFailed("NoAnswer", "NotSpecified", "the script ended without an answer")
        record = records[-1]
        raise ScriptFailed(str(record.fq_error or ""), _category(record.category), str(record))
    return json.loads(str(shell.output[-1]))


def _category(number: object) -> str:
    known = isinstance(number, int) and 0 <= number < len(_CATEGORIES)
    return _CATEGORIES[number] if known else _CATEGORIES[0]  # type: ignore[call-overload]


def _never_arrived(error: Exception) -> bool:
    """Whether a request cannot have been carried out: no connection, or a shell that is not there."""
    if isinstance(error, WSManFaultError):
        return error.code in _GONE
    return isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)


def _unreachable(address: HyperVAddress, error: Exception) -> Unreachable:
    where = f"cannot connect to {address.uri}"
    if isinstance(error, AuthenticationError) or (
        isinstance(error, WinRMTransportError) and error.code == 401
    ):
        return Unreachable(
            f"{where}: it does not let us in",
            "check the user's name and password (credentials: of the Host); the user has to be in the group"
            " Hyper-V Administrators and Remote Management Users",
        )
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(
            f"{where}: its certificate is not trusted: {_told(error)}",
            "REQUESTS_CA_BUNDLE names a file with the authority's certificate",
        )
    if isinstance(error, requests.ConnectionError):
        return Unreachable(
            f"{where}: {_told(error)}", "is WinRM listening there? (Enable-PSRemoting; port 5986 for https)"
        )
    return Unreachable(f"{where}: {_told(error)}")


def _told(error: Exception) -> str:
    """The last words of a chain of errors, which say most."""
    reason = error.args[0] if error.args else error
    return str(getattr(reason, "reason", None) or error)

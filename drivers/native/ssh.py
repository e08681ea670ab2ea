"""Commands over ssh: one connection that is kept, opened when it is needed and again when it was lost.

asyncssh reads OpenSSH's own configuration (ssh_config(5): aliases, keys, jumps) and asks its agent; the key
of the host is always checked (`drivers.native.ssh_opening`). Nobody is ever asked on a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, TypeVar

import asyncssh

from drivers.base.errors import DriverError, NotFound, Refused, Unreachable
from drivers.native.commands import NO_PROGRAM, PATIENCE, PIECE, CommandResult, TooSlow, shell_text
from drivers.native.loop import SharedLoop
from drivers.native.ssh_opening import SshAddress, open_connection

T = TypeVar("T")

_AT_ONCE = 8
"""Sessions on one connection; OpenSSH's sshd allows 10 (MaxSessions)."""

_MOST = 512 << 20
"""Bytes that a command may say; more is none of what any command of ours is asked for."""

_SLACK = 30.0
"""Seconds beyond a command's own time in which the connection is opened and the command is ended."""


class SshCommands:
    """A machine over ssh (drivers.native.commands.Commands). `credentials` are the answers to what it asks
    for at the login: authname, passphrase."""

    def __init__(self, address: SshAddress, credentials: Mapping[str, str] = MappingProxyType({})) -> None:
        """Connects when it is first used."""
        self.place = address.host
        self._address, self._credentials = address, credentials
        self._loop = SharedLoop()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._opening = asyncio.Lock()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._closed = False

    def run(
        self,
        command: Sequence[str] | str,
        *,
        given: bytes = b"",
        patience: float = PATIENCE,
        repeatable: bool = False,
    ) -> CommandResult:
        """Runs it in a session of its own. One that could not even be sent is sent over a new connection."""
        text = shell_text(command)
        try:
            result = self._do(self._run(text, given, patience), patience)
        except Unreachable:
            if not repeatable or self._closed:
                raise
            result = self._do(self._run(text, given, patience), patience)
        if result.status == NO_PROGRAM and not isinstance(command, str):
            raise NotFound(f"there is no program '{command[0]}' on {self.place}")
        return result

    def read(self, path: str) -> Iterator[bytes]:
        """The pieces of a file, by sftp."""
        with self._opened(path, asyncssh.FXF_READ) as file:
            begin = 0
            while piece := self._do(self._told(path, file.read(PIECE, begin))):
                assert isinstance(piece, bytes)  # the file has no encoding
                yield piece
                begin += len(piece)

    def write(self, path: str, pieces: Iterable[bytes | int], told: Callable[[int], None]) -> None:
        """Writes a file anew, by sftp."""
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
        with self._opened(path, flags) as file:
            done = 0
            for piece in pieces:
                if not isinstance(piece, int):
                    self._do(self._told(path, file.write(piece, done)))
                done += piece if isinstance(piece, int) else len(piece)
                told(done)
            self._do(self._told(path, file.truncate(done)))

    def close(self) -> None:
        """Closes the connection for good."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            self._loop.soon(connection.abort)

    def _do(self, work: Coroutine[Any, Any, T], patience: float = PATIENCE) -> T:
        """Has something done in the loop; raises nothing but drivers' errors."""
        try:
            return self._loop.run(work, patience + _SLACK)
        except DriverError:
            raise
        except TimeoutError as error:
            raise TooSlow(f"{self.place} did not answer within {patience:g} s") from error
        except (asyncssh.Error, OSError) as error:
            raise Unreachable(f"the connection to {self.place} was lost: {error}") from error

    async def _connected(self) -> asyncssh.SSHClientConnection:
        async with self._opening:
            if self._closed:
                raise Unreachable(f"the connection to {self.place} is closed", "open it again")
            if self._connection is None or self._connection.is_closed():
                self._connection = await open_connection(self._address, self._credentials)
            return self._connection

    async def _session(self, text: str) -> asyncssh.SSHClientProcess[bytes]:
        """A session in which the command runs; opened anew once where the connection had gone meanwhile."""
        for last in (False, True):
            connection = await self._connected()
            try:
                return await connection.create_process(text, encoding=None)
            except asyncssh.ChannelOpenError as error:
                if error.code == asyncssh.OPEN_REQUEST_SESSION_FAILED or last:
                    raise  # it may have been sent
                connection.abort()
                self._connection = None
        raise AssertionError

    async def _run(self, text: str, given: bytes, patience: float) -> CommandResult:
        async with self._places:
            process = await self._session(text)
            try:
                async with asyncio.timeout(patience):
                    _, output, complaint = await asyncio.gather(
                        _feed(process, given), self._heard(process.stdout), self._heard(process.stderr)
                    )
                    await process.wait_closed()
            except TimeoutError as error:
                process.kill()
                raise TooSlow(f"a command did not end within {patience:g} s on {self.place}") from error
            finally:
                process.close()
        if process.returncode is None:
            raise Unreachable(f"the connection to {self.place} was lost while a command ran there")
        return CommandResult(process.returncode, output, complaint)

    async def _heard(self, stream: asyncssh.SSHReader[bytes]) -> bytes:
        heard = bytearray()
        while piece := await stream.read(PIECE):
            heard += piece
            if len(heard) > _MOST:
                raise Refused(f"{self.place} answers without end (more than {_MOST >> 20} MiB)")
        return bytes(heard)

    @contextmanager
    def _opened(self, path: str, flags: int) -> Iterator[asyncssh.SFTPClientFile]:
        """A file, in an sftp session of its own that ends with it."""
        client = self._do(self._sftp())
        try:
            file = self._do(self._told(path, _open(client, path, flags)))
            try:
                yield file
            finally:
                with suppress(DriverError):
                    self._do(file.close())
        finally:
            self._loop.soon(client.exit)

    async def _sftp(self) -> asyncssh.SFTPClient:
        return await (await self._connected()).start_sftp_client()

    async def _told(self, path: str, work: Coroutine[Any, Any, T]) -> T:
        """What goes wrong with a file, in our terms."""
        try:
            return await work
        except asyncssh.SFTPNoSuchFile as error:
            raise NotFound(f"'{path}' is not on {self.place}") from error
        except asyncssh.SFTPConnectionLost:
            raise
        except asyncssh.SFTPError as error:
            raise Refused(f"'{path}' on {self.place}: {error.reason}") from error


async def _open(client: asyncssh.SFTPClient, path: str, flags: int) -> asyncssh.SFTPClientFile:
    return await client.open(path, flags, encoding=None)


async def _feed(process: asyncssh.SSHClientProcess[bytes], given: bytes) -> None:
    """Gives a command what it is to read, as fast as it takes it."""
    with suppress(BrokenPipeError, asyncssh.ConnectionLost):  # it had read enough
        for begin in range(0, len(given), PIECE):
            process.stdin.write(given[begin : begin + PIECE])
            await process.stdin.drain()
        process.stdin.write_eof()

"""A PostgreSQL of the tests' own: real, on a free port, with its data in /tmp, and gone with the tests.

from tests.support.postgres import session_postgres

server = session_postgres()
url = server.database()            # a new, empty one: postgresql://postgres@127.0.0.1:PORT/t1
server.kill()                      # as when the machine loses power
server.start()
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg

from state import open_state
from tests.support.session import unavailable

USER = "postgres"
GUARDED = "guarded"
"""A role of this name, once a test has made it, has to give its password; all others need none."""

_BINARIES = Path("/usr/lib/postgresql")
_AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups") if os.geteuid() == 0 else ()
"""PostgreSQL refuses to run as root."""

_STOPS = {"immediate": signal.SIGQUIT, "fast": signal.SIGINT}
# A crash of PostgreSQL's own processes loses nothing without fsync, only one of the machine's kernel does.
_SETTINGS = """
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
autovacuum_naptime = 1h
timezone = UTC
"""
_WHO = f"""
local all all trust
host all {GUARDED} all scram-sha-256
host all all all trust
"""
# Outlives the tests when they are killed, by the time that it takes to end what they left.
_WATCH = """
cat
pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -CONT -- "$pid" && kill -QUIT "$pid"
rm -rf "$0"
"""


_END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE made text;
BEGIN
    FOR made IN SELECT tablename FROM pg_tables WHERE schemaname = 'virt_reconcile'
        AND tablename NOT IN ('meta', 'secrets', 'numbering', 'timelines')
    LOOP
        EXECUTE format('DELETE FROM virt_reconcile.%I', made);
    END LOOP;
    UPDATE virt_reconcile.meta SET value = replace(gen_random_uuid()::text, '-', '') WHERE key = 'lineage';
END $$
"""


class PostgresServer:
    """One server. `stop`, `kill` and `freeze` are what befalls it; `start` and `thaw` bring it back, with
    all that was committed. `settings` are further lines of its configuration, `listen` its address."""

    def __init__(self, *, settings: str = "", listen: str = "127.0.0.1") -> None:
        self.address, self.port = listen, _free_port(listen)
        self.folder = Path(tempfile.mkdtemp(prefix="vr-postgres-", dir="/tmp"))
        self._names = (f"t{number}" for number in itertools.count(1))
        self._watch = subprocess.Popen(
            ["sh", "-c", _WATCH, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self._run("initdb", "--auth=trust", f"--username={USER}", "--no-sync", "--no-locale", "-E", "UTF8")
        own = f"port = {self.port}\nlisten_addresses = '{listen}'\nunix_socket_directories = '{self.folder}'"
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS + own + "\n" + settings)
        (self.data / "pg_hba.conf").write_text(_WHO)

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    def url(self, database: str = "postgres", user: str = USER) -> str:
        """Where a database is."""
        return f"postgresql://{user}@{self.address}:{self.port}/{database}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = next(self._names)
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql answers: a row a line, | between columns."""
        return self._run(
            "psql", "-h", str(self.folder), "-p", str(self.port), "-U", USER, "-d", database,
            "-v", "ON_ERROR_STOP=1", "-qAtX", "-c", statement,
        )  # fmt: skip

    def start(self) -> None:
        """Starts it, and returns when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_AS_USER, _binary("postgres"), "-D", self.data],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL does not start: {self._log()}")
            time.sleep(0.01)

    def stop(self, mode: str = "immediate") -> None:
        """Stops it: `immediate` breaks all connections and recovers at the next start, `fast` does not."""
        self._process.send_signal(_STOPS[mode])
        self._process.wait(120)

    def restart(self, mode: str = "immediate") -> None:
        """Stops it and starts it again."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """Kills all of its processes, as when its machine loses power."""
        first = self._process.pid
        os.kill(first, signal.SIGSTOP)  # it would start new ones in the place of those that end
        everyone = [first, *_children(first)]
        _send(everyone, signal.SIGKILL)
        self._process.wait(120)
        while any(_runs(pid) for pid in everyone):
            time.sleep(0.01)

    def freeze(self) -> None:
        """Makes it hang: connections stay, and nobody answers."""
        first = self._process.pid
        os.kill(first, signal.SIGSTOP)
        _send(_children(first), signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        first = self._process.pid
        _send([*_children(first), first], signal.SIGCONT)

    def promote(self) -> None:
        """Has it recover onto a new timeline, as a standby does that takes over."""
        self.stop("fast")
        (self.data / "recovery.signal").touch()
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write("restore_command = 'false'\nhot_standby = off\n")
        self.start()

    def close(self) -> None:
        """Ends it and removes its folder."""
        if self._process.poll() is None:
            self.thaw()
            self.stop()
        self._watch.communicate()

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [*_AS_USER, _binary(program), *arguments],
            cwd=self.folder,
            env={**os.environ, "PGDATA": str(self.data), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"`{program} {' '.join(arguments)}` failed: {done.stderr}{self._log()}")
        return done.stdout.rstrip("\n")

    def _is_ready(self) -> bool:
        """PostgreSQL says so itself, for pg_ctl (LOCK_FILE_LINE_PM_STATUS in miscadmin.h)."""
        with suppress(FileNotFoundError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[:1] == [str(self._process.pid)] and lines[7:8] == ["ready   "]
        return False

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""


@functools.cache
def session_postgres() -> PostgresServer:
    """The session's server; skips the test on a machine that cannot run one."""
    try:
        if os.geteuid() == 0:
            pwd.getpwnam(USER)
        server = PostgresServer()
        atexit.register(server.close)
        server.start()
        return server
    except (FileNotFoundError, KeyError) as error:
        unavailable(f"no PostgreSQL can be started: {error}; apt install postgresql")


@functools.cache
def _states() -> Iterator[str]:
    urls = [session_postgres().database() for _ in range(2)]
    for url in urls:
        open_state(url).close()
    return itertools.cycle(urls)


def empty_state() -> str:
    """The URL of an empty state, for little: making a database takes long, so two are emptied in turn."""
    url = next(_states())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_END_OTHERS)
        connection.execute(_EMPTY)
    return url


def _free_port(address: str) -> int:
    with socket.socket() as taken:
        taken.bind((address, 0))
        return int(taken.getsockname()[1])


def _binary(name: str) -> str:
    found = sorted(_BINARIES.glob(f"*/bin/{name}"))
    if not found:
        raise FileNotFoundError(f"{_BINARIES}/*/bin/{name} is missing")
    return str(found[-1])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _runs(pid: int) -> bool:
    """A zombie is none any more: whoever adopted it has not looked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

"""Commands on this machine and over a real sshd: the same words, the same answers, the same errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.base.errors import NotFound, Refused, Unreachable
from drivers.native import ssh_opening
from drivers.native.commands import PIECE, Commands, TooSlow
from drivers.native.local import LocalCommands
from drivers.native.ssh import SshCommands
from drivers.native.ssh_opening import SshAddress
from tests.support.sshd import CALLED, SshServer


class Broken:
    """Content that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"begin"
        raise KeyError("broken")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    server = SshServer(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture
def home(server: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def ssh(home: None) -> Iterator[SshCommands]:
    commands = SshCommands(SshAddress(CALLED))
    yield commands
    commands.close()


@pytest.fixture(params=["local", "ssh"])
def commands(request: pytest.FixtureRequest) -> Commands:
    if request.param == "local":
        return LocalCommands()
    found: Commands = request.getfixturevalue("ssh")
    return found


def test_a_command_gets_its_words_and_tells_how_it_ended(commands: Commands) -> None:
    odd = 'it\'s $HOME; "two"  blanks\n*'
    said = commands.run(["printf", "%s", odd])
    assert (said.status, said.text, said.error) == (0, odd, "")
    assert commands.run("echo one; echo two >&2; exit 3").status == 3
    assert commands.run(["cat"], given=b"\0" * 700_000).output == b"\0" * 700_000
    assert commands.run("exec 0<&-; echo done", given=b"x" * 700_000).text == "done\n"
    assert commands.run(["cat", "/absent"]).error.endswith("No such file or directory")
    with pytest.raises(NotFound, match="no program 'vr-absent'"):
        commands.run(["vr-absent"])


def test_what_takes_too_long_is_ended(commands: Commands) -> None:
    began = time.monotonic()
    with pytest.raises(TooSlow, match="did not end within"):
        commands.run(["sleep", "60"], patience=0.2)
    assert time.monotonic() - began < 30
    assert commands.run(["echo", "on"]).text == "on\n"


def test_files_are_written_with_their_holes_and_read(commands: Commands, tmp_path: Path) -> None:
    file, told = tmp_path / "a file", list[int]()
    file.write_bytes(b"old" * PIECE)
    given: list[bytes | int] = [b"begin", 3 << 20, b"end", 4096]
    commands.write(str(file), iter(given), told.append)
    assert told == [5, 5 + (3 << 20), 8 + (3 << 20), 4104 + (3 << 20)]
    whole = b"begin" + bytes(3 << 20) + b"end" + bytes(4096)
    assert file.read_bytes() == whole
    assert file.stat().st_blocks * 512 < 1 << 20
    pieces = list(commands.read(str(file)))
    assert b"".join(pieces) == whole
    assert max(map(len, pieces)) <= PIECE
    with pytest.raises(NotFound):
        list(commands.read(str(tmp_path / "absent")))
    with pytest.raises(Refused):
        commands.write(str(tmp_path), iter([b"x"]), told.append)
    with pytest.raises(KeyError):
        commands.write(str(file), Broken(), told.append)


def test_one_that_is_closed_is_unreachable(commands: Commands) -> None:
    commands.run(["true"])
    commands.close()
    with pytest.raises(Unreachable, match="closed"):
        commands.run(["true"], repeatable=True)


def test_many_threads_share_one_connection(ssh: SshCommands, server: SshServer) -> None:
    before = (server.folder / "log").read_text().count("Accepted publickey")
    with ThreadPoolExecutor(12) as workers:
        said = list(workers.map(lambda number: ssh.run(["echo", str(number)]).text, range(12)))
    assert said == [f"{number}\n" for number in range(12)]
    assert (server.folder / "log").read_text().count("Accepted publickey") == before + 1


def test_a_lost_connection_is_opened_again_and_nothing_is_done_twice(
    ssh: SshCommands, server: SshServer, tmp_path: Path
) -> None:
    ssh.run(["true"])
    server.cut()  # while nobody asks: what was not sent is sent over a new one
    assert ssh.run(["echo", "again"]).text == "again\n"

    def cut_while(file: Path) -> None:
        while not file.exists():
            time.sleep(0.01)
        server.cut()

    for repeatable in (False, True):
        file = tmp_path / f"runs-{repeatable}"
        cutter = threading.Thread(target=cut_while, args=(file,))
        cutter.start()
        text = f"echo run >> '{file}'; [ $(wc -l < '{file}') = 2 ] || exec sleep 30"
        if repeatable:
            assert ssh.run(text, repeatable=True).status == 0
        else:
            with pytest.raises(Unreachable, match="lost"):
                ssh.run(text)
        cutter.join(30)
        assert file.read_text().count("run") == 1 + repeatable


@pytest.mark.usefixtures("home")
def test_whoever_cannot_be_trusted_or_reached_is_told_with_what_to_do(
    server: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, known = server.home / ".ssh/config", server.home / ".ssh/known"
    settings, keys = config.read_text(), known.read_text()

    def refusal(host: str = CALLED, *, user: str = "", port: int = 0) -> str:
        commands = SshCommands(SshAddress(host, user, port), {"passphrase": "correct horse"} if user else {})
        with pytest.raises(Unreachable) as caught:
            commands.run(["true"])
        commands.close()
        return str(caught.value)

    try:
        for unknown in (settings.replace(str(known), "/dev/null"), settings.replace(str(known), "none")):
            config.write_text(f"{unknown}\n StrictHostKeyChecking no\n")
            assert "not known here (look at its fingerprint and accept it, once" in refusal()
        config.write_text(settings)
        known.write_text(keys.replace("AAAA", "AAAB"))
        assert "key is not known here" in refusal()
        known.write_text(keys.replace(keys.split()[2], (server.home / ".ssh/key.pub").read_text().split()[1]))
        said = refusal()
        assert "shows another key than the one that is known here" in said
        assert f"once: ssh-keygen -R {CALLED}; ssh {CALLED}" in said
    finally:
        config.write_text(settings)
        known.write_text(keys)
    said = refusal(user="nobody")
    assert "does not let us in" in said
    assert f"once: ssh-copy-id nobody@{CALLED}" in said
    assert "correct horse" not in said
    assert "cannot connect to" in refusal("absent.invalid")
    assert "nobody listens on its port 1" in refusal(port=1)
    monkeypatch.setattr(ssh_opening, "OPENING", 0.5)
    with server.frozen():
        assert "did not answer within 0.5 s" in refusal()

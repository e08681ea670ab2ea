"""Logs of guests: of a real QEMU, and files that are not there, may not be read, or are shortened."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.contract.complete import open_complete
from drivers.libvirt.logfiles import folder_of, reader_of
from specs.desired import StopPolicy
from specs.identity import Kind
from specs.uris import Parts, parts_of
from tests.support.session import session_host


def parts(uri: str) -> Parts:
    found = parts_of(uri)
    assert found is not None
    return found


@pytest.mark.real
def test_the_log_and_the_console_of_a_guest_of_a_host_in_namespaces() -> None:
    host = session_host()
    host.clear()
    kept = host.root / "images" / "console.log"
    document = (
        "<domain type='qemu'><name>logged</name><memory unit='MiB'>32</memory><os><type>hvm</type></os>"
        f"<devices><serial type='pty'><log file='{kept}'/></serial></devices></domain>"
    )
    with closing(open_complete(host.qemu, host="hv1")) as driver:
        driver.lifecycle.define(Kind.DOMAIN, "logged", document)
        driver.lifecycle.start(Kind.DOMAIN, "logged")
        assert driver.logs is not None
        own, console = driver.logs.places("logged")
        assert (own.writer, own.path) == ("qemu", "/var/log/libvirt/qemu/logged.log")
        assert (console.writer, console.path) == ("console", str(kept))
        piece = driver.logs.read(own, None, 1 << 20)
        assert b"guest=logged" in piece.data
        assert driver.logs.read(own, piece.end, 1 << 20).data == b""
        with pytest.raises(NotFound):
            driver.logs.places("absent")
        driver.lifecycle.stop(Kind.DOMAIN, "logged", StopPolicy(methods=(), deadline=5, force=True))
    host.clear()


def test_a_piece_begins_where_the_last_one_ended(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    read = reader_of(parts("qemu:///system"))
    with pytest.raises(NotFound):
        read(str(log), None, 9)
    log.write_bytes(b"one\ntwo\n")
    assert read(str(log), None, 4).data == b"two\n"
    assert (read(str(log), 4, 9).data, read(str(log), 4, 9).end) == (b"two\n", 8)
    assert read(str(log), 99, 9).data == b"one\ntwo\n"
    with pytest.raises(Refused, match="it is no plain file"):
        read(str(tmp_path), None, 9)


def test_by_ssh_and_by_ways_that_give_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, program = tmp_path / "web.log", tmp_path / "ssh"
    program.write_text('#!/bin/sh\necho "$@" >> "$0.said"\nfor last; do :; done\nexec sh -c "$last"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    read = reader_of(parts("qemu+ssh://root@hv1:2222/system"))
    with pytest.raises(NotFound):
        read(str(log), None, 9)
    log.write_bytes(b"one\ntwo\n")
    assert (read(str(log), None, 4).data, read(str(log), None, 4).end) == (b"two\n", 8)
    assert read(str(log), 4, 9).data == b"two\n"
    assert read(str(log), 99, 9).data == b"one\ntwo\n"
    said = (tmp_path / "ssh.said").read_text()
    assert "-p 2222 -l root -- hv1 sh -c" in said
    program.write_text("#!/bin/sh\necho refused >&2\nexit 255\n")
    with pytest.raises(Unreachable, match="by ssh: refused"):
        read(str(log), None, 9)
    with pytest.raises(Unsupported, match=r"reached by tls.*qemu\+ssh"):
        reader_of(parts("qemu://hv1/system"))
    assert folder_of(parts("qemu+ssh://hv1/session"), "qemu") == ".cache/libvirt/qemu/log"
    assert folder_of(parts("qemu:///session"), "qemu").endswith("/libvirt/qemu/log")

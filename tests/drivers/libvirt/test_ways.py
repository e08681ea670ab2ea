"""Who cannot be reached is told what to run once: by what ssh and libvirt really say."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.base.errors import Unreachable
from drivers.base.ways import HostWay, advice
from drivers.libvirt.opening import open_handle
from tests.support.session import unavailable
from tests.support.sshd import CALLED, SshServer

HV1, AT_PORT = "qemu+ssh://me@hv1/system", "qemu+ssh://root@hv1:2222/system"
NO_SOCKET = (
    "End of file while reading data: virt-ssh-helper: cannot connect to '/var/run/libvirt/libvirt-sock':"
    " Failed to connect socket to '/var/run/libvirt/libvirt-sock': {}: Input/output error"
)


@pytest.mark.parametrize(
    ("uri", "said", "why", "hint"),
    [
        (HV1, "Host key verification failed.", "not known", "once, as the user that runs this: ssh me@"),
        (HV1, "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @ … Host key verification failed.",
         "another key", "once: ssh-keygen -R hv1; ssh me@hv1"),
        (AT_PORT, "!!! SSH HOST KEY VERIFICATION FAILED !!!", "another key", "-R '[hv1]:2222'; ssh -p 2222"),
        (HV1, "me@hv1: Permission denied (publickey).", "does not let us in", "once: ssh-copy-id me@hv1"),
        ("qemu+libssh://root@hv1/system", "authentication failed: error while reading private key '/k'",
         "no key that ssh has is one of root's", "ssh-copy-id root@hv1"),
        (HV1, "ssh: Could not resolve hostname hv1: Name or service not known", "nobody knows the name hv1",
         "getent hosts hv1"),
        (HV1, "ssh: connect to host hv1 port 22: Connection refused", "its port 22", "openssh-server"),
        (HV1, "ssh: connect to host hv1 port 22: No route to host", "did not answer", "a firewall"),
        (HV1, "Connection to hv1 port 22 timed out: Connection reset by peer", "did not answer", "is it up"),
        (HV1, "sh: 1: nc: not found: Input/output error", "lacks what leads",
         "ssh -t me@hv1 sudo apt install libvirt-daemon-system netcat-openbsd"),
        (HV1, "sh: line 1: virt-ssh-helper: command not found", "lacks what leads", "apt install"),
        (AT_PORT, NO_SOCKET.format("No such file or directory"), "not running there",
         "once: ssh -t -p 2222 root@hv1 systemctl enable --now libvirtd.socket"),
        (HV1, "nc: unix connect failed: No such file or directory", "not running there", "libvirtd.socket"),
        (HV1, NO_SOCKET.format("Permission denied"), "me may not use libvirt there",
         "ssh -t me@hv1 sudo adduser me libvirt"),
        (HV1, "Cannot find 'ssh' in path: No such file or directory", "no ssh", "apt install openssh-client"),
        ("qemu+tcp://hv1/system", "unable to connect to server at 'hv1:16509': Connection refused",
         "no libvirtd is listening", "enable --now libvirtd-tcp.socket"),
        ("qemu://hv1/system", "unable to connect to server at 'hv1:16514': Connection refused",
         "no libvirtd is listening", "enable --now libvirtd-tls.socket; or use qemu+ssh://hv1/system"),
        ("qemu+tls://hv1/system", "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file",
         "no certificates", "tlscerts.html"),
        ("qemu+tcp://hv1/system", "Unable to resolve address 'hv1' service '16509': Name or service not…",
         "nobody knows the name hv1", "getent"),
    ],
)  # fmt: skip
def test_what_was_said_is_told_with_what_to_run(uri: str, said: str, why: str, hint: str) -> None:
    found = advice(uri, said)
    assert found is not None
    assert why in found.why
    assert hint in found.hint
    assert "$" not in found.why + found.hint.replace("$USER", "")


def test_what_is_not_known_is_left_as_it_is() -> None:
    assert advice(HV1, "something new") is None
    assert advice("qemu:///system", "Permission denied") is None
    assert HostWay.of("qemu:///system") == HostWay()
    told = advice(HV1, "Permission denied (publickey).", agent=False)
    assert told is not None
    assert "there is no ssh-agent" in told.hint


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    try:
        server = SshServer(tmp_path_factory.mktemp("sshd"))
    except Exception as error:  # noqa: BLE001
        unavailable(str(error))
    yield server
    server.stop()


@pytest.mark.real
def test_what_a_real_ssh_says(server: SshServer, tmp_path: Path) -> None:
    settings = (server.home / ".ssh/config").read_text()
    known, key = server.home / ".ssh/known", server.home / ".ssh/key"
    changed = tmp_path / "changed"
    changed.write_text(f"{known.read_text().split()[0]} {(server.home / '.ssh/key.pub').read_text()}")
    ssh, me = tmp_path / "ssh", getpass.getuser()

    def refusal(settings: str, path: str = "", host: str = CALLED) -> str:
        (tmp_path / "config").write_text(settings)
        ssh.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {tmp_path}/config "$@"\n')
        ssh.chmod(0o755)
        with pytest.raises(Unreachable) as caught:
            open_handle(f"qemu+ssh://{me}@{host}/system?command={ssh}{path}", readonly=True, credentials={})
        return str(caught.value)

    assert f"accept it, once, as the user that runs this: ssh {me}@{CALLED}" in refusal(
        settings.replace(str(known), "/dev/null")
    )
    assert f"once: ssh-keygen -R {CALLED}" in refusal(settings.replace(str(known), str(changed)))
    assert f"once: ssh-copy-id {me}@{CALLED}" in refusal(settings.replace(str(key), "/nowhere/key"))
    assert "nobody knows the name" in refusal(settings, host="nowhere.invalid")
    assert "netcat-openbsd" in refusal(settings, "&proxy=netcat&netcat=/nowhere/nc")


def test_a_daemon_of_this_machine_is_absent_or_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has: told by what libvirt says of a socket that is not there."""
    from drivers.libvirt import errors

    class Said(Exception):
        def get_error_message(self) -> str:
            return "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory"

    for there, hint in (
        ("/usr/sbin/libvirtd", "libvirtd is not running"),
        (None, "libvirtd is not installed"),
    ):
        monkeypatch.setattr("shutil.which", lambda *_, path, found=there: found)
        told = errors.unreachable("qemu:///system", Said())
        assert hint in told.hint
        assert "once: sudo" in told.hint

"""A real Xen host inside QEMU: no KVM is needed, every instruction is translated.

The first start boots it and saves its state into the disk; later starts go on from there within seconds.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.hypervisors.xen import dom0
from tests.hypervisors.xen.image import XenImage
from tests.support.errors import MissingComponent

_READY = "ready"  # the saved state
_BOOT_SECONDS = 300.0
_SAVE_SECONDS = 180.0
_ANSWER_SECONDS = 60.0
_MEMORY_MIB = 4096
_XEN = (
    "com1=115200,8n1 console=com1 loglvl=warning dom0_mem=1536M,max:1536M dom0_max_vcpus=2"
    " spec-ctrl=no,eager-fpu=1"
)
"""`eager-fpu`: with lazy switching dom0's programs lose SSE registers where instructions are translated."""

_DOM0 = "console=hvc0 quiet panic=-1 net.ifnames=0"


class XenHost:
    """A Xen host with libvirtd in its dom0, reached as `uri` while a `with` block lasts."""

    def __init__(self, folder: Path, image: XenImage) -> None:
        """`folder` is for what is said and asked while it runs."""
        self._folder, self._image = folder, image
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def uri(self) -> str:
        """Where libvirtd listens."""
        return f"xen+tcp://127.0.0.1:{self._port}/system"

    @property
    def console(self) -> Path:
        """What Xen and dom0 say."""
        return self._folder / "console.log"

    def __enter__(self) -> XenHost:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the host from its saved state, or boots it and saves that. Returns when libvirtd answers."""
        saved = self.has_saved_state()
        self._launch(saved)
        self._await(saved)
        if not saved:
            self._command("stop", {})
            said = self._monitor(f"savevm {_READY}", _SAVE_SECONDS)
            if said.strip():
                raise MissingComponent(f"QEMU cannot save the host's state: {said.strip()}")
            self._command("cont", {})

    def stop(self) -> None:
        """Ends the host as a power cut would: the next start begins from the saved state anyhow."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_ANSWER_SECONDS)
            self._process = None

    def has_saved_state(self) -> bool:
        """Whether a start takes seconds."""
        told = subprocess.run(
            ["qemu-img", "snapshot", "-l", "-U", str(self._image.disk)],
            capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False,
        )  # fmt: skip
        return f" {_READY} " in told.stdout

    def type(self, line: str) -> None:
        """Types a line at dom0's console, where a shell is."""
        with socket.socket(socket.AF_UNIX) as console:
            console.settimeout(_ANSWER_SECONDS)
            console.connect(str(self._folder / "console"))
            console.sendall(line.encode() + b"\n")
            time.sleep(0.2)

    def _launch(self, saved: bool) -> None:
        program = shutil.which("qemu-system-x86_64")
        if program is None:
            raise MissingComponent("no qemu-system-x86_64; on Debian: apt-get install qemu-system-x86")
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in (self.console, self._qmp):
            path.unlink(missing_ok=True)
        self._port = _free_port()
        forward = f"hostfwd=tcp:127.0.0.1:{self._port}-:{dom0.LIBVIRT_PORT}"
        image, serial = self._image, self._folder / "console"
        command = [
            program, "-nodefaults", "-display", "none", "-machine", "pc", "-accel", "tcg,thread=multi",
            "-cpu", "max,-smap,-rdtscp", "-smp", "2", "-m", str(_MEMORY_MIB),
            "-kernel", str(image.hypervisor), "-append", _XEN,
            "-initrd", f"{image.kernel} {_DOM0},{image.initrd}",
            "-drive", f"file={image.disk},if=virtio,format=qcow2,cache=unsafe",
            "-netdev", f"user,id=net,{forward}", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-chardev", f"socket,id=serial,path={serial},server=on,wait=off,logfile={self.console}",
            "-serial", "chardev:serial",
            "-qmp", f"unix:{self._qmp},server=on,wait=off",
            *(("-loadvm", _READY) if saved else ()),
        ]  # fmt: skip
        errors = (self._folder / "qemu.log").open("wb")
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True
        )
        errors.close()

    @property
    def _qmp(self) -> Path:
        return self._folder / "qmp"

    def _await(self, saved: bool) -> None:
        """Waits until libvirtd answers: dom0 says so once, and a host that goes on is asked at once."""
        until = time.monotonic() + _BOOT_SECONDS
        while not (saved or dom0.READY in self.said()) or not self._listens():
            assert self._process is not None
            if self._process.poll() is not None:
                raise MissingComponent(f"QEMU ended: {(self._folder / 'qemu.log').read_text()[-1000:]}")
            if time.monotonic() > until:
                self.stop()
                raise MissingComponent(
                    f"the Xen host did not get ready within {_BOOT_SECONDS:g} s; {self.console} ends with:\n"
                    f"{self.said()[-2000:]}"
                )
            time.sleep(0.2)

    def said(self) -> str:
        """The console so far."""
        return self.console.read_text(errors="replace") if self.console.exists() else ""

    def _listens(self) -> bool:
        """Whether libvirtd lists its guests; QEMU's own forwarding answers long before."""
        asked = ["virsh", "-r", "-c", self.uri, "list", "--all", "--name"]
        try:
            done = subprocess.run(asked, capture_output=True, timeout=_ANSWER_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _monitor(self, line: str, seconds: float) -> str:
        return str(self._command("human-monitor-command", {"command-line": line}, seconds))

    def _command(self, name: str, arguments: dict[str, str], seconds: float = _ANSWER_SECONDS) -> object:
        """What QEMU's monitor answers."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(seconds)
            monitor.connect(str(self._qmp))
            with monitor.makefile("rw") as lines:
                lines.readline()  # its greeting
                answer: object = None
                for call, given in (("qmp_capabilities", {}), (name, arguments)):
                    lines.write(json.dumps({"execute": call, "arguments": given}) + "\n")
                    lines.flush()
                    answer = _answer(lines.readline)
                return answer


def _answer(readline: object) -> object:
    """The first reply that is no event."""
    assert callable(readline)
    while True:
        reply = json.loads(readline())
        if "error" in reply:
            raise MissingComponent(f"QEMU: {reply['error'].get('desc')}")
        if "return" in reply:
            return reply["return"]


def _free_port() -> int:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
    return 0

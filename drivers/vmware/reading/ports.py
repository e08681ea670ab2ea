"""Serial and parallel ports, shared folders, the remote display and the video card."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.native import Display, SerialPort, SharedFolder, VideoCard
from drivers.vmware.reading.drives import whole_path
from drivers.vmware.text import NotVmx, VmxFile

PROTOCOLS = {
    "tcp": "raw", "tcp4": "raw", "tcp6": "raw", "telnet": "telnet", "telnets": "telnets",
    "ssl": "tls", "tcp+ssl": "tls", "tcp4+ssl": "tls", "tcp6+ssl": "tls",
}  # fmt: skip
"""The scheme of a port's URI → libvirt's protocol (VirtualSerialPortURIBackingInfo)."""

DEFAULT_VRAM = 4 << 20
_MOST_FOLDERS = 64


def serials_of(vmx: VmxFile, folder: str) -> tuple[SerialPort, ...]:
    """Up to four (virVMXParseSerial). Raises NotVmx."""
    present = (port for port in range(4) if vmx.yes(f"serial{port}.present"))
    return tuple(_serial(vmx, port, folder) for port in present)


def parallels_of(vmx: VmxFile, folder: str) -> tuple[SerialPort, ...]:
    """Up to three (virVMXParseParallel). Raises NotVmx."""
    present = (port for port in range(3) if vmx.yes(f"parallel{port}.present"))
    return tuple(_plain_port(vmx, "parallel", port, folder) for port in present)


def _serial(vmx: VmxFile, port: int, folder: str) -> SerialPort:
    kind, file = vmx.word(f"serial{port}.fileType"), vmx.get(f"serial{port}.fileName") or ""
    if kind == "pipe":
        return SerialPort(type="pipe", path=file, port=port)
    if kind != "network":
        return _plain_port(vmx, "serial", port, folder)
    scheme, _, place = file.rpartition("://")
    host, _, service = place.partition("?")[0].rstrip("/").rpartition(":")
    if not scheme or not service.isdecimal():
        return SerialPort(type="null", port=port)  # a proxy's own words: libvirt takes it so since 9.1
    if scheme.lower() not in PROTOCOLS:
        raise NotVmx(f"serial{port}.fileName is '{file}'; such as telnet://0.0.0.0:42001")
    end = vmx.word(f"serial{port}.network.endPoint")
    if end not in ("", "server", "client"):
        raise NotVmx(f"serial{port}.network.endPoint is '{end}'; it is server or client")
    return SerialPort(
        type="tcp",
        host=host,
        service=service,
        mode="connect" if end == "client" else "bind",
        protocol=PROTOCOLS[scheme.lower()],
        port=port,
    )


def _plain_port(vmx: VmxFile, what: str, port: int, folder: str) -> SerialPort:
    """A device of the host, which it is where nothing is said, or a file."""
    kind, file = vmx.word(f"{what}{port}.fileType"), vmx.get(f"{what}{port}.fileName")
    if kind == "file":
        return SerialPort(type="file", path=whole_path(file or "", folder), port=port)
    if kind not in ("", "device", "thinprint"):
        raise NotVmx(f"{what}{port}.fileType is '{kind}', which nobody knows")
    return SerialPort(type="dev", path=file, port=port)


def folders_of(vmx: VmxFile) -> tuple[SharedFolder, ...]:
    """Those that are enabled (virVMXParseFileSystem). Raises NotVmx."""
    if vmx.yes("isolation.tools.hgfs.disable", True):
        return ()
    return tuple(_folders(vmx))


def _folders(vmx: VmxFile) -> Iterator[SharedFolder]:
    for number in range(min(vmx.number("sharedFolder.maxNum"), _MOST_FOLDERS)):
        prefix = f"sharedFolder{number}"
        if vmx.yes(f"{prefix}.present") and vmx.yes(f"{prefix}.enabled"):
            yield SharedFolder(
                accessmode="passthrough",
                source=vmx.get(f"{prefix}.hostPath"),
                target=vmx.get(f"{prefix}.guestName"),
                readonly=not vmx.yes(f"{prefix}.writeAccess"),
            )


def displays_of(vmx: VmxFile) -> tuple[Display, ...]:
    """The VNC server, if it is on (virVMXParseVNC); its password stays where it is. Raises NotVmx."""
    if not vmx.yes("RemoteDisplay.vnc.enabled"):
        return ()
    port = vmx.number("RemoteDisplay.vnc.port", -1)
    address = vmx.get("RemoteDisplay.vnc.ip")
    return (
        Display(
            port=-1 if port < 0 else port,
            autoport=port < 0,
            keymap=vmx.get("RemoteDisplay.vnc.keymap"),
            listen=address,
            listen_type="address",
            address=address,
        ),
    )


def videos_of(vmx: VmxFile) -> tuple[VideoCard, ...]:
    """The one card that every machine has (virVMXParseSVGA)."""
    size = vmx.number("svga.vramSize", DEFAULT_VRAM)
    return (VideoCard(type="vmvga", vram=-(-size // 1024), primary=True),)

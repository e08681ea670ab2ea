"""Serial and parallel ports, shared folders, the remote display and the video card."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.base.errors import Refused
from drivers.native import Machine, SerialPort, SharedFolder
from drivers.vmware.reading.drives import AUTO_DETECT
from drivers.vmware.reading.ports import DEFAULT_VRAM
from drivers.vmware.writing.drives import within

_SCHEMES = {"raw": "tcp", "telnet": "telnet", "telnets": "telnets", "tls": "ssl"}
_PORTS = {"serial": 4, "parallel": 3}


def port_entries(machine: Machine, folder: str) -> dict[str, str]:
    """The entries of serial and parallel ports. Raises Refused."""
    entries: dict[str, str] = {}
    for what, ports in (("serial", machine.serials), ("parallel", machine.parallels)):
        for number, port in enumerate(ports):
            place = number if port.port is None else port.port
            if place >= _PORTS[what]:
                raise Refused(f"a VMware machine has {_PORTS[what]} {what} ports, from 0 on: no {place}")
            said = {"present": "TRUE", **_port(port, folder)}
            entries |= {f"{what}{place}.{key}": value for key, value in said.items()}
    return entries


def _port(port: SerialPort, folder: str) -> dict[str, str]:
    if port.type == "dev":
        return {"fileType": "device", "fileName": port.path or AUTO_DETECT}
    if port.type == "file":
        return {"fileType": "file", "fileName": within(port.path or "", folder)}
    if port.type == "pipe":
        return {"fileType": "pipe", "fileName": port.path or "", "pipe.endPoint": "server"}
    if port.type == "null":
        return {"fileType": "network"}  # whose name is no address, and stays as it is
    if port.type != "tcp":
        raise Refused(f"a port of type '{port.type}' is none that VMware has", "say file, dev, pipe or tcp")
    scheme = _SCHEMES[port.protocol or "raw"]
    return {
        "fileType": "network",
        "fileName": f"{scheme}://{port.host or '0.0.0.0'}:{port.service}",  # noqa: S104 - what it means there
        "network.endPoint": "client" if port.mode == "connect" else "server",
    }


def folder_entries(folders: Sequence[SharedFolder]) -> dict[str, str]:
    """The entries of shared folders (virVMXFormatFileSystem)."""
    if not folders:
        return {}
    entries = {"isolation.tools.hgfs.disable": "FALSE", "sharedFolder.maxNum": str(len(folders))}
    for number, folder in enumerate(folders):
        said = {
            "present": "TRUE",
            "enabled": "TRUE",
            "readAccess": "TRUE",
            "writeAccess": "FALSE" if folder.readonly else "TRUE",
            "hostPath": folder.source or "",
            "guestName": folder.target or "",
            "expiration": "never",
        }
        entries |= {f"sharedFolder{number}.{key}": value for key, value in said.items()}
    return entries


def display_entries(machine: Machine) -> dict[str, str]:
    """The VNC server, and the memory of the video card. Raises Refused."""
    entries: dict[str, str] = {}
    for display in machine.displays[:1]:
        entries["RemoteDisplay.vnc.enabled"] = "TRUE"
        if not display.autoport and (display.port or -1) > 0:
            entries["RemoteDisplay.vnc.port"] = str(display.port)
        if display.address or display.listen:
            entries["RemoteDisplay.vnc.ip"] = display.address or display.listen or ""
        if display.keymap:
            entries["RemoteDisplay.vnc.keymap"] = display.keymap
    for video in machine.videos[:1]:
        if video.vram and video.vram * 1024 != DEFAULT_VRAM:
            entries["svga.vramSize"] = str(video.vram * 1024)
    return entries

"""libvirt's event loop: it serves keepalive messages, streams that do not block, and callbacks."""

from __future__ import annotations

import threading

import libvirt

_mutex = threading.Lock()
_started = False


def start() -> None:
    """Runs the loop in a thread of its own, once per process; to be called before a connection is opened
    (virEventRegisterDefaultImpl). The thread never keeps the process from ending.

    A fork of a process that ran the loop has none: its calls work, and their keepalive too, for whoever
    waits for a reply serves the socket (virNetClientIOEventLoop).
    """
    global _started
    with _mutex:
        if not _started:
            libvirt.virEventRegisterDefaultImpl()
            threading.Thread(target=_serve, name="libvirt-events", daemon=True).start()
            _started = True


def _serve() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()

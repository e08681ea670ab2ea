"""Who this process is, for others to be told."""

from __future__ import annotations

import getpass
import os
import socket
import time

from state.leases import Holder


def this_process(command: str) -> Holder:
    """This process, as one that begins to hold something now."""
    return Holder(os.getpid(), socket.gethostname(), _user(), command, time.time())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return str(os.getuid())

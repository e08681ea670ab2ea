"""The real hosts that a test session shares, started when a test first needs them."""

from __future__ import annotations

import atexit
import functools
import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from reconciler.lab.errors import LabError

if TYPE_CHECKING:
    from tests.support.daemons import HostFleet, LibvirtHost


@functools.cache
def session_host() -> LibvirtHost:
    """The session's host; skips the test on a machine that cannot run one."""
    try:
        from tests.support.daemons import LibvirtHost

        host = LibvirtHost()
        atexit.register(host.close)
        return host.__enter__()
    except (ImportError, LabError) as error:
        unavailable(str(error))


@functools.cache
def session_fleet() -> HostFleet:
    """The session's three hosts that reach each other; skips the test on a machine that cannot run them."""
    try:
        from tests.support.daemons import HostFleet

        fleet = HostFleet()
        atexit.register(fleet.close)
        return fleet.open()
    except (ImportError, LabError) as error:
        unavailable(str(error))


def unavailable(reason: str) -> NoReturn:
    """Skips for want of something; where CI=true promises that all is there, fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)

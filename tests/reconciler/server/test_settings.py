"""Where the server may listen, and to whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.faults import Fault
from reconciler.server.settings import ListenAddress, ServerSettings

TOKENS = Path("tokens")


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        ("127.0.0.1:8411", "127.0.0.1", 8411, True),
        ("127.8.8.8:0", "127.8.8.8", 0, True),
        ("localhost:1", "127.0.0.1", 1, True),
        ("[::1]:65535", "::1", 65535, True),
        ("[::]:80", "::", 80, False),
        ("0.0.0.0:80", "0.0.0.0", 80, False),
        ("192.0.2.1:80", "192.0.2.1", 80, False),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, loopback: bool) -> None:
    address = ListenAddress.parse(text)
    assert (address.host, address.port, address.loopback) == (host, port, loopback)
    assert ListenAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "8411", ":8411", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8411", "[127.0.0.1]:80",
     "example.org:80", "127.0.0.1:٣", "127.0.0.1:-1", "127.0.0.1:8411 "],
)  # fmt: skip
def test_what_is_no_address_is_told_with_one_that_is(text: str) -> None:
    with pytest.raises(Fault, match=r"write HOST:PORT, such as 127\.0\.0\.1:8411"):
        ListenAddress.parse(text)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (ServerSettings(ListenAddress("0.0.0.0", 80)), "give --tokens FILE"),
        (ServerSettings(ListenAddress("::", 80)), "or listen on 127.0.0.1 only"),
        (ServerSettings(operate=True), "anybody on this machine could change"),
        (ServerSettings(names=("http://x",)), "that is no machine's name"),
        (ServerSettings(names=("",)), "that is no machine's name"),
        (ServerSettings(proxies=("proxy",)), "that is no address or network"),
        (ServerSettings(proxies=("10.0.0.1/8",)), "has host bits set"),
    ],
)
def test_what_would_be_open_to_anybody_is_refused(settings: ServerSettings, told: str) -> None:
    with pytest.raises(Fault, match=told):
        settings.check()


def test_what_is_guarded_may_be_anywhere() -> None:
    ServerSettings().check()
    everywhere = ListenAddress("0.0.0.0", 80)
    ServerSettings(everywhere, TOKENS, True, ("fleet.example.org",), ("10.0.0.0/8", "::1")).check()

"""Addresses: every one has a text of its own, and old texts mean what they meant."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specs.identity import MANAGED_KINDS, Address, Kind

_WORDS = st.text(st.sampled_from("ab@/%4052F \n\0ä"), max_size=8) | st.text(max_size=6)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    kind = draw(st.sampled_from(MANAGED_KINDS))
    host = "" if kind is Kind.DOMAIN else draw(_WORDS)
    return Address(kind, draw(_WORDS), host, draw(_WORDS) if kind is Kind.VOLUME else "")


@given(addresses())
@example(Address(Kind.NETWORK, "a@b", "c"))
@example(Address(Kind.NETWORK, "a", "b@c"))
@example(Address(Kind.VOLUME, "a", "", "b/c"))
def test_the_text_of_an_address_tells_it_from_every_other(address: Address) -> None:
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Network/lan@hv1", Address(Kind.NETWORK, "lan", "hv1")),
        ("Network/a@b@hv1", Address(Kind.NETWORK, "a@b", "hv1")),
        ("Network/a@b@", Address(Kind.NETWORK, "a@b")),
        ("Domain/a@b", Address(Kind.DOMAIN, "a@b")),
        ("Volume/pool/a/b@hv1", Address(Kind.VOLUME, "a/b", "hv1", "pool")),
        ("Volume/pool/v", Address(Kind.VOLUME, "v", "", "pool")),
        ("StoragePool/p@50%", Address(Kind.STORAGE_POOL, "p", "50%")),
    ],
)
def test_what_states_hold_is_read_and_written_as_it_was(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text

"""A quick look whether a document holds all that was given."""

from __future__ import annotations

import pytest

from specs.documents.holding import holds_all_of

GIVEN = "<domain><memory unit='GiB'>1</memory><devices><disk><target dev='vda'/></disk></devices></domain>"


@pytest.mark.parametrize(
    "document",
    [
        GIVEN,
        GIVEN.replace("'GiB'>1", "'KiB'>1048576"),
        GIVEN.replace("<devices>", "<uuid>1</uuid><devices><disk><target dev='vdb' bus='virtio'/></disk>"),
    ],
    ids=["the same", "another unit", "more"],
)
def test_it_holds_all(document: str) -> None:
    assert holds_all_of(document, GIVEN)


@pytest.mark.parametrize(
    "document",
    [
        GIVEN.replace("<disk><target dev='vda'/></disk>", ""),
        GIVEN.replace("vda", "vdb"),
        GIVEN.replace(" unit='GiB'", ""),
        GIVEN.replace("<target dev='vda'/>", "").replace("<devices>", "<devices><target dev='vda'/>"),
    ],
    ids=["an element is gone", "another disk", "an attribute is gone", "at another place"],
)
def test_it_lacks_something(document: str) -> None:
    assert not holds_all_of(document, GIVEN)

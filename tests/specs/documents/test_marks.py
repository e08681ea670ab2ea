"""What a mark says of the document that it stands in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from specs.documents.marks import Mark, beside_mark, put_mark, read_mark, remarked, without_mark
from specs.xml import parse

UUID = "4e81af16-332a-43ba-8505-4819aa10c336"
BARE = f"""<domain type='qemu'>
  <name>web</name>
  <uuid>{UUID}</uuid>
  <memory unit='KiB'>131072</memory>
</domain>
"""
OTHERS = '    <x:note xmlns:x="urn:x"><x:text>a b</x:text> c </x:note>\n'
MARK = Mark("shop", "0123", uuid=UUID, name="web")

texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)
marks = st.builds(
    lambda fleet, digest, readback, protect: Mark(
        fleet, digest, protect=protect, uuid=UUID, name="web", readback=readback
    ),
    texts,
    texts,
    texts,
    st.booleans(),
)


def marked(mark: Mark, others: str = "") -> str:
    """As libvirt writes it (virXMLFormatMetadata)."""
    metadata = f"  <metadata>\n{others}    {mark}\n  </metadata>\n"
    return BARE.replace("  <memory", f"{metadata}  <memory")


@given(marks)
def test_a_document_says_the_same_beside_any_mark(mark: Mark) -> None:
    assert beside_mark(marked(mark)) == BARE
    assert beside_mark(marked(mark, OTHERS)) == beside_mark(marked(MARK, OTHERS))
    assert OTHERS.strip() in beside_mark(marked(mark, OTHERS))


@given(marks, marks)
def test_another_mark_is_another_mark_and_nothing_else(one: Mark, other: Mark) -> None:
    assert remarked(marked(one, OTHERS), other) == marked(other, OTHERS)
    assert read_mark(marked(other)) == other


def test_a_document_without_metadata_or_with_that_of_others_stays() -> None:
    assert beside_mark(BARE) == BARE
    theirs = BARE.replace("  <memory", f"  <metadata>\n{OTHERS}  </metadata>\n  <memory")
    assert beside_mark(theirs) == theirs
    assert remarked(BARE, MARK) == ""


@pytest.mark.parametrize(
    "written",
    [
        '<owner xmlns="urn:virt-reconcile:1" fleet="shop" digest="{}"/>',
        '<vr:owner xmlns:vr="urn:virt-reconcile:1" fleet="shop" digest="{}"></vr:owner>',
        "<vr:owner fleet='a > b' xmlns:vr='urn:virt-reconcile:1' digest='{}'/>",
    ],
)
def test_a_mark_in_another_spelling_is_taken_out_too(written: str) -> None:
    documents = [BARE.replace("  <memory", f"<metadata>{written.format(d)}</metadata><memory") for d in "12"]
    assert beside_mark(documents[0]) == beside_mark(documents[1]) == without_mark(documents[0])
    assert "urn:virt-reconcile" not in beside_mark(documents[0])
    assert remarked(documents[0], MARK) == ""


def test_a_mark_vouches_for_what_was_read_back_and_nothing_else() -> None:
    declared = "<domain><name>web</name></domain>"
    mark = MARK.vouching(declared, marked(MARK))
    assert mark.vouches_for(marked(mark))
    assert mark.vouches_for(BARE)
    assert mark.vouching(declared, marked(mark)) == mark
    assert not mark.vouches_for(marked(mark).replace("131072", "131073"))
    assert not mark.vouches_for(marked(mark, OTHERS))
    assert not MARK.vouches_for(marked(MARK))


def test_a_definition_puts_the_identity_of_what_it_defines() -> None:
    for tag in ("domain", "network"):
        root = parse(f"<{tag}><name>lan</name><uuid>{UUID.upper().replace('-', '')}</uuid></{tag}>")
        put_mark(root, Mark("shop", "0123", uuid="another", name="another"))
        text = etree.tostring(root, encoding="unicode")
        assert read_mark(text) == Mark("shop", "0123", uuid=UUID, name="lan")


def test_whose_it_is_does_not_depend_on_what_was_applied() -> None:
    assert MARK.says_as(replace(MARK, digest="4567", commit="c", document="d", readback="r"))
    assert not MARK.says_as(replace(MARK, protect=True))

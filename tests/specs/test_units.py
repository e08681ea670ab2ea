"""Sizes and durations."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.units import (
    format_percent,
    format_size,
    parse_amount,
    parse_duration,
    parse_percent,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        (4096, 4096),
        ("512 B", 512),
        ("5 bytes", 5),
        ("1k", 1024),
        ("1KiB", 1024),
        ("1KB", 1000),
        ("2GiB", 2 * 1024**3),
        ("2 G", 2 * 1024**3),
        ("10gb", 10 * 1000**3),
        (" 1.5 GiB ", 1536 * 1024**2),
        ("1TiB", 1024**4),
        ("9007199254740993", 9007199254740993),
        ("8EiB", 8 * 1024**6),
    ],
)
def test_size(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "-1", -1, "1.3 B", "2 GiBs", "2iB", "1e3", "0x10", "2GiB 1MiB", True, None, [1], 1.5]
)
def test_no_size(text: Any) -> None:
    with pytest.raises(ValueError, match=r"size|negative|whole number"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        (8, "8GiB"),
        (512, "512MiB"),
        ("1024", "1024MiB"),
        (" 2048 ", "2048MiB"),
        (2097152, "2097152KiB"),
        (1073741824, "1GiB"),
        (1000000001, "1000000001B"),
    ],
)
def test_a_number_alone_is_told_what_it_likely_means(text: str | int, likely: str) -> None:
    with pytest.raises(ValueError, match=f"without a unit.*did you mean {likely}[?]"):
        parse_amount(text)
    assert parse_amount(likely) == parse_size(likely)


def test_a_number_alone_is_bytes_where_so_many_are_meant() -> None:
    assert parse_amount(1 << 20, plain_from=1 << 20) == 1 << 20
    assert parse_amount(0) == 0
    with pytest.raises(ValueError, match="did you mean"):
        parse_amount((1 << 20) - 1, plain_from=1 << 20)


@given(st.integers(min_value=0, max_value=2**63))
def test_a_formatted_size_reads_back(size: int) -> None:
    assert parse_size(format_size(size)) == size


@given(st.integers(min_value=0, max_value=1023), st.sampled_from(["B", "KiB", "MiB", "GiB", "TiB"]))
def test_a_size_is_formatted_in_its_largest_whole_unit(number: int, unit: str) -> None:
    expected = f"{number} {unit}" if number else "0 B"
    assert format_size(parse_size(f"{number}{unit}")) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m", 120), ("1h30m", 5400), ("1h 30m", 5400), ("500ms", 0.5), ("1.5h", 5400),
     ("1d", 86400), (7, 7), (0.25, 0.25)],
)  # fmt: skip
def test_duration(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "90", "soon", "5 weeks", "-5s", -5, "1h x", True, None, ["1s"]])
def test_no_duration(text: Any) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "share"), [("20%", 0.2), (" 12.5 %", 0.125), ("0%", 0), ("100%", 1)])
def test_percentage(text: str, share: float) -> None:
    assert parse_percent(text) == pytest.approx(share)
    assert format_percent(share) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "20", 20, 0.2, "101%", "-1%", "%", "1e1%", None, True])
def test_no_percentage(text: Any) -> None:
    with pytest.raises(ValueError, match="from 0% to 100%"):
        parse_percent(text)


@given(st.text(max_size=12), st.sampled_from([parse_size, parse_duration, parse_percent]))
def test_any_text_is_read_or_refused(text: str, parse: Callable[[str], float]) -> None:
    with contextlib.suppress(ValueError):
        assert parse(text) >= 0

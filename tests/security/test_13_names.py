"""Names that are not what they seem: unseen characters, look-alikes, and what adoption makes of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base.errors import DriverError
from drivers.contract.complete import open_complete
from reconciler.cli.main import call
from specs.content import MARKER
from specs.desired import Desired
from specs.identity import Kind
from specs.names import look, mixed_scripts, unseen
from tests.reconciler.cli.lab import Lab
from tests.specs.tree import domain, loaded, refused

DOMAIN = "<domain type='kvm'><name>{}</name><memory>1024</memory><os><type>hvm</type></os></domain>"
UNSEEN = ["\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u0085", "\u009b", "\u00ad", "\u2028", "\u3164"]


def warned(desired: Desired) -> list[str]:
    return [str(warning) for warning in desired.warnings]


@pytest.mark.parametrize("sign", [*UNSEEN, "\x1b", "\x07", "\x7f"])
def test_what_nobody_sees_is_an_error_in_a_name(tmp_path: Path, sign: str) -> None:
    (problem,) = refused(tmp_path, {"a.yaml": domain(f'"we\\u{ord(sign):04x}b"')})
    assert problem.startswith("a.yaml:3:")
    assert "control character" in problem or f"U+{ord(sign):04X}" in problem
    assert sign not in problem


@pytest.mark.parametrize("sign", UNSEEN)
def test_and_a_warning_in_raw_xml(tmp_path: Path, sign: str) -> None:
    text = f"<network><name>l{sign}an</name></network>"
    found = warned(loaded(tmp_path, {"a.xml": text}))
    assert any(f"holds U+{ord(sign):04X}" in warning for warning in found)
    assert not any(sign in warning for warning in found)


@pytest.mark.parametrize(
    "other",
    ["w\u0435b", "WEB", "\uff57eb", "' web'", '"web\\u00a0"', "w\u0435\u042c"],
)
def test_names_that_look_alike_warn_with_both_places(tmp_path: Path, other: str) -> None:
    found = warned(loaded(tmp_path, {"a.yaml": domain("web"), "b.yaml": domain(other)}))
    (alike,) = [warning for warning in found if "looks like" in warning]
    assert alike.startswith("b.yaml:1:1: ")
    assert "(a.yaml:1:1)" in alike


def test_two_forms_of_one_accent_look_alike(tmp_path: Path) -> None:
    found = warned(loaded(tmp_path, {"a.yaml": domain("caf\u00e9"), "b.yaml": domain("cafe\u0301")}))
    assert "looks like" in "".join(found)


def test_a_word_of_two_scripts_warns_though_it_stands_alone(tmp_path: Path) -> None:
    (warning,) = warned(loaded(tmp_path, {"a.yaml": domain("p\u0430ypal")}))
    assert "CYRILLIC and LATIN" in warning


@pytest.mark.parametrize("name", ["grün", "東京-web", "веб", "ウェブ1号", "web-веб", "web 2", "ελλάδα"])
def test_honest_names_do_not_warn(tmp_path: Path, name: str) -> None:
    assert warned(loaded(tmp_path, {"a.yaml": domain(name)})) == []
    assert not unseen(name)
    assert not mixed_scripts(name)


def test_what_is_not_one_kind_may_look_alike(tmp_path: Path) -> None:
    network = "apiVersion: virt-reconcile/v1\nkind: Network\nmetadata: {name: WEB}\nspec: {}\n"
    assert warned(loaded(tmp_path, {"a.yaml": domain("web"), "n.yaml": network})) == []


@given(st.text(max_size=30))
def test_a_look_is_one_whatever_the_case(name: str) -> None:
    assert look(look(name)) == look(name)


# Adoption: what any object is called, the files for it are read again and change nothing.

ODD = [
    *(".hidden", "...", ".virt-reconcile", ".git", "..a", ".a/b", "x.yaml", "x.yml", "x.XML", "x.xml.yaml"),
    *(
        "web~",
        "#web#",
        "web.bak",
        "-rf",
        "--",
        "_",
        "a ",
        " a",
        "a.",
        "null",
        "yes",
        "1e3",
        "0x10",
        "~",
        "010",
    ),
    *("'", '"', "a'b\"c", "a: b", "- a", "{a}", "[a]", "&a", "*a", "!a", "|", ">", "%a", "a #b", "<<", "="),
    *(
        "1",
        "-1",
        "1.5",
        "2024-01-01",
        "12:30",
        "true",
        "NaN",
        "host",
        "WEB",
        "web",
        "w_b",
        "w b",
        "w?b",
        "w/b",
    ),
    *("@a", "a@b", "é", "e\u0301", "w\u0435b", "a\nb", "a\tb", "CON", "$(id)", "`id`", "a\\b", "a\u00a0b"),
    *(
        "a" * 200,
        "a" * 201,
        "é" * 200,
        "é" * 199 + "e",
        ".filling",
        "x.filling",
        "a\u2028b",
        "a\x85b",
        "a\u200bb",
    ),
]
"""Names that some program takes for something else."""

NAMES = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    st.text("aA._-~ /'\"\\:#@eé\u0301", min_size=1, max_size=8),
)
KINDS = st.sampled_from([Kind.DOMAIN, Kind.NETWORK, Kind.VOLUME, Kind.SECRET, Kind.NETWORK_FILTER])


def _define(uri: str, things: list[tuple[Kind, str]]) -> None:
    """Defines what the hypervisor takes."""
    driver = open_complete(uri, host="lab")
    pool = "<pool type='dir'><name>p</name><target><path>/srv/p</path></target></pool>"
    driver.lifecycle.define(Kind.STORAGE_POOL, "p", pool)
    driver.lifecycle.build_pool("p")
    driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    for number, (kind, name) in enumerate(things):
        text = escape(name, {"'": "&apos;", "\n": "&#10;", "\t": "&#9;"})
        native, document = name, ""
        if kind is Kind.DOMAIN:
            document = DOMAIN.format(text)
        elif kind is Kind.NETWORK:
            document = f"<network><name>{text}</name><bridge name='b{number}'/></network>"
        elif kind is Kind.VOLUME:
            native = f"p/{name}"
            document = f"<volume><name>{text}</name><capacity>1024</capacity></volume>"
        elif kind is Kind.NETWORK_FILTER:
            document = f"<filter name='{text}' chain='root'/>"
        else:
            native = f"ceph:{name}"
            document = f"<secret><usage type='ceph'><name>{text}</name></usage></secret>"
        try:
            driver.lifecycle.define(kind, native, document)
        except (DriverError, ValueError):
            continue
    driver.close()


@given(st.lists(st.tuples(KINDS, NAMES), min_size=1, max_size=12, unique=True))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_adopted_is_read_again_and_plans_empty(
    capsys: pytest.CaptureFixture[str], things: list[tuple[Kind, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        adopted_plans_empty(Path(folder), things, capsys)


@pytest.mark.parametrize("kind", [Kind.DOMAIN, Kind.NETWORK, Kind.VOLUME, Kind.SECRET, Kind.NETWORK_FILTER])
def test_all_odd_names_at_once(kind: Kind, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adopted_plans_empty(tmp_path, [(kind, name) for name in ODD], capsys)


def adopted_plans_empty(
    folder: Path, things: list[tuple[Kind, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    uri, tree = f"sim://{folder}/sim.db", str(folder / "tree")
    _define(uri, things)
    before = set(open_complete(uri, host="lab").observe.inventory().objects)
    assert call(["adopt", "--host", f"lab={uri}", "--to", tree]) == 0, capsys.readouterr()
    said = capsys.readouterr().err
    for command in ("plan", "apply"):
        options = ["--prune", "--allow-shrink", "--detailed-exitcode" if command == "plan" else "--yes"]
        assert call([command, tree, *options]) == 0, capsys.readouterr()
        assert "kept" not in capsys.readouterr().out
    assert set(open_complete(uri, host="lab").observe.inventory().objects) == before
    written = list(Path(tree).rglob("*.yaml"))
    left_out = said.count("left out: ")
    shipped = sum(kind is Kind.NETWORK_FILTER and (kind, name) not in things for kind, name in before)
    markers = sum(kind is Kind.VOLUME and name.endswith(MARKER) for kind, name in before)
    assert len(written) - 2 + left_out + shipped + 2 * markers >= len(before)
    assert len({str(path).lower() for path in written}) == len(written)
    assert all(len(part.encode()) <= 255 for path in written for part in path.parts)


def test_what_no_file_can_say_is_left_out_and_said(lab: Lab) -> None:
    driver = lab.driver()
    for name in ("we\u200bb", "a" * 201):
        driver.lifecycle.define(Kind.DOMAIN, name, DOMAIN.format(name))
    driver.close()
    said = lab("adopt", "--host", lab.uri(), "--to", str(lab.path / "adopted"))
    assert said.code == 0, said.err
    assert "left out: Domain/we\\u{200b}b: no file can say its name" in said.err
    assert said.err.count("left out: ") == 2

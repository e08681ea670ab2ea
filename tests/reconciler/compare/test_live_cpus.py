"""A custom CPU that runs: what a start makes of it waits for nothing, and what was edited does."""

from __future__ import annotations

import pytest

from reconciler.compare.live import with_untold
from reconciler.compare.model import Cause, Difference, Effect, LiveComparison
from specs.identity import Kind
from tests.reconciler.compare.support import QEMU, disk, domain, live

RUNNING = """<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>Penryn</model>
<topology sockets='1' dies='1' cores='2' threads='1'/><feature policy='disable' name='avx512f'/>
<feature policy='require' name='sse4.2'/><feature policy='disable' name='vmx'/>
<feature policy='require' name='hypervisor'/></cpu>"""
"""What a start made of `GIVEN`."""

GIVEN = """<cpu mode='custom' match='exact' check='none'><model fallback='allow'>Penryn</model>
<topology sockets='1' dies='1' cores='2' threads='1'/><feature policy='optional' name='avx512f'/>
<feature policy='optional' name='sse4.2'/><feature policy='require' name='vmx'/></cpu>"""


def waiting(persistent: str, running: str) -> list[str]:
    found = live(domain(persistent), domain(running))
    assert found.changes == ()
    return [each.path for each in found.pending]


@pytest.mark.parametrize(
    ("persistent", "running"),
    [
        (GIVEN, RUNNING),
        (GIVEN.replace("optional", "force"), RUNNING),
        (GIVEN.replace("'exact'", "'minimum'"), RUNNING.replace("Penryn", "EPYC")),
        ("<cpu match='strict'><model fallback='allow'>qemu64</model></cpu>",
         "<cpu match='strict' check='full'><model fallback='forbid'>qemu64</model>"
         "<feature policy='require' name='lahf_lm'/></cpu>"),
    ],
)  # fmt: skip
def test_what_a_start_made_of_it_waits_for_nothing(persistent: str, running: str) -> None:
    assert waiting(persistent, running) == []


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("Penryn", "Nehalem", "cpu/model"),
        ("cores='2'", "cores='4'", "cpu/topology/@cores"),
        (
            "<feature policy='require' name='vmx'/>",
            "<feature policy='require' name='aes'/>",
            "cpu/feature[aes]",
        ),
        ("policy='optional' name='sse4.2'", "policy='disable' name='sse4.2'", "cpu/feature[sse4.2]/@policy"),
    ],
)
def test_what_was_edited_waits(before: str, after: str, path: str) -> None:
    assert waiting(GIVEN.replace(before, after), RUNNING) == [path]


def test_an_edit_that_the_running_cpu_does_not_show_waits() -> None:
    """Of a feature that is disabled nobody can tell whether QEMU could not give it, or nobody wanted it."""

    def edit(path: str, cause: Cause = Cause.EDITED) -> Difference:
        return Difference(path, "require", "disable", cause, Effect.NEXT_BOOT)

    nothing = LiveComparison((), ())
    feature = edit("cpu/feature[vmx]/@policy")
    assert with_untold(nothing, (feature, edit("cpu/model")), Kind.DOMAIN, QEMU).pending == (feature,)
    known = LiveComparison((), (feature,))
    assert with_untold(known, (feature,), Kind.DOMAIN, QEMU) == known
    healed = edit("cpu/feature[vmx]/@policy", Cause.DRIFTED)
    assert with_untold(nothing, (healed,), Kind.DOMAIN, QEMU) == nothing


def test_a_clock_runs_from_utc() -> None:
    given = "<clock offset='variable' adjustment='5' basis='localtime'/>"
    assert waiting(given, "<clock offset='variable' adjustment='3605' basis='utc'/>") == []
    assert waiting("<clock offset='localtime'/>", "<clock offset='utc'/>") == ["clock/@offset"]


@pytest.mark.parametrize(
    ("policy", "missed"), [("optional", False), ("requisite", False), ("mandatory", True)]
)
def test_what_may_be_missing_and_is_waits_for_nothing(policy: str, missed: bool) -> None:
    given = disk("sda", "/a").replace("<source ", f"<source startupPolicy='{policy}' ")
    empty = disk("sda", "/a").replace("<source file='/a'/>", "")
    for running in (domain(), domain(devices=empty)):
        found = live(domain(devices=given), running)
        assert bool(found.changes or found.pending) is missed

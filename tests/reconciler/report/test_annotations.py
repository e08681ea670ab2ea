"""Problems as forges show them."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.report.annotations import github_lines, gitlab_report
from specs.diagnostics import Origin, Problem

BAD = Problem(Origin("web.yaml", 13, 3), "unknown key 'vcpu'; did you mean 'vcpus'?")


def test_github_is_told_where_it_stands_in_the_repository() -> None:
    assert list(github_lines([BAD], [Problem(Origin("db.yaml", 2), "100 % of it")], "lab")) == [
        "::error file=lab/web.yaml,line=13,col=3,title=virt-reconcile::"
        "unknown key 'vcpu'; did you mean 'vcpus'?",
        "::warning file=lab/db.yaml,line=2,col=1,title=virt-reconcile::100 %25 of it",
    ]


@given(st.text(), st.text())
def test_nothing_that_others_wrote_is_a_command_of_its_own(file: str, message: str) -> None:
    (line,) = github_lines([Problem(Origin(file), message)], (), ".")
    assert "\n" not in line
    assert "\r" not in line
    told = re.fullmatch(r"::error file=([^,:]*),line=1,col=1,title=virt-reconcile::(.*)", line)
    assert told is not None
    assert re.search(r"%(?!25|3A|2C)", told[1]) is None


def test_gitlab_knows_a_finding_again_although_its_line_has_moved() -> None:
    moved = Problem(Origin("web.yaml", 20, 3), BAD.message)
    first, second = (json.loads(gitlab_report([one], (), "lab"))[0] for one in (BAD, moved))
    assert first["location"] == {"path": "lab/web.yaml", "lines": {"begin": 13}}
    assert (first["severity"], first["description"]) == ("critical", BAD.message)
    assert first["fingerprint"] == second["fingerprint"]
    twice = json.loads(gitlab_report([BAD, moved], [BAD], "lab"))
    assert len({one["fingerprint"] for one in twice}) == 3
    assert [one["severity"] for one in twice] == ["critical", "critical", "minor"]

"""Other tools' files are left alone, and noted; what looks like ours is an error at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.specs.tree import document, domain, loaded, many, refused

OTHERS: dict[str, str | bytes] = {
    "docker-compose.yml": "services:\n  web: {image: nginx}\n",
    "playbook.yaml": "- hosts: all\n  tasks: []\n",
    "k8s/all.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: Yg==}\n",
    "crd.yaml": "apiVersion: libvirt.example.org/v1\nkind: Domain\nmetadata: {name: x}\nspec: {}\n",
    "chart/templates/x.yaml": "apiVersion: apps/v1\nkind: {{ .Values.kind }}\n{{- if .x }}\nspec: {}\n",
    "mkdocs.yml": "site_name: x\nplugins: [!!python/name:a.b ]\n",
    "ci.yml": "build: {script: !reference [a, b]}\nbuild: {}\n",
    "values.yaml": "kind: Deployment\nspec: 1\n",
    "text.yaml": "hello\n",
    "pom.xml": '<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0"/>\n',
    "log4j.xml": '<!DOCTYPE log4j:configuration SYSTEM "log4j.dtd">\n<log4j:configuration/>\n',
    "AndroidManifest.xml": "<manifest package='x'/>",
    "half.xml": "<!-- x -->\n<beans>\n",
}

OURS = [
    ("kind: Domain\nmetadata: {name: x}\nspec: {}\n", "1:1: 'apiVersion' is missing"),
    ("kind: Domian\nmetadata: {name: x}\n", "1:1: 'apiVersion' is missing"),
    ("metadata: {name: x}\nspec: {}\n", "1:1: 'apiVersion' is missing"),
    (
        "apiVersion: v1\nkind: Domain\nmetadata: {name: x}\n",
        "1:13: 'v1' is not known; write virt-reconcile/v1",
    ),
    ("apiVersion: v1\nkind: Secret\nspec: {}\n", "1:13: 'v1' is not known"),
    ("apiVersion: virt-reconcil/v1\nkind: Domain\n", "1:13: 'virt-reconcil/v1' is not known"),
    ("apiVersion: Virt_Reconcile/v2\nkind: Any\n", "1:13: 'Virt_Reconcile/v2' is not known"),
    ("kind: Domain\napiversion: virt-reconcile/v1\n", "2:1: write 'apiVersion', not 'apiversion'"),
    ("kind: Network\nmetadata: {name: x}\nspec: {\n", "not YAML"),
    ("apiVersion: virt-reconcil/v1\n\tkind: Domain\n", "2:1: not YAML"),
    ("- apiVersion: virt-reconcile/v1\n  kind: Domain\n", "1:1: a document is a mapping"),
    ("apiVersion: v1\nkind: List\nitems: [{apiVersion: virt-reconcile/v1}]\n", "1:13: 'v1' is not known"),
]


def test_files_of_other_tools_are_left_alone_and_noted(tmp_path: Path) -> None:
    desired = loaded(tmp_path, {"a.yaml": domain(), **OTHERS})
    assert len(desired.resources) == 1
    assert [path for path, _ in desired.foreign] == sorted(OTHERS)
    told = dict(desired.foreign)
    assert told["k8s/all.yaml"] == "Deployment of apps/v1"
    assert (told["pom.xml"], told["ci.yml"][:13]) == ("<project>", "no apiVersion")
    vague = {"values.yaml", "text.yaml", "docker-compose.yml", "half.xml", "chart/templates/x.yaml"}
    assert vague <= set(desired.empty)
    assert not {"k8s/all.yaml", "pom.xml", "crd.yaml"} & set(desired.empty)


@pytest.mark.parametrize(("text", "said"), OURS)
def test_what_looks_like_ours_is_an_error_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    problems = refused(tmp_path, {"x.yaml": text})
    assert any(p.startswith("x.yaml:") and said in p for p in problems), problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<domain>\n<name>x</name>\n", "not well-formed"),
        ("<!-- x --><domian/>", "did you mean 'domain'"),
        ("<domainsnapshot/>", "no libvirt document that can be declared"),
        ("", "not well-formed"),
    ],
)
def test_xml_of_libvirt_that_is_broken_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = refused(tmp_path, {"x.xml": text})
    assert problem.startswith("x.xml:1:1: " if "\n" not in text else "x.xml:")
    assert said in problem


def test_in_one_file_with_ours_only_what_says_so_is_anothers(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, name: x}\n"
    desired = loaded(tmp_path, {"a.yaml": many(pod, domain())})
    assert (len(desired.resources), desired.foreign) == (1, (("a.yaml", "Pod of v1"),))
    problems = refused(tmp_path, {"a.yaml": many(domain(), "metadata: {name: x}\n")})
    assert problems == [
        "a.yaml:6:1: 'apiVersion' is missing; write apiVersion: virt-reconcile/v1; if it is another tool's,"
        " leave it out by a line in .virt-reconcile-ignore"
    ]
    assert refused(tmp_path, {"a.yaml": many(domain(), document("Pod", "x", "{a: 1, a: 2}"))})

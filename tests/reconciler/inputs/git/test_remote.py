"""Addresses of repositories, refs and logins."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.faults import Fault
from reconciler.inputs.git.remote import Remote, is_git_url, secret_source


@pytest.mark.parametrize(
    "source", ["https://example.org/x.git", "git@example.org:team/x.git", "file:///srv/x", "ext::sh -c true"]
)
def test_what_means_a_repository(source: str) -> None:
    assert is_git_url(source)


@pytest.mark.parametrize("source", ["tree", "./tree", "/srv/tree", "../a:b"])
def test_what_means_a_folder(source: str) -> None:
    assert not is_git_url(source)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/x.git", "ssh://git@example.org:2222/x", "git@example.org:team/x.git", "file:///x"],
)
def test_addresses_that_are_taken(url: str) -> None:
    assert Remote(url).environment()["GIT_ALLOW_PROTOCOL"] == Remote(url).scheme


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id", "git://example.org/x", "ftp://example.org/x", "-oProxyCommand=id:x", "file://host",
        "ssh://-oProxyCommand=id/x", "https:///x", "https://example.org/a b", "https://example.org/\n",
        "https://[x", "https://me:secret@example.org/x",
    ],
)  # fmt: skip
def test_addresses_that_git_is_not_given(url: str) -> None:
    with pytest.raises(Fault) as caught:
        Remote(url)
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize("ref", ["", "-x", "a..b", "a b", "a:b", "a*", "x.lock", "/a", "a/", "a@{1}", "a\nb"])
def test_refs_that_are_none(ref: str) -> None:
    with pytest.raises(Fault, match="--ref"):
        Remote("https://example.org/x", ref)


@pytest.mark.parametrize("path", ["/a", "a//b", "../a", "a/.", "a/"])
def test_folders_that_are_none(path: str) -> None:
    with pytest.raises(Fault, match="--path"):
        Remote("https://example.org/x", path=path)


def test_a_branch_comes_before_a_tag_of_its_name() -> None:
    assert Remote("https://example.org/x", "main").refs == ("refs/heads/main", "refs/tags/main")
    assert Remote("https://example.org/x", "refs/tags/v1").refs == ("refs/tags/v1",)


def test_a_token_goes_to_its_server_and_is_nowhere_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("hunter2\n")
    remote = Remote("https://example.org:8443/x.git", token=secret_source(f"file:{tmp_path}/token"))
    assert remote.settings() == {
        "http.https://example.org:8443/.extraHeader": "Authorization: Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg==",
        "http.followRedirects": "false",
    }
    assert "hunter2" not in f"{remote!r}{remote.told()}{remote.environment()}"
    monkeypatch.setenv("TOKEN", "hunter2")
    again = Remote("https://example.org:8443/x.git", token=secret_source("env:TOKEN"))
    assert again.settings() == remote.settings()


@pytest.mark.parametrize("token", ["", "a\nb"])
def test_what_is_no_token(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", token)
    with pytest.raises(Fault, match="--token"):
        Remote("https://example.org/x", token=secret_source("env:TOKEN")).settings()


def test_what_does_not_go_together() -> None:
    for given in ({"token": secret_source("env:T")}, {"ssh_key": "/key"}):
        with pytest.raises(Fault):
            Remote("http://example.org/x", **given)
    with pytest.raises(Fault, match="never said itself"):
        secret_source("hunter2")


def test_a_key_s_file_is_one_word_of_the_command(tmp_path: Path) -> None:
    key = tmp_path / "a key; id"
    key.write_text("")
    command = Remote("git@example.org:x", ssh_key=str(key)).environment()["GIT_SSH_COMMAND"]
    assert command.endswith(f"-oIdentitiesOnly=yes -i '{key}'")
    with pytest.raises(Fault, match="cannot be read"):
        Remote("git@example.org:x", ssh_key=str(tmp_path / "none")).environment()

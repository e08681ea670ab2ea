"""Who else says who somebody is: the file that names an OpenID provider, and which of its groups may what."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError

from reconciler.faults import Fault
from reconciler.server.tokens import Role
from specs.diagnostics import Origin, Problem
from specs.models.base import AbsolutePath, Model, Text
from specs.reading.files import TreeFile, decode
from specs.reading.messages import problems_of
from specs.reading.trust import mistrusted
from specs.reading.yaml import read_documents

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider: its issuer, us as its client, where people reach us, and which of the values of a
    claim have which role."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    url: str
    claim: str
    roles: dict[str, Role]
    scopes: tuple[str, ...]

    def role(self, groups: object) -> Role | None:
        """The most that somebody may who is in these groups; None where he may not even look."""
        named = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        found = {self.roles[group] for group in named if isinstance(group, str) and group in self.roles}
        return Role.OPERATE if Role.OPERATE in found else Role.VIEW if found else None

    @property
    def host(self) -> str:
        """The name under which people reach us."""
        return urlsplit(self.url).hostname or ""


def _address(text: str) -> str:
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        raise ValueError(f"'{text}' is no address such as https://sso.example.org")
    if parts.scheme == "http" and not local:
        raise ValueError(f"'{text}' is not encrypted: only https is allowed but for this machine")
    return text.rstrip("/")


_Url = Annotated[Text, AfterValidator(_address)]


class RolesModel(Model):
    """Which groups have which role."""

    view: list[Text] = Field(default=[], description="Who may look.")
    operate: list[Text] = Field(default=[], description="Who may also decide.")


class ProviderFile(Model):
    """The file of `--oidc`."""

    issuer: _Url = Field(description="The provider, as its tokens name it.")
    client: Text = Field(description="Our name there.")
    secret_file: AbsolutePath | None = Field(default=None, description="Holds our secret there, if any.")
    url: _Url = Field(description="Where people reach the page; URL/oidc/callback is registered there.")
    claim: Text = Field(default="groups", description="The claim that lists somebody's groups.")
    scopes: list[Text] = Field(default=["openid", "profile", "email"], description="What is asked for.")
    roles: RolesModel


def read_provider(path: Path) -> Provider:
    """The provider of a file. Raises Fault for one that cannot be used, or that others may write to."""
    model = _parsed(path, _trusted(path))
    roles = dict.fromkeys(model.roles.view, Role.VIEW) | dict.fromkeys(model.roles.operate, Role.OPERATE)
    if not roles:
        raise Fault(f"{path}: roles name no group, so that nobody could log in")
    secret = _trusted(Path(model.secret_file)).decode(errors="replace").strip() if model.secret_file else ""
    scopes = tuple(dict.fromkeys(["openid", *model.scopes]))
    return Provider(model.issuer, model.client, secret, model.url, model.claim, roles, scopes)


def _trusted(path: Path) -> bytes:
    real = Path(os.path.realpath(path))
    why = mistrusted(real)
    if why:
        raise Fault(f"{path} is not believed: {why}")
    try:
        with real.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise Fault(f"{path} cannot be read: {error.strerror}") from None


def _parsed(path: Path, data: bytes) -> ProviderFile:
    text = decode(TreeFile(str(path), data))
    problems: list[Problem] = [text] if isinstance(text, Problem) else []
    documents = [] if isinstance(text, Problem) else list(read_documents(text, str(path), problems))
    documents = [document for document in documents if document.value is not None]
    if not problems and (len(documents) != 1 or not isinstance(documents[0].value, dict)):
        problems.append(Problem(Origin(str(path)), "this is one mapping: issuer, client, url, roles …"))
    if not problems:
        try:
            return ProviderFile.model_validate(documents[0].value)
        except ValidationError as error:
            problems.extend(problems_of(error, documents[0], ProviderFile))
    raise Fault(*map(str, sorted(set(problems))))

"""Secret: a value that hypervisors keep and files never hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from specs.models.base import Bool, Model, Name, Resource, Text, Uuid, as_list
from specs.models.placement import Hosts, one_of_host_and_hosts
from specs.models.policy import Governed
from specs.places import At, Hook
from specs.secret_source import SecretSource


class Usage(Model):
    """What a secret is for; hypervisors find it by this."""

    type: Annotated[Literal["ceph", "iscsi", "volume", "tls", "vtpm"], At("@type")] = Field(
        description="The kind of use."
    )
    id: Annotated[Text | None, Hook(".", name="usage")] = Field(
        default=None, description="The name, target or path of that use; the secret's own name by default."
    )


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("write something: an empty text names nothing")
    return value


def _a_program(value: list[str] | None) -> list[str] | None:
    if value is not None and not value:
        raise ValueError("write the program and its arguments, such as [pass, show, ceph]")
    return value


Source = Annotated[Text, AfterValidator(_said)]


class Value(Model):
    """Where the value is read from when it is needed: exactly one of file, env, command."""

    file: Source | None = Field(default=None, description="A file, outside the tree's own files.")
    env: Source | None = Field(default=None, description="An environment variable.")
    command: Annotated[list[Source] | None, BeforeValidator(as_list), AfterValidator(_a_program)] = Field(
        default=None, description="A command that prints it, such as [pass, show, ceph]."
    )
    encoding: Literal["utf-8", "base64"] = Field(default="utf-8", description="How it is written there.")

    @model_validator(mode="after")
    def _one(self) -> Value:
        if sum(source is not None for source in (self.file, self.env, self.command)) != 1:
            raise ValueError("a value comes from exactly one of file, env, command")
        return self

    def source(self) -> SecretSource:
        """Where the value is read from, as plain data."""
        return SecretSource(self.file or "", self.env or "", tuple(self.command or ()), self.encoding)


class SecretSpec(Governed):
    """What a secret is."""

    host: Name | None = Field(default=None, description="The Host it is on; may be left out with one host.")
    hosts: Hosts | None = Field(
        default=None, description="In place of host: all, names or labels; the same secret on each of them."
    )
    uuid: Annotated[Uuid | None, At("uuid")] = Field(
        default=None, description="Its UUID; derived by default."
    )
    usage: Annotated[Usage | None, At("usage")] = Field(default=None, description="What it is for.")
    description: Annotated[Text | None, At("description")] = Field(default=None, description="A description.")
    ephemeral: Annotated[Bool, At("@ephemeral")] = Field(
        default=False, description="Whether it is kept in memory only."
    )
    private: Annotated[Bool, At("@private")] = Field(
        default=False, description="Whether its value is never given out again."
    )
    value: Value | None = Field(default=None, description="Where the value comes from.")
    xml_file: Text | None = Field(default=None, description="A libvirt XML file of the tree to start from.")

    @model_validator(mode="after")
    def _one_place(self) -> SecretSpec:
        one_of_host_and_hosts(self.host, self.hosts)
        return self


class Secret(Resource):
    """A secret."""

    kind: Literal["Secret"] = Field(description="Secret.")
    spec: SecretSpec = Field(description="What it is.")

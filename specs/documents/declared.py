"""A document → a spec of the files: typed fields for what they can say, and XML for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from lxml import etree
from pydantic import ValidationError

from specs.documents.access import render_filter, render_secret
from specs.documents.defaults import WITH_ACPI
from specs.documents.domain import render_domain
from specs.documents.fields import spec_model
from specs.documents.network import render_network
from specs.documents.overlay import merge
from specs.documents.reading import fields_in
from specs.documents.remainder import remainder
from specs.documents.storage import render_pool, render_volume
from specs.identity import Kind
from specs.models.base import API_VERSION, Resource
from specs.models.domain import Domain
from specs.models.network import Network
from specs.models.nwfilter import NetworkFilter
from specs.models.registry import MODELS
from specs.models.secret import Secret
from specs.models.storage import StoragePool, Volume
from specs.xml import copy_of

Same = Callable[[str, str], bool]
"""Whether two documents mean the same."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a document's references are called in the files: Secrets by their usage ('ceph:client.admin') and
    by their UUID, and where a pool is, by its name."""

    by_usage: Mapping[str, str] = field(default_factory=dict)
    by_uuid: Mapping[str, str] = field(default_factory=dict)


def spec_of(
    kind: Kind,
    name: str,
    document: etree._Element,
    said: Mapping[str, Any],
    scheme: str,
    named: Named,
    same: Same,
) -> dict[str, Any] | None:
    """The spec of a document, beginning with what is `said` besides it; None where typed fields and an
    overlay cannot make just that document again."""
    spec = {**said, **_typed(kind, document, named)}
    model = _model(kind, name, spec)
    if model is None:
        return None
    made, wanted = _rendered(model, scheme, named), _text(document)

    def agree(rest: etree._Element | None) -> bool:
        whole = copy_of(made)
        if rest is not None:
            try:
                merge(whole, _text(rest))
            except ValueError:
                return False  # it contradicts the name or the UUID that the host gives it
        return same(_text(whole), wanted) and same(wanted, _text(whole))

    if agree(None):
        return spec
    rest = remainder(made, document)
    if rest is None or kind is Kind.SECRET or not agree(rest):  # a Secret has no overlay
        return None
    if kind is not Kind.DOMAIN:
        _shorten(rest, lambda: agree(rest))
    etree.indent(rest)
    spec["xml"] = _text(rest) + "\n"
    return spec if _model(kind, name, spec) is not None else None


def _shorten(rest: etree._Element, agrees: Callable[[], bool]) -> None:
    """Leaves out what the document means without it, such as what changes by itself."""
    for element in [rest, *rest.iterdescendants()]:
        parent = element.getparent()
        if parent is not None:
            at = parent.index(element)
            parent.remove(element)
            if not agrees():
                parent.insert(at, element)
        for name, value in list(element.attrib.items()):
            del element.attrib[name]
            if not agrees():
                element.set(name, value)


def _text(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode", with_tail=False)


def _model(kind: Kind, name: str, spec: Mapping[str, Any]) -> Resource | None:
    head = {"apiVersion": API_VERSION, "kind": str(kind), "metadata": {"name": name}}
    try:
        return MODELS[kind].model_validate({**head, "spec": spec})
    except ValidationError:
        return None


def _rendered(model: Resource, scheme: str, named: Named) -> etree._Element:
    usages = {secret: usage.partition(":")[2] for usage, secret in named.by_usage.items()}
    if isinstance(model, Domain):
        return render_domain(model, scheme, lambda name: usages.get(name, name))
    if isinstance(model, Network):
        return render_network(model)
    if isinstance(model, StoragePool):
        return render_pool(model, lambda name: usages.get(name, name))
    if isinstance(model, Volume):
        secret = model.spec.encryption.secret if model.spec.encryption else ""
        uuids = {name: uuid for uuid, name in named.by_uuid.items()}
        return render_volume(model, pool_path=None, secret_uuid=uuids.get(secret))
    if isinstance(model, Secret):
        return render_secret(model)
    return render_filter(cast(NetworkFilter, model))


def _typed(kind: Kind, document: etree._Element, named: Named) -> dict[str, Any]:
    root = copy_of(document)
    if kind is Kind.DOMAIN:
        _spell_out(root)
    values = fields_in(root, spec_model(kind))
    tidy = _TIDY.get(kind)
    if tidy:
        tidy(values, named, document)
    return values


def _spell_out(domain: etree._Element) -> None:
    """What a document leaves out where it is the same as something else."""
    vcpu, memory = domain.find("vcpu"), domain.find("memory")
    if vcpu is None:
        vcpu = etree.SubElement(domain, "vcpu")
        vcpu.text = "1"
    vcpu.set("current", vcpu.get("current", (vcpu.text or "").strip()))
    if memory is not None and domain.find("currentMemory") is None:
        current = copy_of(memory)
        current.tag = "currentMemory"
        domain.append(current)


def _tidy_domain(values: dict[str, Any], named: Named, document: etree._Element) -> None:
    """What is said already by other fields, and names of the files in place of a host's."""
    for field_name, inner in (("memory", "size"), ("vcpus", "count")):
        given = values.get(field_name)
        if not isinstance(given, dict):
            continue
        if given.get("max") is not None and given.get("max") == given.get(inner):
            del given["max"]
        if list(given) == [inner]:
            values[field_name] = given[inner]
    for disk in values.get("disks", []):
        _name_login(disk.get("network", {}), named)
    if values.get("acpi") or not _has_acpi_by_default(document):
        values.pop("acpi", None)
    container = document.get("type") == "lxc"
    if "console" not in values:
        values.setdefault("console" if container else "serial", [])
    if container:
        for filesystem in values.get("filesystems", []):
            filesystem.pop("driver", None)


def _has_acpi_by_default(document: etree._Element) -> bool:
    """Whether a spec has to say that a guest has none."""
    kind = document.find("os/type")
    arch = kind.get("arch", "x86_64") if kind is not None else "x86_64"
    return document.get("type") in ("kvm", "qemu") and arch in WITH_ACPI


def _name_login(source: dict[str, Any], named: Named) -> None:
    kind = "iscsi" if source.get("protocol") == "iscsi" else "ceph"
    name = named.by_usage.get(f"{kind}:{source.get('secret')}")
    if name:
        source["secret"] = name
    else:
        source.pop("secret", None)
        source.pop("user", None)


def _tidy_pool(values: dict[str, Any], named: Named, document: etree._Element) -> None:
    source = values.get("source", {})
    if "auth" in source:
        auth = source["auth"]
        kind = "iscsi" if auth["type"] == "chap" else "ceph"
        name = named.by_usage.get(f"{kind}:{auth['secret']}")
        if name:
            auth["secret"] = name
        else:
            del source["auth"]


def _tidy_volume(values: dict[str, Any], named: Named, document: etree._Element) -> None:
    values.pop("allocation", None)  # it is asked for when a volume is made, and grows by itself
    encryption = values.get("encryption")
    if encryption:
        name = named.by_uuid.get(encryption["secret"].lower())
        if name:
            encryption["secret"] = name
        else:
            del values["encryption"]


_TIDY: Mapping[Kind, Callable[[dict[str, Any], Named, etree._Element], None]] = {
    Kind.DOMAIN: _tidy_domain,
    Kind.STORAGE_POOL: _tidy_pool,
    Kind.VOLUME: _tidy_volume,
}

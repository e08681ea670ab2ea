"""Which model each kind has."""

from __future__ import annotations

from collections.abc import Mapping

from specs.identity import Kind
from specs.models.base import Resource
from specs.models.domain import Domain, DomainTemplate
from specs.models.fleet import Fleet, Host
from specs.models.network import Network
from specs.models.nwfilter import NetworkFilter
from specs.models.secret import Secret
from specs.models.storage import StoragePool, Volume

MODELS: Mapping[Kind, type[Resource]] = {
    Kind.FLEET: Fleet,
    Kind.HOST: Host,
    Kind.DOMAIN: Domain,
    Kind.NETWORK: Network,
    Kind.STORAGE_POOL: StoragePool,
    Kind.VOLUME: Volume,
    Kind.SECRET: Secret,
    Kind.NETWORK_FILTER: NetworkFilter,
    Kind.DOMAIN_TEMPLATE: DomainTemplate,
}

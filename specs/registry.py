"""Which model each kind has."""

from __future__ import annotations

from collections.abc import Mapping

from specs.domain import Domain, DomainTemplate
from specs.fleet import Fleet, Host
from specs.identity import Kind
from specs.model import Resource
from specs.network import Network
from specs.nwfilter import NetworkFilter
from specs.secret import Secret
from specs.storage import StoragePool, Volume

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

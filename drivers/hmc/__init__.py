"""POWER Hypervisors behind a Hardware Management Console: `hmc://[USER@]HOST[:PORT]/[MANAGED-SYSTEM]`.

The console's REST API (IBM: "HMC REST APIs", https://www.ibm.com/docs/en/power10?topic=hmc-rest-apis) is
spoken over HTTPS: port 443, or the older 12443. One console manages many systems: it is one endpoint, and
each managed system is a host. What IBM's documentation leaves open was looked up in IBM's own clients,
pypowervm and ansible-power-hmc; the functions that are meant are named where it matters.

| room | holds |
| --- | --- |
| `session`, `atom`, `client`, `jobs` | the way there: logging on, feeds and entries, ETags, jobs |
| `elements` | IBM's XML: reading and writing one value at a place |
| `partition`, `processors`, `adapters`, `mappings` | the console's words for a partition, and values |
| `documents`, `networks`, `storage` | these values as libvirt documents, and back: pure functions |
| `system` | one look at a managed system |
| `asked`, `wiring`, `definer`, `holdings`, `power` | what a document asks, and doing it |
| `facets` | what a host is asked for |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Endpoint


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """The console that a URI leads to, with the user (authname, else the URI's) and password (passphrase) of
    `credentials`. Nothing is asked before the first call.

    Raises Unsupported for a URI that says something unknown, and where httpx is missing.
    """
    from drivers.hmc.host import HmcEndpoint
    from drivers.hmc.uri import parse_uri

    return HmcEndpoint(parse_uri(uri, credentials), readonly=readonly)

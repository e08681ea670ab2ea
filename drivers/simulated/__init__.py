"""An embedded hypervisor in one file: `sim:///PATH[?host=NAME&delay=50ms&cpus=16&memory=64GiB&boot=5s]`.

It holds domains, networks, storage pools, volumes, secrets and filters as libvirt with QEMU does: it
rewrites documents on read-back, keeps power states and a live document beside the persistent one, and
refuses what libvirt refuses. No guest runs and no file but its own is touched. Use it to try a tree, and
to test one in CI.

The file (SQLite, mode 0600: it holds secret values) is created by the first change; looking at a missing
file shows an empty host. Several hosts may share it:

| query | means | default |
| --- | --- | --- |
| `host` | the host in the file | `default` |
| `delay` | how long every call takes: `50ms`, `2s` | none |
| `cpus`, `memory` | what the host offers | 16, 64GiB |
| `boot` | how long a started guest has no address and no agent: `5s` | none |

What is simulated of storage: a pool's target exists once the pool was built (`/var/lib/libvirt/images`,
`/tmp` and everything below /dev exist from the start). A disk's file exists when it is a volume of the
pool that owns its folder; a file outside every pool's folder is taken to exist.

Faults are asked for in the file, from any process, and are used up by the next calls that match:

    from drivers.simulated import faults

    faults.inject("lab.db", "default", "define", "web*", "transient", times=2)

| error | what the call does |
| --- | --- |
| `transient`, `refused`, `unreachable`, `not-found`, `unsupported` | raises that error, does nothing |
| `hang` | blocks until the connection is closed |
| `crash-before`, `crash-after` | kills its own process (SIGKILL) right before, right after taking effect |
| `lost-reply` | takes effect, then raises Unreachable |
| `ignores-shutdown` | (verb `stop`) the guest ignores a graceful stop |

A verb is a name of `drivers.simulated.gate.CALLS`, or a pattern such as `*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Endpoint


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """The hosts of a file, which ask for no credentials.

    Raises Unreachable when the file's folder does not exist or the file is none of ours, Unsupported
    for a URI that says something unknown.
    """
    from drivers.simulated.host import SimulatedEndpoint
    from drivers.simulated.uri import parse_uri

    return SimulatedEndpoint(parse_uri(uri), readonly=readonly)

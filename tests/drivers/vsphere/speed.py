"""How long a plan with nothing to do takes, beside the bare read of the same stamps.

    python -m tests.drivers.vsphere.speed [2000]

Machines of the simulator are adopted into a tree, once; then each is measured five times, and the best told.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from drivers.base import Inventory, KnownDocument
from drivers.base.registry import open_host
from drivers.vsphere import query
from drivers.vsphere.session import VsphereSession
from drivers.vsphere.site import STAMPS
from drivers.vsphere.uri import parse_vsphere
from tests.support.vsphere import CREDENTIALS, PASSWORD, USER, VsphereServer

TIMES = 5
HOST = """apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: speed}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: vc}}
spec:
  uri: {uri}
  credentials: {{username: {user}, password: {{env: VR_VSPHERE}}}}
"""


def best(what: Callable[[], object]) -> float:
    """The shortest of several times, in seconds."""
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        what()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def command(folder: Path, cert: Path, *words: str) -> str:
    """What our own program says."""
    program = [sys.executable, "-c", "from reconciler.cli.main import main; main()"]
    environment = {**os.environ, "VR_VSPHERE": PASSWORD, "SSL_CERT_FILE": str(cert)}
    done = subprocess.run(
        [*program, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def raw(uri: str) -> Callable[[], object]:
    """The bare read: one request, parsed."""
    session = VsphereSession(parse_vsphere(uri), CREDENTIALS)
    root = session.service.manager("rootFolder")
    return lambda: list(query.below(session, root, {"VirtualMachine": STAMPS}))


def known(seen: Inventory) -> dict[object, KnownDocument]:
    """What a state remembers."""
    return {key: KnownDocument(each.stamp, each.document) for key, each in seen.objects.items()}


def main(machines: int) -> None:
    """Measures, and prints."""
    with VsphereServer(machines=machines) as server, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "host.yaml").write_text(HOST.format(uri=f"vsphere://{server.address}/", user=USER))
        host = open_host(server.uri(), host="vc", readonly=True, credentials=CREDENTIALS)
        seen = host.observe.inventory()
        remembered = known(seen)
        print(f"machines              {machines}")
        print(f"raw read of stamps    {best(raw(server.uri())):.2f} s")
        print(f"a look, all known     {best(lambda: host.observe.inventory(remembered)):.2f} s")  # type: ignore[arg-type]
        print(f"a look, nothing known {best(host.observe.inventory):.2f} s")
        host.close()
        tree, cert = str(folder), server.cert
        state = ["--state", f"sqlite:///{folder}/state.db"]
        uri = f"vc=vsphere://{server.address}/"
        command(folder, cert, "adopt", "--host", uri, "--to", tree)
        command(folder, cert, "apply", tree, *state, "--yes")
        print(f"plan, nothing to do   {best(lambda: command(folder, cert, 'plan', tree, *state)):.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)

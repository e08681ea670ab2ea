"""A kind more, as CONTRIBUTING says: three files, and it is validated, planned, applied, adopted, removed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MODEL = '''"""HostInterface: a NIC of the host."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from specs.models.base import Int, Name, Resource, Text
from specs.models.policy import Governed
from specs.places import At


class HostInterfaceSpec(Governed):
    host: Name | None = Field(default=None, description="The Host it is on.")
    type: Annotated[Text, At("@type")] = Field(default="ethernet", description="What it is.")
    mtu: Annotated[Int | None, At("mtu/@size")] = Field(default=None, description="Its MTU.")
    xml: Text | None = Field(default=None, description="libvirt XML, merged in.")
    xml_file: Text | None = Field(default=None, description="A libvirt XML file to start from.")


class HostInterface(Resource):
    kind: Literal["HostInterface"] = Field(description="HostInterface.")
    spec: HostInterfaceSpec = Field(default=HostInterfaceSpec(), description="What it is.")
'''

MEMBER = ('    DOMAIN_TEMPLATE = "', '    HOST_INTERFACE = "HostInterface"\n    DOMAIN_TEMPLATE = "')
FACTS = (
    "    Kind.NETWORK: KindFacts(\n",
    """    Kind.HOST_INTERFACE: KindFacts(
        tag="interface",
        plural="interfaces",
        named_at="@name",
        used_by={Kind.DOMAIN: "devices/interface[@type='direct']/source/@dev"},
    ),
    Kind.NETWORK: KindFacts(
""",
)
CALLS = (
    "    Kind.NETWORK: LibvirtCalls(\n",
    """    Kind.HOST_INTERFACE: LibvirtCalls(
        lookup=lambda handle, name: handle.interfaceLookupByName(name),
        define=lambda handle, _, document: handle.interfaceDefineXML(document),
        count=lambda handle: handle.numOfInterfaces(),
        missing=libvirt.VIR_ERR_NO_INTERFACE,
        every=lambda handle: handle.listAllInterfaces(0),
    ),
    Kind.NETWORK: LibvirtCalls(
""",
)
TREE = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {{name: lab}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv1}}
spec: {{uri: "sim://{folder}/sim.db"}}
---
apiVersion: virt-reconcile/v1
kind: HostInterface
metadata: {{name: up7}}
spec: {{mtu: 9000}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  memory: 64M
  vcpus: 1
  xml: <domain><devices><interface type='direct'><source dev='{dev}'/></interface></devices></domain>
"""

Run = Callable[..., str]


def change(file: Path, *swaps: tuple[str, str]) -> None:
    text = file.read_text()
    for before, after in swaps:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    file.write_text(text)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with a kind more."""
    folder = tmp_path_factory.mktemp("house")
    for package in ("specs", "drivers", "state", "reconciler"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    change(folder / "specs/identity.py", MEMBER, FACTS)
    change(folder / "drivers/libvirt/kinds.py", CALLS)
    (folder / "specs/models/interface.py").write_text(MODEL)
    return folder


@pytest.fixture
def run(house: Path, tmp_path: Path) -> Run:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/all.yaml").write_text(TREE.format(folder=tmp_path, dev="up7"))
    code = f"import sys; sys.path.insert(0, {str(house)!r}); from reconciler.cli.main import main; main()"

    def call(*line: str, wrong: bool = False) -> str:
        state = () if line[0] in ("validate", "adopt", "explain") else ("--state", "s.db")
        done = subprocess.run(
            [sys.executable, "-c", code, *line, *state], cwd=tmp_path, capture_output=True, text=True
        )
        assert (done.returncode != 0) is wrong, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


def test_it_is_created_changed_and_removed_in_order(run: Run, tmp_path: Path) -> None:
    shown = run("apply", "tree", "--yes")
    assert shown.index("define HostInterface/up7@hv1") < shown.index("define Domain/web")
    assert "No changes" in run("plan", "tree")

    change(tmp_path / "tree/all.yaml", ("9000", "1500"))
    assert "mtu: 9000 → 1500" in run("apply", "tree", "--yes")
    assert "No changes" in run("plan", "tree")

    assert "wrote" in run("adopt", "--host", f"hv1=sim://{tmp_path}/sim.db", "--to", "adopted")
    assert "mtu: 1500" in (tmp_path / "adopted/hv1/interfaces/up7.yaml").read_text()

    done = run("destroy", "tree", "--yes").partition("2 to delete")[2]
    assert done.index("undefine Domain/web") < done.index("undefine HostInterface/up7@hv1")


def test_what_names_it_in_vain_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tree/all.yaml").write_text(TREE.format(folder=tmp_path, dev="up8"))
    assert "there is no HostInterface 'up8' on hv1; did you mean 'up7'?" in run(
        "validate", "tree", wrong=True
    ).replace("\n", " ")


def test_its_fields_are_explained(run: Run) -> None:
    assert "Its MTU." in run("explain", "HostInterface.mtu")


def test_libvirts_own_are_seen_and_adopted(run: Run, tmp_path: Path) -> None:
    run("adopt", "--host", "hv1=test:///default", "--to", "adopted")
    assert "mtu: 1492" in (tmp_path / "adopted/hv1/interfaces/eth1.yaml").read_text()
    assert "HostInterface" not in run("plan", "adopted")

"""What sshd starts in place of Windows' powershell: `-NoProfile -NonInteractive -EncodedCommand …`, with a
script and what it is asked on standard input, run upon a model that is kept in the file $HYPERV_MODEL."""

from __future__ import annotations

import base64
import json
import os
import pickle
import sys
from pathlib import Path

from drivers.hyperv.scripts import bootstrap
from tests.support.hyperv.model import HyperVModel
from tests.support.hyperv.running import run
from tests.support.hyperv.values import PowerShellError


def kept(file: Path) -> HyperVModel:
    """The model in a file; a new one where there is none."""
    model = HyperVModel()
    if file.exists():
        model.__dict__.update(pickle.loads(file.read_bytes()))
    return model


def keep(model: HyperVModel, file: Path) -> None:
    """Puts it there."""
    file.write_bytes(pickle.dumps({name: each for name, each in vars(model).items() if name != "mutex"}))


def main() -> None:
    """Does what bootstrap.ps1 says."""
    *options, encoded = sys.argv[1:]
    assert options == ["-NoProfile", "-NonInteractive", "-EncodedCommand"]
    assert base64.b64decode(encoded).decode("utf-16-le") == bootstrap()
    script, request = (base64.b64decode(sys.stdin.readline()).decode() for _ in range(2))
    file = Path(os.environ["HYPERV_MODEL"])
    model = kept(file)
    try:
        told: dict[str, object] = {"answer": run(model, script, request), "error": None}
    except PowerShellError as error:
        told = {
            "answer": None,
            "error": {"id": error.id, "category": error.category, "message": error.message},
        }
    keep(model, file)
    print(base64.b64encode(json.dumps(told).encode()).decode())


if __name__ == "__main__":
    main()

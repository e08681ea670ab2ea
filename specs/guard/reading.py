"""Finding and reading the controller's policy: a file that only its owner can have written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from specs.diagnostics import Origin, Problem
from specs.guard.guard import FILE, Guard

VARIABLE = "VIRT_RECONCILE_POLICY"
_MAX_BYTES = 1024 * 1024


class PolicyError(Exception):
    """The policy cannot be used: nothing is done without it. The message says where and what to do."""


def read_guard(given: Path | None, tree: Path) -> Guard:
    """The policy in force: the file that was given, else the one that the environment names, else the
    system's; the defaults where there is none. Raises PolicyError."""
    named = str(given) if given else os.environ.get(VARIABLE, "")
    path = Path(named or FILE)
    if not named and not path.exists():
        return Guard()
    try:
        data = _trusted(path, tree)
    except OSError as error:
        raise PolicyError(f"the policy {path} cannot be read: {error.strerror}; nothing is done") from None
    return _parsed(path, data)


def _trusted(path: Path, tree: Path) -> bytes:
    """The bytes of a file that nobody else could have written."""
    real = Path(os.path.realpath(path))
    if Path(os.path.realpath(tree)) in real.parents:
        raise PolicyError(f"the policy {path} lies in the tree, which it is to hold in: keep it elsewhere")
    _require_ours(real.parent.stat(), real.parent, sticky=True)
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise PolicyError(f"the policy {path} is no regular file")
        _require_ours(found, path)
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise PolicyError(f"the policy {path} is larger than {_MAX_BYTES // 1024} KiB")
    return data


def _require_ours(found: os.stat_result, path: Path, *, sticky: bool = False) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise PolicyError(f"{path} belongs to another user: a policy belongs to root, or to who runs this")
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if others and not (sticky and found.st_mode & stat.S_ISVTX):
        raise PolicyError(f"others may write to {path}: chmod go-w {path}")


def _parsed(path: Path, data: bytes) -> Guard:
    from pydantic import ValidationError

    from specs.guard.model import PolicyFile
    from specs.reading.files import TreeFile, decode
    from specs.reading.messages import problems_of
    from specs.reading.yaml import read_documents

    text = decode(TreeFile(str(path), data))
    problems: list[Problem] = [text] if isinstance(text, Problem) else []
    documents = [] if isinstance(text, Problem) else list(read_documents(text, str(path), problems))
    documents = [document for document in documents if document.value is not None]
    if not problems and (len(documents) != 1 or not isinstance(documents[0].value, dict)):
        message = "a policy is one document: a mapping with apiVersion, kind: ControllerPolicy and its rules"
        problems.append(Problem(Origin(str(path)), message))
    if not problems:
        try:
            return PolicyFile.model_validate(documents[0].value).guard(str(path))
        except ValidationError as error:
            problems.extend(problems_of(error, documents[0], PolicyFile))
    raise PolicyError(
        "\n".join([*map(str, sorted(set(problems))), "the policy cannot be used; nothing is done"])
    )

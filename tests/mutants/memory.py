"""What became of faults in earlier runs, so that a run goes on where another one ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.mutants.baseline import MEMORY, digest
from tests.mutants.faults import Fault
from tests.mutants.rooms import Room
from tests.mutants.trial import Result

FILE = MEMORY / "results.jsonl"


@dataclass
class Memory:
    """What was noticed stays noticed while its file is the same; what survived is tried again when any test
    or any file of its room has changed."""

    key: str
    known: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def of(cls, room: Room) -> Memory:
        memory = cls(digest(room.source_files() + room.test_files()))
        memory.read()
        return memory

    def read(self) -> None:
        """What other processes have noted meanwhile, too."""
        for line in FILE.read_text().splitlines() if FILE.exists() else ():
            key, fault, result = json.loads(line)
            if key == self.key or Result(result).noticed:
                self.known[fault] = Result(result)

    def note(self, fault: Fault, result: Result) -> None:
        """At once, in one write: several processes note into one file."""
        self.known[fault.id] = result
        MEMORY.mkdir(exist_ok=True)
        with FILE.open("a") as file:
            file.write(json.dumps([self.key, fault.id, result]) + "\n")

"""python -m tests.pairs LIBVIRT-SOURCE [--mutations N] [--only FAMILY]: scores, and pairs that differ."""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from itertools import chain
from pathlib import Path

from tests.pairs.corpus import Pair, pairs
from tests.pairs.score import drift, heals, judge, mutations


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.pairs", description=__doc__)
    arguments.add_argument("source", type=Path, help="libvirt's unpacked source")
    arguments.add_argument("--mutations", type=int, default=0, metavar="N", help="changed leaves per pair")
    arguments.add_argument("--unseen", action="store_true", help="list the changed leaves that were not seen")
    arguments.add_argument("--only", nargs="+", metavar="FAMILY", help="these families alone: bhyve, lxc, …")
    given = arguments.parse_args()
    if not (given.source / "tests" / "genericxml2xmlindata").is_dir():
        arguments.error(f"{given.source} is no libvirt source: it has no tests/genericxml2xmlindata")
    corpus = [pair for pair in pairs(given.source) if not given.only or pair.family in given.only]
    _equality(corpus)
    if given.mutations:
        _mutation(corpus, given.mutations, given.unseen)


def _equality(corpus: list[Pair]) -> None:
    equal: defaultdict[str, list[bool]] = defaultdict(list)
    rewritten: defaultdict[str, list[bool]] = defaultdict(list)
    for pair in corpus:
        found = judge(pair).differences
        equal[pair.family].append(not found)
        if pair.rewritten:
            rewritten[pair.family].append(not found)
        if found:
            first, more = found[0], f" (+{len(found) - 1})" if len(found) > 1 else ""
            print(f"{pair.family} {pair.name}: {first.path}: {first.declared!r} → {first.observed!r}{more}")
    print(f"\n{'family':10}{'pairs':>7}{'equal':>7}{'%':>8}{'rewritten':>11}{'equal':>7}{'%':>8}")
    for family in equal:
        print(f"{family:10}{_row(equal[family], 7)}{_row(rewritten[family], 11)}")
    total, changed = (list(chain.from_iterable(results.values())) for results in (equal, rewritten))
    print(f"{'all':10}{_row(total, 7)}{_row(changed, 11)}")


def _row(results: list[bool], width: int) -> str:
    share = 100 * sum(results) / len(results) if results else 100.0
    return f"{len(results):>{width}}{sum(results):>7}{share:>8.1f}"


def _mutation(corpus: list[Pair], count: int, show: bool) -> None:
    """Edits of the declaration without a record, and drift of what is declared with one."""
    equal = [pair for pair in corpus if not judge(pair).differences]
    for edited in (True, False):
        chance = random.Random(7)
        title = "edited" if edited else "drifted"
        seen: defaultdict[str, list[bool]] = defaultdict(list)
        healed: list[bool] = []
        for pair in equal:
            document, within = (pair.given, "") if edited else (pair.readback, pair.given)
            for change, text in mutations(document, count, chance, within):
                found = judge(pair, text) if edited else drift(pair, text)
                seen[pair.family].append(bool(found.differences))
                healed.append(heals(pair, text if edited else pair.given, found))
                if show and not (found.differences and healed[-1]):
                    print(
                        "unhealed" if found.differences else "unseen", title, pair.family, pair.name, change
                    )
        print(f"\n{title:10}{'leaves':>7}{'seen':>7}{'%':>8}")
        for family, results in seen.items():
            print(f"{family:10}{_row(results, 7)}")
        print(f"{'healed':10}{_row(healed, 7)}")


main()

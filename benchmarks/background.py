"""Writes the sentences that adapting knows the base's languages and other intents by: a small, even part of MASSIVE.

`python -m benchmarks.background --data MASSIVE --out src/kiloglot/data/background.jsonl.xz`
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from kiloglot.cli.faults import ending
from kiloglot.data import load
from kiloglot.values import Utterance

__all__ = ["chosen", "main"]

_MEANINGS = 10  # of each intent
_OTHERS = 3  # locales beside en-US that each is given in
_PIVOT = "en-US"


def chosen(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Of each intent ten meanings, each in en-US and three other locales, drawn with a fixed seed."""
    meanings: dict[str, dict[str, Utterance]] = defaultdict(dict)
    for utterance in utterances:
        meanings[utterance.id][utterance.locale] = utterance
    by_intent: dict[str, list[dict[str, Utterance]]] = defaultdict(list)
    for _, said in sorted(meanings.items()):
        if _PIVOT in said:
            by_intent[said[_PIVOT].intent].append(said)
    draw, found = random.Random(0), list[Utterance]()
    for _, all_said in sorted(by_intent.items()):
        for said in draw.sample(all_said, min(_MEANINGS, len(all_said))):
            others = sorted(said.keys() - {_PIVOT})
            found += [said[locale] for locale in (_PIVOT, *sorted(draw.sample(others, min(_OTHERS, len(others)))))]
    return found


def main() -> int:
    """Reads the flags, chooses, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder or archive of MASSIVE 1.1")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    asked = parser.parse_args()
    found = chosen(load(asked.data, partitions=["train"]).utterances)
    rows = ({"id": u.id, "locale": u.locale, "intent": u.intent, "text": u.text} for u in found)
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    asked.out.write_bytes(lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME))
    sys.stdout.write(f"{len(found):,} sentences, {asked.out.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))

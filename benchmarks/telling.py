"""Writes the words that tell the home's commands from their opposites, counted in what its model learns from.

`python -m benchmarks.telling --home FOLDER --out src/kiloglot/data/home_telling.json`, with the folder that
`kiloglot prepare home-assistant --beside MASSIVE` wrote.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from kiloglot.cli.faults import ending
from kiloglot.data import load
from kiloglot.data.home_telling import telling

__all__ = ["main"]


def main() -> int:
    """Reads the flags, counts, writes a line a locale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the home's utterances")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    asked = parser.parse_args()
    found = telling(load(asked.home, partitions=["train"]).utterances)
    lines = (
        f"{json.dumps(locale)}: {json.dumps({each: ' '.join(said) for each, said in own.items()}, ensure_ascii=False)}"
        for locale, own in found.items()
    )
    asked.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    count = sum(len(said) for own in found.values() for said in own.values())
    sys.stdout.write(f"{len(found)} locales, {count:,} clues, {asked.out.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))

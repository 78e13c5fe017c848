"""What a base is worth to somebody with a few sentences: learning curves, beside systems that start from nothing.

A fifth of MASSIVE's scenarios is kept from a base trained for this, then given to it, three, ten or all sentences an
intent. The starter assistant and Home Assistant's sentences are given to the bundled model, which knows others like
them. `make adapt-curves`; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.adapt_cells import SYSTEMS, Cell, Scores, scored
from benchmarks.archive import unpacked
from benchmarks.picture import OTHERS, OURS, plain
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import load, starter_path
from kiloglot.progress import Progress
from kiloglot.runtime import DEFAULT_MODEL, Artifact, model_folder
from kiloglot.scoring.table import plain_table
from kiloglot.settings import Fitting
from kiloglot.stages import finetune, prepare_home_assistant
from kiloglot.training import Taught, revived
from kiloglot.values import Dataset, Utterance

__all__ = [
    "EACH",
    "LOCALES",
    "OWN",
    "Subject",
    "by_locale",
    "cells",
    "held_out",
    "main",
    "picture",
    "split",
    "subject",
    "text",
]

OWN = ("massive", "starter", "home-assistant")
"""Whose sentences are given to a base."""

LOCALES = ("en-US", "de-DE", "ja-JP", "ru-RU", "hi-IN", "ar-SA", "th-TH", "sw-KE", "el-GR", "ko-KR")
"""Ten locales in nine scripts; the first is where whole curves and transfer are measured."""
EACH = (10, 0, 50, 3, 20, 5)
"""Sentences an intent, 0 for all; what matters most first, so that a run that is stopped has it."""
_SEEDS = (0, 1, 2)
_EPOCHS = 2
_TRANSFER = (10, 0)  # sizes at which all other locales are asked
_T95 = 4.303  # of three values: Student's t with two degrees of freedom


def held_out(scenarios: Sequence[str]) -> tuple[str, ...]:
    """Every fifth scenario by name, from the first on."""
    return tuple(sorted(set(scenarios))[::5])


def split(data: Path, out: Path) -> tuple[Path, Path]:
    """(what the base is trained on, what is kept from it), as folders of MASSIVE below `out`."""
    base, kept = out / "base-data", out / "kept-data"
    if kept.is_dir():
        return base, kept
    files = sorted((data / "data" if (data / "data").is_dir() else data).rglob("??-??.jsonl"))
    with files[0].open(encoding="utf-8") as lines:
        chosen = held_out([json.loads(line)["scenario"] for line in lines])
    part = out / ".kept-data"
    for folder in (base, part):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "data").mkdir(parents=True)
    for file in files:
        rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
        for folder, wanted in ((base, False), (part, True)):
            here = [row for row in rows if (json.loads(row)["scenario"] in chosen) == wanted]
            (folder / "data" / file.name).write_text("".join(here), encoding="utf-8")
    part.rename(kept)
    return base, kept


@dataclass(frozen=True, slots=True)
class Subject:
    """Sentences of somebody's own, and what they are given to."""

    base: Taught
    """Who reads already."""
    own: Dataset
    """What is taught, and asked: `train`, `dev`, and `test` where there is one."""
    foreign: tuple[Utterance, ...]
    """What is to be rejected; may be empty."""
    transfer: bool
    """Whether locales without a sentence are asked, too."""


def subject(own: str, data: Path, out: Path, progress: Progress) -> Subject:
    """The subject of that name of `OWN`, made below `out` from MASSIVE in `data`."""
    if own == "massive":
        rest, kept = split(unpacked(data, out), out)
        student = out / "base"
        if not student.is_dir():
            fitting = Fitting(epochs=_EPOCHS, device="cpu")
            finetune.run(finetune.FinetuneConfig(data=rest, out=student, fitting=fitting), progress)
        foreign = load(rest, partitions=["dev"], locales=LOCALES).utterances
        return Subject(Taught.read(student), load(kept, partitions=["train", "dev"]), foreign, transfer=True)
    bundled = revived(Artifact.read(model_folder(DEFAULT_MODEL)))
    folder = starter_path()
    if own == "home-assistant":
        folder = out / "home"
        if not folder.is_dir():
            asked = prepare_home_assistant.PrepareHomeConfig(out=folder, locales=LOCALES)
            prepare_home_assistant.run(asked, progress)
    return Subject(bundled, load(folder), (), transfer=False)


def cells(locales: Sequence[str] = LOCALES) -> Iterator[Cell]:
    """All that is measured: the whole curve in the first locale, then the first of `EACH` in the others.

    Of all sentences there is but one draw.
    """
    first, *rest = locales
    sizes = [
        *((first, each) for each in EACH[:4]),
        *((other, EACH[0]) for other in rest),
        *((first, e) for e in EACH[4:]),
    ]
    for seed in _SEEDS:
        for locale, each in sizes:
            if each or not seed:
                yield from (Cell(system, locale, each, seed) for system in SYSTEMS)


def _measured(found: Subject, out: Path, progress: Progress) -> None:
    """Writes every cell that is not there yet."""
    taught, asked = ({u.locale for u in found.own.only(partition)} for partition in ("train", "dev"))
    locales = [locale for locale in LOCALES if locale in taught & asked]
    wanted = [cell for cell in cells(locales) if not _file(out, cell).is_file()]
    with progress.task("Measuring", len(wanted), "cells") as task:
        for cell in wanted:
            here = replace(found.own, utterances=_of_locale(found.own.utterances, cell.locale))
            asks = found.transfer and cell.locale == LOCALES[0] and cell.each in _TRANSFER
            others = _others(found.own, cell.locale) if asks else {}
            scores = scored(cell, found.base, here, _of_locale(found.foreign, cell.locale), others)
            half = _file(out, cell).with_suffix(".half")
            half.write_text(json.dumps({"cell": asdict(cell), "scores": asdict(scores)}, indent=1), encoding="utf-8")
            half.rename(_file(out, cell))
            task.advance(1, f"{cell.system}, {cell.locale}, {cell.each or 'all'}: {100 * scores.intent:.1f}")


def _of_locale(utterances: Sequence[Utterance], locale: str) -> tuple[Utterance, ...]:
    return tuple(u for u in utterances if u.locale == locale)


def _others(own: Dataset, locale: str) -> Mapping[str, Sequence[Utterance]]:
    dev = own.only("dev")
    return {other: _of_locale(dev, other) for other in own.locales if other != locale}


def _file(out: Path, cell: Cell) -> Path:
    system = cell.system.replace(" ", "-")
    return out / "cells" / f"{system}.{cell.locale}.{cell.each}.{cell.seed}.json"


def _found(out: Path) -> dict[Cell, Scores]:
    every = (json.loads(file.read_text(encoding="utf-8")) for file in sorted((out / "cells").glob("*.json")))
    return {Cell(**each["cell"]): Scores(**each["scores"]) for each in every}


def _range(values: Sequence[float]) -> str:
    """Mean and 95 % interval over seeds, in per cent."""
    mean = 100 * statistics.fmean(values)
    if len(values) < len(_SEEDS):
        return f"{mean:.1f}"
    return f"{mean:.1f} ± {_T95 * 100 * statistics.stdev(values) / len(values) ** 0.5:.1f}"


def _curve(found: Mapping[Cell, Scores], system: str, locale: str, each: int, what: str) -> list[float]:
    values = [
        getattr(found[cell], what) for cell in found if (cell.system, cell.locale, cell.each) == (system, locale, each)
    ]
    return [value for value in values if value is not None]


def text(found: Mapping[Cell, Scores]) -> str:
    """The tables, as Markdown."""
    parts = []
    for locale in LOCALES:
        rows = []
        for each in sorted(EACH, key=lambda size: size or 10**9):
            for system, called in SYSTEMS.items():
                columns = [_curve(found, system, locale, each, what) for what in ("intent", "exact", "auroc")]
                if columns[0]:
                    rows.append([str(each or "all"), called, *(_range(c) if c else "" for c in columns)])
        if rows:
            header = (locale, "system", "intent", "exact", "AUROC of foreign")
            parts.append(plain_table(header, rows))
    for each in _TRANSFER:
        asked = [scores.others for cell, scores in found.items() if scores.others and cell.each == each]
        if asked:
            means = [[statistics.fmean(one[place] for one in other.values()) for other in asked] for place in (0, 1)]
            parts.append(
                f"{LOCALES[0]} alone, {each or 'all'} an intent, asked in {len(asked[0])} other locales: "
                f"intent {_range(means[0])}, exact match {_range(means[1])}"
            )
            parts.append("; ".join(f"{locale} {100 * intent:.0f}" for locale, intent in reversed(by_locale(asked))))
    return "\n\n".join(parts)


def by_locale(asked: Sequence[Mapping[str, tuple[float, float]]]) -> list[tuple[str, float]]:
    """(locale, intent accuracy in the mean of the draws), the lowest first."""
    each = defaultdict[str, list[float]](list)
    for other in asked:
        for locale, (intent, _) in other.items():
            each[locale].append(intent)
    return sorted(((locale, statistics.fmean(values)) for locale, values in each.items()), key=lambda pair: pair[1])


def _abroad(found: Mapping[Cell, Scores]) -> str:
    """What the package holds as `data/abroad.csv`."""
    asked = [scores.others for cell, scores in found.items() if scores.others and cell.each == _TRANSFER[0]]
    return "locale,intent\n" + "".join(f"{locale},{intent:.3f}\n" for locale, intent in by_locale(asked))


def picture(found: Mapping[Cell, Scores]) -> bytes:
    """A PNG: intent accuracy and exact match in the first locale against sentences an intent."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    sizes = sorted(EACH, key=lambda size: size or 10**9)
    marks = ("o-", "s--", "D:", "^-.")
    for axes, what, title in zip(
        figure.subplots(1, 2), ("intent", "exact"), ("intent accuracy", "exact match"), strict=True
    ):
        for (system, called), mark in zip(SYSTEMS.items(), marks, strict=True):
            points = [(place, _curve(found, system, LOCALES[0], each, what)) for place, each in enumerate(sizes)]
            drawn = [(place, 100 * statistics.fmean(values)) for place, values in points if values]
            if drawn:
                axes.plot(*zip(*drawn, strict=True), mark, color=OURS if system == "warm" else OTHERS, label=called)
        axes.set_xticks(range(len(sizes)), [str(size or "all") for size in sizes])
        axes.set_xlabel(f"sentences an intent, {LOCALES[0]}", fontsize=8)
        plain(axes, f"{title}, %")
    figure.axes[0].legend(frameon=False, fontsize=7, loc="lower right")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def main() -> int:
    """Reads the flags, measures what is missing, prints."""
    parser = argparse.ArgumentParser(prog="make adapt-curves", description=__doc__)
    parser.add_argument("--data", type=Path, help="MASSIVE 1.1: an archive or a folder")
    parser.add_argument("--own", choices=OWN, default=OWN[0], help="whose sentences are given to a base")
    parser.add_argument("--out", type=Path, default=Path("work/adapt-curves"), help="folder for all of it")
    parser.add_argument("--show", action="store_true", help="only show what has been measured")
    asked = parser.parse_args()
    if asked.own == OWN[0] and asked.data is None and not asked.show:
        parser.error("--own massive needs --data")
    out = asked.out / asked.own
    (out / "cells").mkdir(parents=True, exist_ok=True)
    if not asked.show:
        progress = reporter(quiet=False)
        _measured(subject(asked.own, asked.data, out, progress), out, progress)
    found = _found(out)
    (out / "adapt-curves.png").write_bytes(picture(found))
    (out / "abroad.csv").write_text(_abroad(found), encoding="utf-8")
    sys.stdout.write(f"{text(found)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))

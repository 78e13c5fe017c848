"""The home's commands as nobody taught them, beside hassil: `make home-bench`.

    python -m benchmarks.home --model home --massive massive-1.1-train-dev.tar.xz --tatoeba tatoeba

A tenth of Home Assistant's sentence templates is kept from both sides, whole. What they say is asked as it stands and
disturbed; MASSIVE's other commands and Tatoeba's sentences, which no home can do, are asked for false accepts. hassil
is given every name that is said, and sentences without what they require of a name's domain, which favours it.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.archive import unpacked
from benchmarks.home_said import DISTURBANCES, ENGLISH, Said, as_said
from benchmarks.machine import Machine, this_machine
from kiloglot import NLU
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import Content, Household, Notes, load
from kiloglot.data.home import home_locale, home_templates, home_utterances, templates_path
from kiloglot.data.home_massive import of_the_home
from kiloglot.progress import SILENT, Progress
from kiloglot.scoring.table import plain_table
from kiloglot.values import OUTSIDE, Parse

__all__ = ["SYSTEMS", "Answer", "Count", "counted", "main", "measured", "text"]

SYSTEMS = ("kiloglot", "hassil, same sentences", "hassil, all sentences")
"""What is asked; the last one has seen the templates that are kept from the others."""
_OUTSIDE = ("MASSIVE, other commands", "Tatoeba")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)?")
_NUMERIC = {
    "brightness", "position", "percentage", "temperature", "volume_level", "volume_step", "hours", "minutes", "seconds",
    "start_hours", "start_minutes", "start_seconds",
}  # fmt: skip
# Tatoeba's files -> languages of the home.
_LANGUAGES = {
    "afr": "af", "ara": "ar", "bul": "bg", "ben": "bn", "cat": "ca", "ces": "cs", "cym": "cy", "dan": "da",
    "deu": "de", "ell": "el", "spa": "es", "est": "et", "eus": "eu", "fin": "fi", "fra": "fr", "gle": "ga",
    "glg": "gl", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ind": "id", "isl": "is",
    "ita": "it", "jpn": "ja", "kat": "ka", "kor": "ko", "cor": "kw", "ltz": "lb", "lit": "lt", "lvs": "lv",
    "mal": "ml", "mon": "mn", "nob": "nb", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru",
    "slk": "sk", "slv": "sl", "srp": "sr", "swe": "sv", "swh": "sw", "tam": "ta", "tel": "te", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "cmn": "zh-CN", "yue": "zh-HK", "amh": "am", "aze": "az",
    "jav": "jv", "khm": "km", "sqi": "sq", "tgl": "tl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says."""

    intent: str
    """The intent with its fixed slots, empty where nothing was understood."""
    slots: frozenset[tuple[str, str]]
    """(type, words) of every slot."""
    seconds: float
    """How long it took."""


@dataclass(frozen=True, slots=True)
class Count:
    """One system on one kind of sentence in one language."""

    system: str
    """Of `SYSTEMS`."""
    locale: str
    """The language's locale."""
    kind: str
    """How the sentences were said, or whose they are."""
    asked: int
    """Sentences."""
    accepted: int
    """Of them, those that the system would act on."""
    intents: int
    """Of them, those whose intent is right."""
    exact: int
    """Of them, those whose intent and slots all are right."""
    matched: tuple[float, ...]
    """Seconds of those that were accepted."""
    unmatched: tuple[float, ...]
    """Seconds of the others."""


Recognise = Callable[[str], Answer]


def measured(
    model: str, massive: Path, tatoeba: Path | None, *, each: int = 25, locales: Sequence[str] = (),
    progress: Progress = SILENT,
) -> list[Count]:  # fmt: skip
    """Asks all systems, `each` sentences of a kind and language."""
    content = home_templates(templates_path(), Household(), locales, progress)
    tested = [u for u in home_utterances(content, 0, Notes()) if u.partition == "test"]
    outside = [u for u in of_the_home(load(massive, partitions=["dev"]).utterances, 0) if u.intent == OUTSIDE]
    foreign = {"MASSIVE, other commands": [(u.locale, u.text) for u in outside], "Tatoeba": list(_tatoeba(tatoeba))}
    nlu = NLU.load(model)
    counts: list[Count] = []
    with progress.task("ask", len(content.locales), "locale") as task:
        for locale in content.locales:
            rng = random.Random(locale)
            mine = [u for u in tested if u.locale == locale]
            mine = rng.sample(mine, min(each, len(mine)))
            said = [found for kind in DISTURBANCES for u in mine if (found := as_said(kind, u, rng))]
            for kind, pairs in foreign.items():
                texts = [text for tag, text in pairs if tag == locale]
                said += [Said(kind, text, "", frozenset()) for text in rng.sample(texts, min(each, len(texts)))]
            for system, recognise in _systems(nlu, locale, content):
                counts += counted(system, locale, said, recognise)
            task.advance(1, locale)
    return counts


def counted(system: str, locale: str, said: Sequence[Said], recognise: Recognise) -> Iterator[Count]:
    """The counts of a system on `said`, kind by kind."""
    for kind in dict.fromkeys(each.kind for each in said):
        own = [each for each in said if each.kind == kind]
        answers = [recognise(each.text) for each in own]
        right = [_plain(a.intent) == _plain(s.intent) for a, s in zip(answers, own, strict=True)]
        exact = [_alike(a.slots) == _alike(s.slots) for a, s in zip(answers, own, strict=True)]
        yield Count(
            system, locale, kind, len(own),
            sum(bool(answer.intent) for answer in answers),
            sum(right),
            sum(one and other for one, other in zip(right, exact, strict=True)),
            tuple(answer.seconds for answer in answers if answer.intent),
            tuple(answer.seconds for answer in answers if not answer.intent),
        )  # fmt: skip


def _plain(intent: str) -> str:
    """Without what only says for which devices an intent is: hassil does not tell it."""
    return "/".join(part for part in intent.split("/") if not part.startswith("for="))


def _alike(slots: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Slots as they compare: numbers without their units, words without capitals and punctuation at their ends."""
    found: set[tuple[str, str]] = set()
    for slot, words in slots:
        number = _NUMBERS.search(words) if slot in _NUMERIC else None
        found.add((slot, number.group() if number else words.casefold().strip(" .,?!;:'\"")))
    return frozenset(found)


def _systems(nlu: NLU, locale: str, content: Content) -> Iterator[tuple[str, Recognise]]:
    yield SYSTEMS[0], lambda said: _timed(lambda: nlu.parse(said), _of_parse)
    language = next((file.stem for file in templates_path().glob("*.json") if home_locale(file.stem) == locale), None)
    if language is None:
        return
    whole = json.loads((templates_path() / f"{language}.json").read_text(encoding="utf-8"))
    kept = {(each.intent.partition("/")[0], each.source) for each in content.sentences
            if each.locale == locale and each.partition == "train"}  # fmt: skip
    for system, known in zip(SYSTEMS[1:], (kept, None), strict=True):
        recognise = _hassil(whole, language, known, content, locale)
        yield system, lambda said, recognise=recognise: _timed(lambda: recognise(said), _of_hassil)


def _hassil(
    whole: dict[str, Any], language: str, kept: set[tuple[str, str]] | None, content: Content, locale: str
) -> Callable[[str], Any]:
    """hassil as Home Assistant calls it, with the sentences that are `kept`, all where it is None."""
    from hassil import Intents, TextSlotList, recognize_best

    described = copy.deepcopy(whole)
    for intent, data in described["intents"].items():
        for block in data["data"]:
            block.pop("requires_context", None)
            block.pop("excludes_context", None)
            if kept is not None:
                block["sentences"] = [source for source in block["sentences"] if (intent, source) in kept]
        data["data"] = [block for block in data["data"] if block["sentences"]]
    intents = Intents.from_dict(described)
    names = {slot: sorted({value for each in content.lists if each.slot == slot and each.locale == locale
                           for value in each.values}) for slot in ("name", "area", "floor")}  # fmt: skip
    lists = {slot: TextSlotList.from_strings([*values, *ENGLISH[slot]], name=slot) for slot, values in names.items()}
    return lambda said: recognize_best(said, intents, slot_lists=lists, language=language, best_slot_name="name")


def _timed(ask: Callable[[], Any], read: Callable[[Any], tuple[str, frozenset[tuple[str, str]]]]) -> Answer:
    began = perf_counter()
    answer = ask()
    seconds = perf_counter() - began
    return Answer(*read(answer), seconds)


def _of_parse(parse: Parse) -> tuple[str, frozenset[tuple[str, str]]]:
    if parse.rejected:
        return "", frozenset()
    return parse.intent, frozenset((slot.type, slot.value(parse.text)) for slot in parse.slots)


def _of_hassil(result: Any) -> tuple[str, frozenset[tuple[str, str]]]:
    """hassil's answer; what a block fixes is an entity without words, and part of the intent here."""
    if result is None:
        return "", frozenset()
    fixed = [f"{e.name}={e.value}" for e in result.entities_list if not e.text]
    said = frozenset((e.name, " ".join(e.text.split())) for e in result.entities_list if e.text)
    return "/".join((result.intent.name, *fixed)), said


def _tatoeba(folder: Path | None) -> Iterator[tuple[str, str]]:
    """(locale, sentence) of the languages that the home has; English from all files."""
    for file in sorted(folder.glob("*-eng.tsv")) if folder else ():
        locale = home_locale(_LANGUAGES.get(file.stem.partition("-")[0], ""))
        for line in file.read_text(encoding="utf-8").splitlines():
            own, _, english = line.partition("\t")
            yield locale, own
            if english and file.stem.startswith(("deu", "spa")):
                yield "en-US", english


def text(counts: Sequence[Count], machine: Machine) -> str:
    """The tables: what is understood, what is falsely accepted, how long it takes."""
    systems = [system for system in SYSTEMS if any(count.system == system for count in counts)]
    languages = len({count.locale for count in counts if count.system == SYSTEMS[1]})
    busy = f"; other work was running ({machine.load:.1f} processes): take ratios" if machine.busy else ""
    right = [[kind, *(_right(counts, system, kind) for system in systems)] for kind in DISTURBANCES]
    accepted = [[kind, *(_accepted(counts, system, kind) for system in systems)] for kind in _OUTSIDE]
    times = [[system, *_times(counts, system)] for system in systems]
    return "\n".join(
        [
            f"{languages} languages that both sides have, means over them, in per cent",
            "intent and all slots right (intent alone)",
            plain_table(("", *systems), right),
            "",
            "what no home can do, and was acted on",
            plain_table(("", *systems), accepted),
            "",
            f"milliseconds, one thread of {machine.processor}{busy}",
            plain_table(("", "matched p50", "p99", "not matched p50", "p99"), times),
        ]
    )


def _shared(counts: Sequence[Count], system: str, kind: str) -> list[Count]:
    """Those of languages that hassil has too."""
    both = {count.locale for count in counts if count.system == SYSTEMS[1]}
    return [count for count in counts if count.system == system and count.kind == kind and count.locale in both]


def _share(counts: Sequence[Count], field: str) -> float:
    """The mean over languages of a count's share of what was asked, in [0, 1]."""
    return float(np.mean([getattr(count, field) / count.asked for count in counts])) if counts else float("nan")


def _right(counts: Sequence[Count], system: str, kind: str) -> str:
    own = _shared(counts, system, kind)
    return f"{100 * _share(own, 'exact'):.1f} ({100 * _share(own, 'intents'):.1f})" if own else ""


def _accepted(counts: Sequence[Count], system: str, kind: str) -> str:
    own = _shared(counts, system, kind)
    return f"{100 * _share(own, 'accepted'):.1f}" if own else ""


def _times(counts: Sequence[Count], system: str) -> list[str]:
    own = [count for count in counts if count.system == system]
    found: list[str] = []
    for field in ("matched", "unmatched"):
        seconds = [second for count in own for second in getattr(count, field)]
        found += [f"{1e3 * np.percentile(seconds, q):.2f}" if seconds else "" for q in (50, 99)]
    return found


def _by_language(counts: Sequence[Count]) -> str:
    """A row a language: exactly right, over all ways to say it."""
    locales = sorted({count.locale for count in counts})
    rows = []
    for locale in locales:
        cells = []
        for system in SYSTEMS:
            own = [c for c in counts if c.system == system and c.locale == locale and c.kind in DISTURBANCES]
            asked = sum(c.asked for c in own)
            cells.append(f"{100 * sum(c.exact for c in own) / asked:.0f}" if asked else "")
        outside = [c for c in counts if c.system == SYSTEMS[0] and c.locale == locale and c.kind in _OUTSIDE]
        asked = sum(c.asked for c in outside)
        rows.append([locale, *cells, f"{100 * sum(c.accepted for c in outside) / asked:.0f}" if asked else ""])
    return plain_table(("", *SYSTEMS, "kiloglot: false accepts"), rows)


def _picture(counts: Sequence[Count]) -> bytes:
    """A PNG: what is understood, by the way it is said."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(DISTURBANCES))
    for at, system in enumerate(SYSTEMS):
        shares = [100 * _share(_shared(counts, system, kind), "exact") for kind in DISTURBANCES]
        axes.bar(places + 0.27 * (at - 1), shares, 0.26, label=system)
    axes.set_xticks(places, list(DISTURBANCES))
    axes.set_ylabel("intent and slots right, %")
    axes.set_title("The home's commands, from templates that were kept apart", fontsize=11)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def main() -> int:
    """Reads the flags, asks, prints."""
    parser = argparse.ArgumentParser(prog="make home-bench", description=__doc__)
    parser.add_argument("--model", default="home", help="a bundled model, or a model's folder")
    parser.add_argument("--massive", type=Path, required=True, help="MASSIVE: an archive or a folder")
    parser.add_argument("--tatoeba", type=Path, help="folder of Tatoeba's sentence pairs, as xxx-eng.tsv")
    parser.add_argument("--each", type=int, default=25, help="sentences of a kind and language")
    parser.add_argument("--locales", default="", help="only these, joined by commas")
    parser.add_argument("--out", type=Path, default=Path("work/home-bench"), help="folder for the figures")
    asked = parser.parse_args()
    massive = unpacked(asked.massive, asked.out.parent)
    chosen = [home_locale(tag) for tag in asked.locales.split(",") if tag]
    counts = measured(
        asked.model, massive, asked.tatoeba, each=asked.each, locales=chosen, progress=reporter(quiet=False)
    )
    machine = this_machine(("hassil", "home-assistant-intents"))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "home.json").write_text(json.dumps([asdict(count) for count in counts]), encoding="utf-8")
    (asked.out / "home.png").write_bytes(_picture(counts))
    sys.stdout.write(f"{text(counts, machine)}\n\n{_by_language(counts)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))

"""`kiloglot prepare home-assistant`: the sentences of Home Assistant as labelled utterances, in all its languages."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kiloglot.data import Household, Left, Notes, load, read_household, refuse_existing, whole_folder, write_utterances
from kiloglot.data.home import home_locale, home_templates, home_utterances, templates_path
from kiloglot.data.home_assistant import TOKEN, read_home_assistant
from kiloglot.data.home_massive import of_the_home
from kiloglot.data.home_outside import outside_pieces, outside_text
from kiloglot.data.home_short import cut_short
from kiloglot.errors import ConfigError, DataError, OntologyError
from kiloglot.progress import SILENT, Progress
from kiloglot.stages.record import StageRecord
from kiloglot.text import canonical_locale
from kiloglot.values import PARTITIONS, Utterance

__all__ = ["PrepareHomeConfig", "PrepareHomeReport", "run"]

_NEEDED = ("HassTurnOn", "HassTurnOff")


@dataclass(frozen=True, slots=True)
class PrepareHomeConfig:
    """Make labelled utterances of Home Assistant's sentences."""

    out: Path = Path("home")
    """Folder to write, which must not exist yet."""
    templates: Path | None = None
    """Sentence templates, as Home Assistant's YAML or JSON; default: those of the package home-assistant-intents."""
    devices: Path | None = None
    """File of a household, whose names are said in the utterances."""
    url: str = ""
    """Websocket of a Home Assistant to read the household from, as ws://homeassistant.local:8123/api/websocket."""
    token: str = ""
    """Its long-lived access token; default: the environment variable HOME_ASSISTANT_TOKEN."""
    beside: Path | None = None
    """MASSIVE, to learn what is none of the home's business, and from languages that Home Assistant lacks."""
    text: Path | None = None
    """Folder of plain text, `<language>.txt` with a sentence a line, to learn what is no command at all."""
    locales: tuple[str, ...] = ()
    """Only these locales; default: all."""
    seed: int = 0
    """Decides which utterances of a template are drawn."""


@dataclass(frozen=True, slots=True)
class PrepareHomeReport:
    """What was prepared."""

    out: Path
    """The folder, which `--data` takes."""
    locales: tuple[str, ...]
    """Locales that were written."""
    templates: int
    """Templates, each in one partition whole."""
    names: int
    """Names of the household that was given."""
    partitions: tuple[tuple[str, int], ...]
    """(partition, utterances) over all locales."""
    intents: int
    """Distinct intents."""
    left: tuple[Left, ...]
    """What is not carried over, by reason."""


def run(config: PrepareHomeConfig, progress: Progress = SILENT) -> PrepareHomeReport:
    """Writes `<locale>.jsonl` of every locale, or nothing. Raises ConfigError, DataError and MissingExtraError."""
    began = time.monotonic()
    refuse_existing(config.out)
    locales = tuple(home_locale(canonical_locale(tag)) for tag in config.locales)
    household = _household(config)
    path = config.templates or templates_path()
    content = home_templates(path, household, locales, progress)
    lacking = sorted(
        set(_NEEDED if content.sentences else ())
        - {sentence.intent.partition("/")[0] for sentence in content.sentences}
    )
    if lacking:
        remedy = "Give templates with these intents, as the package home-assistant-intents has them"
        raise OntologyError(f"no sentence of {' and '.join(lacking)}", remedy=remedy, path=path)
    notes = Notes(content.left)
    with progress.task("draw utterances"):
        utterances = list(home_utterances(content, config.seed, notes))
        utterances += cut_short(utterances, config.seed)
    utterances += _outside(config, locales, utterances, notes, progress)
    absent = sorted(set(locales) - {utterance.locale for utterance in utterances})
    if absent:
        remedy = "Ask for others, or give MASSIVE with --beside"
        raise DataError(f"holds no template of {', '.join(absent)}", remedy=remedy, path=path)
    counts = Counter(utterance.partition for utterance in utterances)
    report = PrepareHomeReport(
        config.out,
        tuple(sorted({utterance.locale for utterance in utterances})),
        len(content.sentences),
        len(household.devices) + len(household.areas) + len(household.floors) + len(household.lists),
        tuple((partition, counts[partition]) for partition in PARTITIONS),
        len({utterance.intent for utterance in utterances}),
        notes.result(),
    )
    _write(config, report, utterances, time.monotonic() - began)
    return report


def _outside(
    config: PrepareHomeConfig, locales: tuple[str, ...], commands: list[Utterance], notes: Notes, progress: Progress
) -> list[Utterance]:
    """What MASSIVE and plain text add: commands of the home, and what is no command."""
    massive: list[Utterance] = []
    if config.beside is not None:
        with progress.task("read MASSIVE"):
            massive = list(_massive(config.beside, locales))
    written: list[Utterance] = []
    if config.text is not None:
        with progress.task("read plain text"):
            known = {utterance.locale for utterance in (*commands, *massive)}
            written = list(outside_text(config.text, commands, known, config.seed, notes))
    sentences = Counter(utterance.locale for utterance in written if utterance.partition == "train")
    found = [*of_the_home(massive, config.seed, sentences), *written]
    return [*found, *outside_pieces([*commands, *found], config.seed)]


def _massive(path: Path, locales: tuple[str, ...]) -> Iterator[Utterance]:
    found = load(path).utterances
    return (utterance for utterance in found if not locales or utterance.locale in locales)


def _household(config: PrepareHomeConfig) -> Household:
    """The names that were given, none where nothing was."""
    if config.devices is not None and config.url:
        raise ConfigError("a household from a file and from a Home Assistant", remedy="Give --devices or --url")
    if config.devices is not None:
        return read_household(config.devices)
    token = config.token or os.environ.get(TOKEN, "")
    if config.url and not token:
        raise ConfigError("Home Assistant needs a token", remedy=f"Give it with --token, or in {TOKEN}")
    if config.token and not config.url:
        raise ConfigError("a token without a Home Assistant", remedy="Say where it is with --url")
    return read_home_assistant(config.url, token) if config.url else Household()


def _write(config: PrepareHomeConfig, report: PrepareHomeReport, utterances: list[Utterance], seconds: float) -> None:
    by_locale: dict[str, list[Utterance]] = {locale: [] for locale in report.locales}
    for utterance in utterances:
        by_locale[utterance.locale].append(utterance)
    settings = asdict(replace(config, token=""))  # A secret is not written down.
    with whole_folder(config.out) as fresh:
        for locale, own in by_locale.items():
            write_utterances(fresh / f"{locale}.jsonl", own)
        figures = {"templates": report.templates, "partitions": dict(report.partitions), "intents": report.intents}
        StageRecord("prepare home-assistant", settings, {}, figures, seconds).write(fresh)

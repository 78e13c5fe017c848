"""`kiloglot convert SOURCE TARGET`: an assistant or corpus in another format, and what could not be carried over."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kiloglot.data import (
    Asked,
    Content,
    Files,
    Format,
    Left,
    Lost,
    Notes,
    Said,
    format_named,
    format_of,
    outside_lists,
    refuse_existing,
    target_format,
)
from kiloglot.errors import ConfigError, DataError
from kiloglot.progress import SILENT, Progress
from kiloglot.text.locales import canonical_locale

__all__ = ["ConvertConfig", "ConvertReport", "Left", "Lost", "run"]


@dataclass(frozen=True, slots=True)
class ConvertConfig:
    """What to convert, where to, and how."""

    source: Path
    """Folder, archive or file of the assistant or of the data."""
    target: Path
    """New folder or file; .csv, .tsv, .jsonl, .json (snips) and .zip (dialogflow) say their format."""
    from_: str = ""
    """Format of the source, else recognised: project, jsonl, massive, rasa, hassil, ovos, snips, dialogflow, csv."""
    to: str = ""
    """Format of the target, one of the same; default: by its name, else a project."""
    locale: str = ""
    """Locale of what names none; and of what names its language alone."""
    locales: tuple[str, ...] = ()
    """Locales to convert; none given: all."""
    lists: Path | None = None
    """YAML of values for lists that the source has none for, as `area: [kitchen, bath]`."""
    expand: int = 12
    """Sentences made at most from one template, where the target has no templates."""
    seed: int = 0
    """Decides which sentences those are, and which are set aside."""
    dev: float = 0.1
    """Share of each intent's sentences that a project sets aside as dev where the source has none; 0: none."""
    test: float = 0.1
    """The same for test."""


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What was carried over, and what was not."""

    source: Path
    """What was read."""
    target: Path
    """What was written."""
    from_: str
    """Format of the source."""
    to: str
    """Format of the target."""
    locales: tuple[str, ...]
    """Locales that were carried over."""
    intents: tuple[str, ...]
    """Intents that were carried over, as the source names them."""
    sentences: int
    """Sentences and templates of the source."""
    written: int
    """Sentences and templates of the target."""
    lists: int
    """Slot lists of the target, one for each slot type, locale and partition."""
    synonyms: int
    """Synonyms of the target."""
    left: tuple[Left, ...]
    """What was not carried over, or not as it was, by reason."""
    lost: tuple[Lost, ...]
    """Intents that have no sentence in the target, and why."""


def run(config: ConvertConfig, progress: Progress = SILENT) -> ConvertReport:
    """Converts, or raises DataError or ConfigError and leaves nothing behind."""
    how = _said(config)
    refuse_existing(config.target)
    asked = Asked(canonical_locale(config.locale) if config.locale else "", _lists(config))
    reads = format_named(config.from_) if config.from_ else format_of(config.source)
    writes = format_named(config.to) if config.to else target_format(config.target)
    with progress.task(f"read {reads.name}"):
        content = _chosen(reads.read(Files(config.source), asked), config)
    notes = Notes(content.left)
    with progress.task(f"write {writes.name}"):
        back = _written(content, config.target, writes, how, notes)
    return _report(config, (reads, writes), (content, back), notes)


def _said(config: ConvertConfig) -> Said:
    if not 1 <= config.expand <= 10_000:
        raise ConfigError(f"--expand {config.expand} is out of range", remedy="Give a number from 1 to 10000")
    for name, share in (("dev", config.dev), ("test", config.test)):
        if not 0 <= share <= 0.5:
            raise ConfigError(f"--{name} {share} is out of range", remedy="Give a share from 0 to 0.5")
    return Said(config.expand, config.seed, config.dev, config.test)


def _lists(config: ConvertConfig) -> Mapping[str, tuple[str, ...]]:
    return outside_lists(config.lists) if config.lists else {}


def _chosen(content: Content, config: ConvertConfig) -> Content:
    """The content of the locales that were asked for. Raises DataError where there is nothing of it."""
    wanted = {canonical_locale(tag) for tag in config.locales} or set(content.locales)
    absent = sorted(wanted - set(content.locales))
    if absent or not content.sentences:
        what = f"of {', '.join(absent)}" if absent else "that could be carried over"
        why = f" ({content.lost[0].intent}: {content.lost[0].reason})" if content.lost else ""
        known = f"It has {', '.join(content.locales)}" if content.locales else "Check the source"
        raise DataError(f"holds no sentence {what}{why}", remedy=known, path=config.source)
    kept = tuple(sentence for sentence in content.sentences if sentence.locale in wanted)
    gone = {s.intent for s in content.sentences} - {s.intent for s in kept}
    return replace(
        content,
        sentences=kept,
        lists=tuple(each for each in content.lists if each.locale in wanted),
        synonyms=tuple(each for each in content.synonyms if each.locale in wanted),
        lost=(*content.lost, *(Lost(intent, "no sentence in the chosen locales") for intent in sorted(gone))),
    )


def _written(content: Content, target: Path, writes: Format, how: Said, notes: Notes) -> Content:
    """Writes beside the target, reads it back, and renames it when it is whole; returns what was read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as fresh:
        made = Path(fresh) / target.name
        writes.write(content, made, how, notes)
        alone = content.locales[0] if len(content.locales) == 1 else ""
        back = writes.read(Files(made), Asked(alone)) if made.exists() else replace(content, sentences=())
        if not back.sentences:
            why = "".join(f"; {left.reason}" for left in notes.result()[-1:])
            raise DataError(f"nothing of it can be written as {writes.name}{why}", remedy="Choose another format")
        refuse_existing(target)
        made.replace(target)
    return back


def _report(
    config: ConvertConfig, formats: tuple[Format, Format], contents: tuple[Content, Content], notes: Notes
) -> ConvertReport:
    content, back = contents
    present = {sentence.intent for sentence in back.sentences}
    carried = [name for name in content.ontology.intents if notes.renamed.get(name, name) in present]
    lost = {each.intent: each.reason for each in content.lost}
    for name in content.ontology.intents:
        if name not in carried:
            lost[name] = notes.why.get(name, f"{formats[1].name} gives none of its sentences back")
    return ConvertReport(
        source=config.source,
        target=config.target,
        from_=formats[0].name,
        to=formats[1].name,
        locales=back.locales,
        intents=tuple(carried),
        sentences=len(content.sentences),
        written=len(back.sentences),
        lists=len(back.lists),
        synonyms=len(back.synonyms),
        left=notes.result(),
        lost=tuple(Lost(intent, reason) for intent, reason in lost.items()),
    )

"""The front door of the runtime: a text in, a `Parse` out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import ConfigError
from kiloglot.runtime.artifact import Artifact
from kiloglot.runtime.decode import probabilities, slots
from kiloglot.runtime.explain import explain as explained
from kiloglot.runtime.found import DEFAULT_MODEL, model_folder
from kiloglot.runtime.manifest import Manifest
from kiloglot.runtime.reading import Read, inputs, read
from kiloglot.runtime.session import Scores, Session
from kiloglot.text import canonical_locale
from kiloglot.values import Alternative, Parse

__all__ = ["NLU"]

# What is run at a time, which bounds the memory of `parse_batch`: units, and code points of their forms.
_BATCH_UNITS, _BATCH_CHARACTERS = 4096, 65_536

Floats = NDArray[np.float32]


class NLU:
    """A loaded model. Threads may share one; it keeps nothing of what it parsed."""

    def __init__(self, artifact: Artifact, *, threads: int = 1) -> None:
        if threads < 1:
            raise ConfigError(f"{threads} threads", remedy="Name at least one")
        self.artifact = artifact
        self._session = Session(artifact.network, threads)
        ontology = artifact.manifest.ontology
        self._embedding_width = self._session.check(
            unit_width=artifact.units.width,
            bag_width=artifact.bag.width,
            intents=len(ontology.intents),
            slot_types=len(ontology.slot_types),
            locales=len(artifact.manifest.locales),
        )
        self._transitions = np.array(artifact.transitions, np.float32)
        self._places = _places(artifact.manifest.locales)

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, *, threads: int = 1, mapped: bool = True) -> NLU:
        """Loads a bundled model by its name, or any model by its folder.

        `threads` bounds the cores that one call uses; `mapped` is that of `Artifact.read`. Raises ArtifactError where
        there is no such model or it is damaged.
        """
        return cls(Artifact.read(model_folder(model), mapped=mapped), threads=threads)

    @property
    def manifest(self) -> Manifest:
        """What the model says of itself: ontology, locales, calibration, licence."""
        return self.artifact.manifest

    def parse(self, text: str | bytes, locale: str | None = None, *, top_k: int = 3, explain: bool = False) -> Parse:
        """Reads one utterance.

        `locale` is a hint; without it the model decides from the text. `top_k` intents are listed as alternatives;
        `explain` adds what decided. Any text is answered: what cannot be read comes back with a reason in `rejected`.
        Raises DataError where `locale` is no locale tag.
        """
        (parse,) = self._parsed([text], locale, top_k)
        if explain and parse.rejected != "empty":
            parse = replace(parse, explanation=explained(self, parse, read(text)))
        return parse

    def parse_batch(
        self, texts: Sequence[str | bytes], locale: str | None = None, *, top_k: int = 3
    ) -> tuple[Parse, ...]:
        """Reads many utterances, in real batches of like length; the answers stand in the order of `texts`."""
        return self._parsed(texts, locale, top_k)

    def embed(self, texts: Sequence[str | bytes], locale: str | None = None) -> Floats:
        """Unit vectors [texts, embedding width]: what says the same lies close together, in whatever language."""
        reads = [read(text) for text in texts]
        found = np.zeros((len(reads), self._embedding_width), np.float32)
        for chosen, scores in self.scores(reads, locale):
            found[chosen] = scores.embedding
        return found

    def scores(self, reads: Sequence[Read], locale: str | None = None) -> Iterator[tuple[list[int], Scores]]:
        """The network's scores of `reads`, batch by batch, with the places of each batch in `reads`."""
        told = self._told(locale)
        for chosen in _grouped(reads):
            units, mask, bag = inputs(self.artifact, [reads[place] for place in chosen])
            yield chosen, self._session.run(units, mask, bag, np.full(len(chosen), told, np.int64))

    def _told(self, locale: str | None) -> int:
        """The network's number of a locale: itself, else the first of its language, else 0."""
        if locale is None:
            return 0
        tag = canonical_locale(locale)
        return self._places.get(tag, self._places.get(tag.split("-")[0], 0))

    def _parsed(self, texts: Sequence[str | bytes], locale: str | None, top_k: int) -> tuple[Parse, ...]:
        if top_k < 1:
            raise ConfigError(f"top_k is {top_k}", remedy="Ask for at least one intent")
        reads = [read(text) for text in texts]
        found: dict[int, Parse] = {}
        for chosen, scores in self.scores(reads, locale):
            likely = probabilities(scores.intent, self.manifest.calibration.temperature)
            for row, place in enumerate(chosen):
                found[place] = self._parse(reads[place], locale, likely[row], scores, row, top_k)
        return tuple(found[place] for place in range(len(reads)))

    def _parse(self, r: Read, locale: str | None, likely: Floats, scores: Scores, row: int, top_k: int) -> Parse:
        manifest = self.manifest
        if not r.units:
            said = canonical_locale(locale) if locale else ""
            return Parse(r.text, said, "", 0.0, (), (), "empty", manifest.label)
        length = len(r.units)
        best = np.argsort(-likely, kind="stable")[:top_k].tolist()
        shares = likely.tolist()
        alternatives = tuple(Alternative(manifest.ontology.intents[place], shares[place]) for place in best)
        emissions, begins = scores.slot[row, :length], scores.begins[row, :length]
        found = slots(r.units, emissions, self._transitions, begins, manifest.ontology.slot_types)
        said = canonical_locale(locale) if locale else manifest.locales[int(scores.language[row, 1:].argmax())]
        top = alternatives[0]
        unsure = "low_confidence" if top.confidence < manifest.calibration.threshold else None
        rejected = "too_long" if r.cut else unsure
        return Parse(r.text, said, top.intent, top.confidence, found, alternatives, rejected, manifest.label)


def _places(locales: Sequence[str]) -> dict[str, int]:
    """Number of each locale, and of each language by its first locale."""
    places: dict[str, int] = {}
    for place, locale in enumerate(locales, start=1):
        places[locale] = place
        places.setdefault(locale.split("-")[0], place)
    return places


def _grouped(reads: Sequence[Read]) -> Iterator[list[int]]:
    """Places of `reads` in batches within the budgets, padded by at most a quarter of the longest and one unit."""
    lengths = [len(r.units) for r in reads]
    batch: list[int] = []
    characters = 0
    for place in sorted(range(len(reads)), key=lengths.__getitem__):
        length, own = lengths[place], sum(len(unit.form) for unit in reads[place].units)
        full = (len(batch) + 1) * length > _BATCH_UNITS or characters + own > _BATCH_CHARACTERS
        if batch and (full or 4 * lengths[batch[0]] < 3 * length - 4):
            yield batch
            batch, characters = [], 0
        batch.append(place)
        characters += own
    if batch:
        yield batch

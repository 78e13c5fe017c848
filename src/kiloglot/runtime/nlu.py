"""The front door of the runtime: a text in, a `Parse` out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import ConfigError
from kiloglot.runtime.artifact import Artifact
from kiloglot.runtime.compiled import Compiled
from kiloglot.runtime.decode import Answer, Chain, certainty, likeliest, probabilities, runs
from kiloglot.runtime.explain import explain as explained
from kiloglot.runtime.found import DEFAULT_MODEL, model_folder
from kiloglot.runtime.kernel import Kernel
from kiloglot.runtime.manifest import Manifest
from kiloglot.runtime.network import Network
from kiloglot.runtime.reading import Read, inputs, places, read
from kiloglot.runtime.scores import Scores, Widths
from kiloglot.text import canonical_locale
from kiloglot.values import OUTSIDE, Alternative, Parse, Slot

if TYPE_CHECKING:
    from kiloglot.runtime.session import Session

__all__ = ["NLU", "network_of"]

# What is run at a time, which bounds the memory of `parse_batch`: texts, their units, and code points of their forms.
# More texts at a time are slower: what the network holds of them leaves the cache.
_BATCH_TEXTS, _BATCH_UNITS, _BATCH_CHARACTERS = 64, 4096, 65_536

_STRANGE = 0.5  # from which on an utterance is rather no command; the model was taught where that lies

Floats = NDArray[np.float32]
_Tagged = tuple[list[int], list[float]]


class NLU:
    """A loaded model. Threads may share one; it keeps nothing of what it parsed."""

    def __init__(self, artifact: Artifact, *, threads: int = 1) -> None:
        if threads < 1:
            raise ConfigError(f"{threads} threads", remedy="Name at least one")
        self.artifact = artifact
        self.network = network_of(artifact.network, threads)
        ontology = artifact.manifest.ontology
        self._embedding_width = self.network.check(
            Widths(
                unit=artifact.units.width,
                bag=artifact.bag.width,
                word=artifact.words.width if artifact.words else 0,
                intents=len(ontology.intents),
                slot_types=len(ontology.slot_types),
                locales=len(artifact.manifest.locales),
            )
        )
        self.kernel = Kernel.of(artifact)
        self.compiled: Compiled | None = None
        if self.kernel and isinstance(self.network, Network):
            self.compiled = Compiled(self.kernel, self.network, artifact, threads)
        self._chain = Chain.of(np.array(artifact.transitions, np.float32))
        self._evoked = tuple(np.array(artifact.evoked, np.float32))
        self._places = _places(artifact.manifest.locales)
        self._label = artifact.manifest.label

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

    def read(self, text: str | bytes) -> Read:
        """The units of `text`, as the model hashes them."""
        return read(text, in_letters=self.artifact.in_letters)

    def parse(self, text: str | bytes, locale: str | None = None, *, top_k: int = 3, explain: bool = False) -> Parse:
        """Reads one utterance.

        `locale` is a hint; without it the model decides from the text. `top_k` intents are listed as alternatives;
        `explain` adds what decided. Any text is answered: what cannot be read comes back with a reason in `rejected`.
        Raises DataError where `locale` is no locale tag.
        """
        told, said = self._asked(locale, top_k)
        r = self.read(text)
        (parse,) = self._parses([r], told, said, top_k)
        if explain and parse.rejected != "empty":
            parse = replace(parse, explanation=explained(self, parse, r))
        return parse

    def parse_batch(
        self, texts: Sequence[str | bytes], locale: str | None = None, *, top_k: int = 3
    ) -> tuple[Parse, ...]:
        """Reads many utterances in real batches; the answers stand in the order of `texts`."""
        told, said = self._asked(locale, top_k)
        parses: list[Parse] = []
        # Read batch by batch: what was read of all texts would be looked through by every collection of garbage.
        for batch in _grouped(map(self.read, texts)):
            parses += self._parses(batch, told, said, top_k)
        return tuple(parses)

    def embed(self, texts: Sequence[str | bytes], locale: str | None = None) -> Floats:
        """Unit vectors [texts, embedding width]: what says the same lies close together, in whatever language."""
        reads = [self.read(text) for text in texts]
        found = np.zeros((len(reads), self._embedding_width), np.float32)
        for chosen, _, scores in self._batches(reads, locale):
            found[chosen] = scores.embedding
        return found

    def scores(
        self, reads: Sequence[Read], locale: str | None = None
    ) -> Iterator[tuple[range, Scores, list[list[int]]]]:
        """The scores of `reads`, batch by batch: the places of a batch in `reads`, its scores, with what the slots say
        of the intents, and the slot types of each utterance, none of one without a unit.
        """
        for chosen, batch, scores in self._batches(reads, locale):
            yield chosen, scores, [types for types, _ in self._tagged(batch, scores)]

    def _batches(self, reads: Sequence[Read], locale: str | None) -> Iterator[tuple[range, list[Read], Scores]]:
        """`reads` batch by batch: their places, themselves, and what the network says of them."""
        told, first = self._told(locale), 0
        for batch in _grouped(reads):
            yield range(first, first + len(batch)), batch, self._scores(batch, told)
            first += len(batch)

    def _tagged(self, reads: Sequence[Read], scores: Scores) -> list[_Tagged]:
        """The slot types of each utterance of a batch, and how certain each is; adds what they say of the intents to
        the logits in `scores`.
        """
        intent, every = scores.intent, list[_Tagged]()
        intent += self._evoked[0]
        for r, own, logits in zip(reads, places(reads), intent, strict=True):
            tagged = self._likeliest(scores.slot[own]) if r.units else ([], [])
            for kind in {*tagged[0]}:
                if kind:
                    logits += self._evoked[kind]
            every.append(tagged)
        return every

    def _likeliest(self, emissions: Floats) -> _Tagged:
        if self.kernel:
            return self.kernel.likeliest(emissions)
        types = likeliest(emissions, self._chain)
        return types, certainty(types, emissions, self._chain) if any(types) else []

    def _scores(self, batch: Sequence[Read], told: int) -> Scores:
        return self.network.run(inputs(self.artifact, batch, self.kernel), np.array([told] * len(batch), np.int64))

    def _told(self, locale: str | None) -> int:
        """The network's number of a locale: itself, else the first of its language, else 0."""
        if locale is None:
            return 0
        tag = canonical_locale(locale)
        return self._places.get(tag, self._places.get(tag.split("-")[0], 0))

    def _asked(self, locale: str | None, top_k: int) -> tuple[int, str]:
        """(the network's number of the locale, its tag or empty) of what a caller asks, where that can be answered."""
        if top_k < 1:
            raise ConfigError(f"top_k is {top_k}", remedy="Ask for at least one intent")
        return self._told(locale), canonical_locale(locale) if locale else ""

    def _parses(self, reads: Sequence[Read], told: int, said: str, top_k: int) -> list[Parse]:
        """The parses of one batch, told a locale by the network's number of it; `said` is its tag, else empty."""
        manifest, label = self.artifact.manifest, self._label
        intents, types, least = manifest.ontology.intents, manifest.ontology.slot_types, manifest.calibration.threshold
        spoken = [r for r in reads if r.units.forms]
        answers = iter(self._answers(spoken, told, top_k) if spoken else ())
        parses: list[Parse] = []
        for r in reads:
            units = r.units
            if not units.forms:
                parses.append(Parse(r.text, said, "", 0.0, (), (), "empty", label))
                continue
            ranked, shares, guess, foreign, runs = next(answers)
            alternatives = tuple([Alternative(intents[at], share) for at, share in zip(ranked, shares, strict=True)])
            found = tuple(
                [Slot(types[kind - 1], units.starts[a], units.ends[b - 1], sure) for kind, a, b, sure in runs]
            )
            intent, share = intents[ranked[0]], shares[0]
            unsure = "low_confidence" if share < least else None
            refused = OUTSIDE if foreign > _STRANGE or intent == OUTSIDE else unsure
            rejected = "too_long" if r.cut else refused
            locale = said or manifest.locales[guess]
            parses.append(Parse(r.text, locale, intent, share, found, alternatives, rejected, label))
        return parses

    def _answers(self, reads: Sequence[Read], told: int, top: int) -> list[Answer]:
        """What the model says of utterances that have units."""
        if self.compiled:
            return self.compiled.answers(reads, told, top)
        scores = self._scores(reads, told)
        every = self._tagged(reads, scores)
        likely = probabilities(scores.intent, self.manifest.calibration.temperature)
        best = (-likely).argsort(axis=1, kind="stable")[:, :top]
        guessed = scores.language[:, 1:].argmax(axis=1).tolist()
        foreign = [0.0] * len(reads) if scores.foreign is None else scores.foreign[:, 0].tolist()
        shares = np.take_along_axis(likely, best, axis=1).tolist()
        found = [runs(*tagged, scores.begins[own]) for own, tagged in zip(places(reads), every, strict=True)]
        return [Answer(*each) for each in zip(best.tolist(), shares, guessed, foreign, found, strict=True)]


def network_of(network: bytes, threads: int = 1) -> Network | Session:
    """What runs the network: the compiled kernel, where there is one that knows its graph, else onnxruntime."""
    known = Network.of(network, threads=threads)
    if known:
        return known
    from kiloglot.runtime.session import Session  # Loads onnxruntime, a third of a second and 50 MB.

    return Session(network, threads)


def _places(locales: Sequence[str]) -> dict[str, int]:
    """Number of each locale, and of each language by its first locale."""
    places: dict[str, int] = {}
    for place, locale in enumerate(locales, start=1):
        places[locale] = place
        places.setdefault(locale.split("-")[0], place)
    return places


def _grouped(reads: Iterable[Read]) -> Iterator[list[Read]]:
    """`reads`, in their order, in batches within the bounds."""
    batch: list[Read] = []
    units = characters = 0
    for r in reads:
        length, own = len(r.units), sum(map(len, r.units.forms))
        full = len(batch) == _BATCH_TEXTS or units + length > _BATCH_UNITS or characters + own > _BATCH_CHARACTERS
        if full and batch:
            yield batch
            batch, units, characters = [], 0, 0
        batch.append(r)
        units += length
        characters += own
    if batch:
        yield batch

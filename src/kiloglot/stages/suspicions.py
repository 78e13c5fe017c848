"""What looks wrong before a model is trained, though each file is right by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from kiloglot.data import Example, Fault
from kiloglot.errors import ArtifactError
from kiloglot.runtime import NLU, Manifest
from kiloglot.values import Ontology

__all__ = ["misplaced", "renamed"]

_ENOUGH = 5  # sentences of a locale from which its language can be told
_SHOWN = 5


def misplaced(nlu: NLU, examples: Sequence[Example]) -> Iterator[Fault]:
    """A warning for each locale most of whose sentences `nlu` takes for another language that it knows.

    Single sentences are not judged: a name or a loan word sounds alike in many languages.
    """
    known = {locale.split("-")[0] for locale in nlu.manifest.locales}
    by_locale: dict[str, list[Example]] = {}
    for example in examples:
        by_locale.setdefault(example.utterance.locale, []).append(example)
    for locale, found in by_locale.items():
        own = locale.split("-")[0]
        if own not in known or len(found) < _ENOUGH:
            continue
        guessed = [parse.locale.split("-")[0] for parse in nlu.parse_batch([e.utterance.text for e in found])]
        ((language, count),) = Counter(guessed).most_common(1)
        if language != own and 2 * count > len(found):
            first = found[guessed.index(language)]
            words = repr(first.utterance.text[:60])
            message = f"{count} of {len(found)} sentences of {locale} look like {language!r}, first {words}"
            remedy = "Move them to the file of their locale, or go on if this is what people say there"
            yield Fault(first.path, first.line, "warning", "other-language", message, remedy)


def renamed(model: Path, ontology: Ontology) -> tuple[str, ...]:
    """What a program that acts on the answers of `model`, which is about to be replaced, has to know: names that are
    gone, and those that are new; empty where nothing is gone or there is no model.
    """
    try:
        old = Manifest.read(model / "manifest.json").ontology
    except ArtifactError:
        return ()
    told = []
    for what, before, now in (
        ("intents", old.intents, ontology.intents),
        ("slot types", old.slot_types, ontology.slot_types),
    ):
        gone, new = ([name for name in one if name not in other] for one, other in ((before, now), (now, before)))
        if gone:
            told.append(f"{what} of the model before that are gone: {_listed(gone)}; new: {_listed(new) or 'none'}")
    return tuple(told)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

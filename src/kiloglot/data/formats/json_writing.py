"""Content as data sets of Snips NLU, and as an export of Dialogflow ES."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.chunks import pieces
from kiloglot.data.formats.content import Content
from kiloglot.data.formats.uttering import Said, uttered
from kiloglot.data.formats.writing import FileNames, grouped, note_bare, write_json
from kiloglot.errors import ConfigError
from kiloglot.values import Utterance

__all__ = ["write_dialogflow", "write_snips"]

_NAMESPACE = uuid.UUID("6f1f1f7e-6b35-5c0b-9d5e-2f0e0a9f4a11")
"""Of the ids that Dialogflow gives everything; equal content has equal ids."""
_FOLDERS = {"train": "", "dev": "dev", "test": "test"}


def write_snips(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes `<locale>.json`, dev and test in folders of those names; or one file, for one locale without them."""
    note_bare(content, notes)
    places = grouped((u for u, _ in uttered(content, how, notes)), lambda u: (u.locale, u.partition))
    if out.suffix == ".json" and len(places) > 1:
        problem = "one file of Snips holds one locale and no partitions"
        raise ConfigError(problem, remedy=f"Write into a folder: {out.with_suffix('')} --to snips")
    for (locale, partition), utterances in places.items():
        file = out if out.suffix == ".json" else out / _FOLDERS[partition] / f"{locale}.json"
        intents = grouped(utterances, lambda utterance: utterance.intent)
        slots = {slot.type for utterance in utterances for slot in utterance.slots}
        dataset = {
            "language": locale.split("-")[0],
            "intents": {intent: {"utterances": [_snips_data(u) for u in own]} for intent, own in intents.items()},
            "entities": {
                slot: {
                    "data": [{"value": v, "synonyms": others} for v, others in entries.items()],
                    "use_synonyms": True,
                    "automatically_extensible": True,
                    "matching_strictness": 1.0,
                }
                for slot, entries in _entries(content, locale, slots).items()
            },
        }
        write_json(file, dataset)


def _snips_data(utterance: Utterance) -> dict[str, Any]:
    return {
        "data": [
            {"text": words, "entity": slot, "slot_name": slot} if slot else {"text": words}
            for words, slot in pieces(utterance.text, utterance.slots)
        ]
    }


def _entries(content: Content, locale: str, slots: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """By slot type, each value with its synonyms; slots without a list have none."""
    found: dict[str, dict[str, list[str]]] = {slot: {} for slot in sorted(slots)}
    means = {(s.slot, s.said): s.means for s in content.synonyms if s.locale == locale}
    for each in content.lists:
        if each.locale != locale:
            continue
        entries = found.setdefault(each.slot, {})
        for value in each.values:
            meaning = means.get((each.slot, value), means.get(("", value), value))
            others = entries.setdefault(meaning or value, [])
            if value not in (meaning, *others):
                others.append(value)
    for synonym in content.synonyms:
        if synonym.locale == locale and synonym.slot:
            others = found.setdefault(synonym.slot, {}).setdefault(synonym.means or synonym.said, [])
            if synonym.said not in (synonym.means, *others):
                others.append(synonym.said)
    return found


def write_dialogflow(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes an export as a folder, or packs it where the name ends in `.zip`."""
    note_bare(content, notes)
    for synonym in content.synonyms:
        if not synonym.slot:
            notes.add("synonyms of no slot type: those of Dialogflow belong to an entity", synonym.said)
    if out.suffix != ".zip":
        _write_export(content, out, how, notes)
        return
    folder = out.with_suffix("")
    _write_export(content, folder, how, notes)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.json")):
            archive.write(file, file.relative_to(folder))


def _write_export(content: Content, out: Path, how: Said, notes: Notes) -> None:
    names = FileNames()
    first, *others = content.locales
    write_json(out / "package.json", {"version": "1.0.0"})
    agent = {"description": "", "language": first, "supportedLanguages": others, "displayName": content.name}
    write_json(out / "agent.json", agent)
    utterances = [utterance for utterance, _ in uttered(content, how, notes)]
    for (partition, intent), own in grouped(utterances, lambda u: (u.partition, u.intent)).items():
        folder = out / _FOLDERS[partition] / "intents"
        slots = sorted({slot.type for utterance in own for slot in utterance.slots})
        write_json(folder / f"{names.of(intent)}.json", _intent(intent, slots))
        for locale, said in grouped(own, lambda u: u.locale).items():
            phrases = [_phrase(utterance) for utterance in said]
            write_json(folder / f"{names.of(intent)}_usersays_{locale}.json", phrases)
    entities = FileNames()
    for locale in content.locales:
        for slot, entries in _entries(content, locale, content.slots).items():
            name = entities.of(slot)
            write_json(out / "entities" / f"{name}.json", _entity(name))
            listed = [{"value": v, "synonyms": [v, *more]} for v, more in entries.items()]
            write_json(out / "entities" / f"{name}_entries_{locale}.json", listed)
            if name != slot:
                notes.add("names of entities, changed: a file must bear them", f"{slot} is {name}")


def _id(*names: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\0".join(names).encode("utf-8", "replace").decode()))


def _intent(name: str, slots: Iterable[str]) -> Mapping[str, Any]:
    parameters = [
        {"id": _id("parameter", name, slot), "name": slot, "dataType": f"@{slot}", "value": f"${slot}", "isList": False}
        for slot in slots
    ]
    return {
        "id": _id("intent", name),
        "name": name,
        "auto": True,
        "contexts": [],
        "responses": [{"resetContexts": False, "affectedContexts": [], "parameters": parameters, "messages": []}],
        "priority": 500000,
        "webhookUsed": False,
        "fallbackIntent": False,
        "events": [],
    }


def _phrase(utterance: Utterance) -> Mapping[str, Any]:
    data = [
        {"text": words, "alias": slot, "meta": f"@{slot}", "userDefined": True}
        if slot
        else {"text": words, "userDefined": False}
        for words, slot in pieces(utterance.text, utterance.slots)
    ]
    return {"id": _id("phrase", utterance.locale, utterance.id), "data": data, "isTemplate": False, "count": 0}


def _entity(name: str) -> Mapping[str, Any]:
    return {
        "id": _id("entity", name),
        "name": name,
        "isOverridable": True,
        "isEnum": False,
        "isRegexp": False,
        "automatedExpansion": True,
        "allowFuzzyExtraction": False,
    }

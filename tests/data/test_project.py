"""A project folder becomes utterances; every fault in it has its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloglot.data import load, scan_project
from kiloglot.errors import DataError
from kiloglot.text.notation import annotate

SETTINGS = """\
[assistant]
name = "kitchen"
expand = 4

[intents.timer_set]
description = "Start a countdown"
scenario = "timer"
slots = ["duration"]

[intents.stop]

[slots.duration]
[slots.room]
"""

ENGLISH = """\
intents:
  timer_set:
    train:
      - set a timer for [duration : five minutes]      # as it stands
      - start a [duration] timer
      - "{please|could you} set a timer for [duration]"
      - [duration : one hour] and go
      - {now |}count [duration : 7:30] down
    dev:
      - '[duration] please'
    test:
      - "[duration] thanks"
  stop:
    train: [stop, no, "yes", 12:30, 1.0]
slots:
  duration:
    train: [two minutes, ten seconds, an hour]
    test: [nine minutes]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "locales").mkdir()
    (tmp_path / "assistant.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "locales" / "en-US.yaml").write_text(ENGLISH, encoding="utf-8")
    return tmp_path


def edit(project: Path, old: str, new: str, name: str = "locales/en-US.yaml") -> None:
    text = (project / name).read_text(encoding="utf-8")
    assert old in text
    (project / name).write_text(text.replace(old, new), encoding="utf-8")


def sentences(project: Path) -> dict[str, str]:
    return {u.id: annotate(u.text, u.slots) for u in load(project).utterances}


def test_sentences_need_no_quotes_and_templates_expand(project: Path) -> None:
    found = sentences(project)
    assert found["timer_set/train/1"] == "set a timer for [duration : five minutes]"
    starts = {words for words in found.values() if words.startswith("start")}
    assert starts == {f"start a [duration : {d}] timer" for d in ("two minutes", "ten seconds", "an hour")}
    asked = {words for words in found.values() if "set a timer" in words} - {found["timer_set/train/1"]}
    assert len(asked) == 4  # of 2 * 3, `expand` takes four
    assert found["timer_set/train/9"] == "[duration : one hour] and go"
    assert {found["timer_set/train/10"], found["timer_set/train/11"]} == {
        "now count [duration : 7:30] down",
        "count [duration : 7:30] down",
    }


def test_scoring_partitions_use_their_own_values_and_one_expansion(project: Path) -> None:
    found = sentences(project)
    assert found["timer_set/test/1"] == "[duration : nine minutes] thanks"
    assert found["timer_set/dev/1"] in {f"[duration : {d}] please" for d in ("two minutes", "ten seconds", "an hour")}
    assert "timer_set/dev/2" not in found


def test_every_scalar_is_text(project: Path) -> None:
    found = sentences(project)
    assert [found[f"stop/train/{n}"] for n in range(1, 6)] == ["stop", "no", "yes", "12:30", "1.0"]


def test_ontology_is_what_is_declared(project: Path) -> None:
    data = load(project)
    assert data.ontology.intents == ("stop", "timer_set")
    assert data.ontology.slot_types == ("duration", "room")
    assert data.name == "kitchen"
    assert {u.intent: u.scenario for u in data.utterances} == {"timer_set": "timer", "stop": ""}


def test_same_folder_is_the_same_data_and_a_seed_changes_it(project: Path) -> None:
    first = load(project)
    assert load(project) == first
    edit(project, "expand = 4", "expand = 4\nseed = 1", "assistant.toml")
    assert load(project).signature != first.signature


def test_editing_one_sentence_changes_no_other(project: Path) -> None:
    before = set(sentences(project).values())
    edit(project, "start a [duration] timer", "begin a [duration] timer")
    after = set(sentences(project).values())
    assert all(words.startswith("start a") for words in before - after)
    assert all(words.startswith("begin a") for words in after - before)


def test_chosen_locales_and_partitions(project: Path) -> None:
    assert {u.partition for u in load(project, partitions=["dev"], locales=["en-US"]).utterances} == {"dev"}


def test_expansions_that_coincide_are_counted_not_kept(project: Path) -> None:
    edit(project, "start a [duration] timer", "start a [duration] timer\n      - start {a|one} [duration] timer")
    data = load(project)
    texts = [u.text for u in data.utterances]
    assert len(texts) == len(set(texts))
    assert sum(count for _, count in data.dropped) > 0


FAULTS = [
    # (old, new, line, code, words of the message or remedy)
    ("a timer for [duration : five", "a timer for [duration : [five", 4, "notation", "inside a bracket"),
    ("start a [duration] timer", "start a [durration] timer", 5, "unknown-slot", "Did you mean 'duration'"),
    ("start a [duration] timer", "start a [room : attic] timer", 5, "slot-not-allowed", "not allowed in intent"),
    ("  stop:", "  stopp:", 13, "unknown-intent", "Did you mean 'stop'"),
    ("[stop, no,", "[stop, Stop,", 14, "duplicate", "'Stop' stands in stop train already, on line 14"),
    ("[stop, no,", '[stop, "",', 14, "empty", "without words"),
    ("    dev:", "    development:", 9, "unknown-key", "Use train, dev and test"),
    ("    dev:", "    train:", 9, "duplicate-key", "first on line 3"),
    ("  stop:\n    train: [", "  stop:\n    train: [[a], ", 14, "yaml", "Put it in quotes"),
    ("  stop:\n    train: [", "  stop: [", 13, "yaml", "not a mapping"),
    ("intents:", "intent:", 1, "unknown-key", "Use intents and slots"),
    ("train: [two minutes", "train: ['{two}', minutes", 17, "notation", "single alternative"),
    ("train: [two minutes", "train: ['[x : two]', minutes", 17, "notation", "brackets"),
    ("slots:\n  duration:", "slots:\n  length:", 16, "unknown-slot", "'length' is unknown"),
    ("slots:\n  duration:", "slots:\n  room:", 5, "missing-slot-list", "[duration] has no slot list in en-US"),
    ("  stop:", "   stop:", 13, "yaml", "not valid YAML"),
    ("    train: [stop,", "    train: [sto\x16p,", 14, "yaml", "U+0016"),
]


@pytest.mark.parametrize(("old", "new", "line", "code", "words"), FAULTS)
def test_fault_has_its_line(project: Path, old: str, new: str, line: int, code: str, words: str) -> None:
    edit(project, old, new)
    faults = scan_project(project).faults
    found = [fault for fault in faults if (fault.line, fault.code) == (line, code)]
    assert found, [str(fault) for fault in faults]
    assert any(words in fault.message + fault.remedy for fault in found)
    assert {fault.path for fault in found} == {project / "locales" / "en-US.yaml"}
    with pytest.raises(DataError) as caught:
        load(project)
    assert caught.value.path == project / "locales" / "en-US.yaml"


SETTINGS_FAULTS = [
    ('name = "kitchen"', "", 1, "missing-key"),
    ("expand = 4", 'expand = "4"', 1, "value"),
    ("expand = 4", "expand = 0", 3, "value"),
    ("expand = 4", "expend = 4", 1, "unknown-key"),
    ("expand = 4", "expand = = 4", 3, "toml"),
    ("expand = 4", 'locales = ["en-US", "english"]', 3, "bad-locale"),
    ("expand = 4", 'locales = ["en-US", "de-DE"]', None, "missing-locale"),
    ('slots = ["duration"]', 'slots = ["duration", "hue"]', 5, "unknown-slot"),
    ("[slots.room]", '[slots."big room"]', 12, "name"),
]


@pytest.mark.parametrize(("old", "new", "line", "code"), SETTINGS_FAULTS)
def test_fault_in_the_settings_has_its_line(project: Path, old: str, new: str, line: int | None, code: str) -> None:
    edit(project, old, new, "assistant.toml")
    found = {(fault.line, fault.code) for fault in scan_project(project).faults if fault.severity == "error"}
    assert (line, code) in found
    with pytest.raises(DataError):
        load(project)


def test_faults_are_listed_together(project: Path) -> None:
    edit(project, "start a [duration] timer", "start a [durration] timer")
    edit(project, "[stop, no,", "['st]op', no,")
    assert [(fault.line, fault.code) for fault in scan_project(project).faults] == [
        (5, "unknown-slot"),
        (14, "notation"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("english!.yaml", b"intents:\n", "bad-locale"),
        ("en_us.yaml", ENGLISH.encode(), "bad-locale"),
        ("de-DE.yaml", b"intents:\n  stop:\n    train:\n      - \xff\n", "yaml"),
        ("de-DE.yaml", b"", "empty"),
        ("de-DE.yaml", b"a: &a [x]\nintents: {stop: {train: [*a, *a]}}\n", "unknown-key"),
        ("de-DE.yaml", b"intents: " + b"[" * 50_000, "yaml"),
        ("de-DE.yaml", b"intents: \x01\n", "yaml"),
    ],
)
def test_bad_locale_files_are_faults(project: Path, name: str, content: bytes, code: str) -> None:
    (project / "locales" / name).write_bytes(content)
    faults = [fault for fault in scan_project(project).faults if fault.severity == "error"]
    assert code in {fault.code for fault in faults}
    with pytest.raises(DataError):
        load(project)


def test_unlisted_locale_and_unused_list_are_warnings(project: Path) -> None:
    edit(project, "expand = 4", 'locales = ["en-US"]', "assistant.toml")
    edit(project, "slots:\n", "slots:\n  room:\n    train: [attic]\n")
    (project / "locales" / "de-DE.yaml").write_text("intents:\n", encoding="utf-8")
    faults = scan_project(project).faults
    assert {(fault.code, fault.severity) for fault in faults} == {
        ("unused-locale", "warning"),
        ("unused-slot-list", "warning"),
    }
    assert load(project).locales == ("en-US",)

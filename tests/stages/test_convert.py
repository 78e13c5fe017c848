"""`kiloglot convert`: what users run, on small assistants in the shapes of other programs, and on real data."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
import yaml

from kiloglot.data import FORMATS, load
from kiloglot.errors import ConfigError, DataError
from kiloglot.stages import validate
from kiloglot.stages.convert import ConvertConfig, ConvertReport, run

SUFFIX = {"csv": ".csv", "jsonl": ".jsonl"}
TARGETS = [each.name for each in FORMATS]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A bot of Rasa: two intents that train, one without examples, a synonym, a regex."""
    lines = {
        "greet": ["hallo", "guten tag", "moin", "servus", "grüß dich", "hey"],
        "fly": [f"fliege nach [{city}](city)" for city in ("rom", "wien", "graz", "bern", "köln", "ulm", "prag")],
    }
    nlu = [
        {"intent": intent, "examples": "".join(f"- {line}\n" for line in examples)}
        for intent, examples in lines.items()
    ]
    nlu += [{"synonym": "Rom", "examples": "- ewige stadt\n"}, {"regex": "zip", "examples": "- \\d+\n"}]
    folder = tmp_path / "my-rasa-bot"
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text("language: de\n", encoding="utf-8")
    (folder / "data/nlu.yml").write_text(yaml.safe_dump({"nlu": nlu}, allow_unicode=True), encoding="utf-8")
    (folder / "domain.yml").write_text("intents: [greet, fly, thank]\n", encoding="utf-8")
    return folder


def convert(source: Path, target: Path, **settings: object) -> ConvertReport:
    return run(ConvertConfig(source, target, **settings))  # type: ignore[arg-type]


def test_a_bot_of_rasa_becomes_an_assistant_that_trains(bot: Path, tmp_path: Path) -> None:
    report = convert(bot, tmp_path / "mine", locale="de-DE")
    assert (report.from_, report.to, report.locales) == ("rasa", "project", ("de-DE",))
    assert (report.intents, report.sentences, report.written) == (("fly", "greet"), 13, 13)
    assert [(lost.intent, lost.reason) for lost in report.lost] == [("thank", "the source has no sentence of it")]
    assert {left.reason.split(":")[0]: left.count for left in report.left} == {
        "regexes": 1,
        "synonyms": 1,
        "sentences set aside as dev, which the source has none of": 2,
        "sentences set aside as test, which the source has none of": 2,
    }
    found = validate.run(validate.ValidateConfig(tmp_path / "mine", strict=True))
    assert found.faults == ()
    data = load(tmp_path / "mine")
    assert {utterance.intent for utterance in data.only("dev")} == {"fly", "greet"}


def test_data_of_others_is_loaded_as_it_is(bot: Path) -> None:
    data = load(bot, partitions=["train"], locales=["de"])
    assert (len(data.utterances), data.ontology.intents, data.name) == (9, ("fly", "greet"), "my-rasa-bot")
    assert ("regexes: kiloglot learns from examples", 1) in data.dropped
    assert data.signature == load(bot, partitions=["train"]).signature
    report = validate.run(validate.ValidateConfig(bot))
    assert (report.errors, report.utterances) == (0, 13)


@pytest.mark.parametrize("to", TARGETS)
def test_the_starter_assistant_goes_everywhere_and_comes_back(to: str, tiny_assistant: Path, tmp_path: Path) -> None:
    out = tmp_path / f"out{SUFFIX.get(to, '')}"
    there = convert(tiny_assistant, out, to=to)
    assert there.lost == ()
    back = convert(out, tmp_path / "back")
    assert back.lost == ()
    assert back.from_ == ("jsonl" if to == "massive" else to)
    before, after = load(tiny_assistant), load(tmp_path / "back")
    assert (after.ontology, after.locales) == (before.ontology, before.locales)
    if to != "ovos":  # It keeps the words of slots apart from the sentences, so that there are more of them.
        said = [
            {(u.locale, u.intent, u.partition, u.text, u.slots) for u in data.utterances} for data in (before, after)
        ]
        assert said[0] == said[1]
    assert validate.run(validate.ValidateConfig(tmp_path / "back")).errors == 0


def test_nothing_is_written_where_something_is_wrong(bot: Path, tmp_path: Path) -> None:
    with (bot / "data/nlu.yml").open("a", encoding="utf-8") as file:
        file.write("- intent: x\n  examples: |\n    - [a](b\n")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DataError, match="does not close"):
        convert(bot, tmp_path / "deep" / "mine")
    assert sorted(tmp_path.iterdir()) == before


def test_what_exists_is_never_written_over(bot: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("precious", encoding="utf-8")
    with pytest.raises(DataError, match="exists already"):
        convert(bot, tmp_path / "mine.csv")
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("settings", "target", "words"),
    [
        ({"to": "excel"}, "a", "no format 'excel'"),
        ({"from_": "excel"}, "a", "no format 'excel'"),
        ({"expand": 0}, "a", "out of range"),
        ({"dev": 0.9}, "a", "out of range"),
        ({}, "a.yaml", "may be Rasa's or hassil's"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    bot: Path, tmp_path: Path, settings: dict[str, object], target: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        convert(bot, tmp_path / target, **settings)
    assert not (tmp_path / target).exists()


def test_a_locale_that_is_not_there_is_refused(bot: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no sentence of fr-FR") as caught:
        convert(bot, tmp_path / "mine", locales=("fr-FR",))
    assert caught.value.remedy == "It has de"


def test_intents_of_some_locales_alone_are_no_fault(tmp_path: Path) -> None:
    rows = ["text,intent,locale"]
    rows += [f"{word} {n},{intent},{locale}" for intent, locale, word in
             (("go", "de-DE", "geh"), ("go", "en-US", "go"), ("stop", "en-US", "stop")) for n in range(6)]  # fmt: skip
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    convert(tmp_path / "a.csv", tmp_path / "mine")
    assert validate.run(validate.ValidateConfig(tmp_path / "mine", strict=True)).faults == ()
    assert 'locales = ["en-US"]' in (tmp_path / "mine/assistant.toml").read_text(encoding="utf-8")


def test_what_would_not_validate_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = ["text,intent"] + [f"go {n},go" for n in range(8)] + [f"stop {n},stop" for n in range(8)]
    rows += ["go 1,stop", "Stop  2,stop", "only this,lonely", "go 3,twin"]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    report = convert(tmp_path / "a.csv", tmp_path / "mine", locale="en")
    assert validate.run(validate.ValidateConfig(tmp_path / "mine")).errors == 0
    reasons = {left.reason: left.count for left in report.left}
    assert reasons["sentences that stand under another intent too"] == 2
    assert [(lost.intent, lost.reason) for lost in report.lost] == [
        ("twin", "sentences that stand under another intent too")
    ]
    assert "lonely" in report.intents


def test_lists_may_come_from_a_file(tmp_path: Path) -> None:
    skill = tmp_path / "skill" / "locale" / "en-us"
    skill.mkdir(parents=True)
    (skill / "play.intent").write_text("play {song}\nput on {song} please\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"play: all its sentences whose list has no values"):
        convert(tmp_path / "skill", tmp_path / "mine")
    lists = tmp_path / "lists.yaml"
    lists.write_text("song: [hey jude, yesterday, help, let it be]\n", encoding="utf-8")
    report = convert(tmp_path / "skill", tmp_path / "mine", lists=lists)
    assert report.intents == ("play",)
    assert validate.run(validate.ValidateConfig(tmp_path / "mine")).errors == 0
    lists.write_text("song: hey jude\n", encoding="utf-8")
    with pytest.raises(DataError, match="song is not a list"):
        convert(tmp_path / "skill", tmp_path / "other", lists=lists)


def test_the_same_source_gives_the_same_files(bot: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        convert(bot, tmp_path / name)
    files = [(tmp_path / name / "locales/de.yaml").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


@pytest.mark.slow
@pytest.mark.skipif("MASSIVE" not in os.environ, reason="MASSIVE names an archive or a folder of MASSIVE 1.1")
@pytest.mark.parametrize("to", TARGETS)
def test_massive_goes_everywhere_and_comes_back(to: str, tmp_path: Path, record_property: object) -> None:
    """English and Japanese of MASSIVE: every utterance comes back, or its reason is counted."""
    source, out = tmp_path / "massive", tmp_path / f"out{SUFFIX.get(to, '')}"
    convert(Path(os.environ["MASSIVE"]), source, to="massive", locales=("en-US", "ja-JP"))
    began = time.monotonic()
    there = convert(source, out, to=to)
    middle = time.monotonic()
    back = convert(out, tmp_path / "back.jsonl")
    ended = time.monotonic()
    print(f"\nmassive -> {to}: {middle - began:.1f} s, back: {ended - middle:.1f} s, left: ", end="")
    print(json.dumps({left.reason: left.count for left in (*there.left, *back.left)}))
    assert not there.lost and not back.lost
    before, after = load(source), load(tmp_path / "back.jsonl")
    assert after.ontology == before.ontology
    if to == "ovos":
        return
    said = [
        {(u.locale, u.intent, " ".join(u.text.split())) for u in data.utterances if u.text.split()}
        for data in (before, after)
    ]
    counted = sum(left.count for left in there.left if "squeezed" not in left.reason)
    assert len(said[0] - said[1]) <= counted
    assert not said[1] - said[0]

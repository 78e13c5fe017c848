"""`words`: what an encoder says of words, and a student that is told of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.runtime import NLU, Artifact
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import export, finetune, words
from kiloglot.stages.export import ExportConfig
from kiloglot.stages.finetune import FinetuneConfig
from kiloglot.stages.words import VECTORS, WordsConfig
from kiloglot.text import segment
from kiloglot.training import Encoder, Taught, WordVectors, revived
from tests.training.test_encoder import encoder_at

LOCALES = ("de-DE", "en-US", "ja-JP")
SIZES = Sizes(unit_rows=4000, bag_rows=4000, unit_width=8, bag_width=8, hidden=16, embedding=8, reader=16, min_count=1)
FITTING = Fitting(epochs=2, budget=2048, warmup=5, row_rate=2e-2, rate=1e-2, device="cpu")


@pytest.fixture(scope="module")
def config(tiny_assistant: Path, tmp_path_factory: pytest.TempPathFactory) -> WordsConfig:
    folder = tmp_path_factory.mktemp("words")
    return WordsConfig(tiny_assistant, encoder_at(folder / "encoder"), folder / "vectors", width=8)


@pytest.fixture(scope="module")
def vectors(config: WordsConfig) -> Path:
    return words.run(config).out / VECTORS


@pytest.fixture(scope="module")
def student(config: WordsConfig, vectors: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("told") / "student"
    return finetune.run(FinetuneConfig(config.data, out, words=vectors, sizes=SIZES, fitting=FITTING)).out


@pytest.fixture(scope="module")
def told(student: Path, config: WordsConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "told"
    return export.run(ExportConfig(student, config.data, out, tolerance=0.05)).out


def test_words_that_occur_often_enough_are_asked_for_the_rare_ones_last(config: WordsConfig, vectors: Path) -> None:
    said = load(config.data, partitions=("train",)).utterances
    found = WordVectors.read(vectors)
    count = Counter((form, s.locale) for s in said for form in {unit.form for unit in segment(s.text)})
    counts = [max(count[form, locale] for locale in LOCALES) for form in found.forms.tolist()]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == config.min_count == 2
    # What half of the sentences say is worth less than what two of them do.
    length = np.linalg.norm(found.vectors, axis=1)
    assert length[-50:].mean() > 1.3 * length[:20].mean()


def test_directions_keep_what_tells_words_apart(config: WordsConfig, vectors: Path) -> None:
    found = WordVectors.read(vectors)
    raw = Encoder(config.encoder).encode(found.forms.tolist())
    said = load(config.data, partitions=("train",)).utterances
    count = Counter((form, s.locale) for s in said for form in {unit.form for unit in segment(s.text)})
    home = np.array([max(LOCALES, key=lambda locale: count[form, locale]) for form in found.forms.tolist()])
    for locale in LOCALES:  # what all words of a language have in common is left out
        raw[home == locale] -= raw[home == locale].mean(axis=0)
    raw /= raw.std(axis=0)
    known = np.linalg.norm(found.vectors, axis=1) > 0  # This encoder tells no kana from another.
    assert (home[~known] == "ja-JP").all()
    raw, told = raw[known], found.vectors[known]
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    # All eight directions are kept here, so that angles are as they were.
    kept = told / np.linalg.norm(told, axis=1, keepdims=True)
    assert kept @ kept.T == pytest.approx(raw @ raw.T, abs=5e-3)


def test_words_of_plain_text_come_after_those_of_the_data(config: WordsConfig, vectors: Path, tmp_path: Path) -> None:
    text = tmp_path / "more.txt"
    text.write_text("zebras graze\nzebras and lights\n", encoding="utf-8")
    found = WordVectors.read(words.run(replace(config, texts=(text,), out=tmp_path / "vectors")).out / VECTORS)
    before = WordVectors.read(vectors).forms.tolist()
    assert found.forms.tolist() == [*before, "zebras"]


def test_a_killed_run_goes_on(
    config: WordsConfig, vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_CHUNK", 100)
    asked, encode = list[int](), Encoder.encode

    def dying(self: Encoder, chunk: list[str]) -> object:
        asked.append(len(chunk))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return encode(self, chunk)

    monkeypatch.setattr(Encoder, "encode", dying)
    again = replace(config, out=tmp_path / "vectors")
    with pytest.raises(KeyboardInterrupt):
        words.run(again)
    assert not again.out.exists()
    report = words.run(again)
    found, whole = WordVectors.read(report.out / VECTORS), WordVectors.read(vectors)
    assert found.forms.tolist() == whole.forms.tolist()
    assert found.vectors == pytest.approx(whole.vectors, abs=1e-2)
    # Two openings ask for one word each; no chunk was encoded twice.
    assert sum(asked) == report.words + 2 + asked[2]
    assert sorted(path.name for path in again.out.iterdir()) == ["stage.json", VECTORS]


def test_settings_and_data_that_cannot_be_are_refused(config: WordsConfig, tmp_path: Path) -> None:
    for change, what in (({"width": 6}, "width is 6"), ({"most": 0}, "most is 0"), ({"min_count": 0}, "min_count")):
        with pytest.raises(ConfigError, match=what):
            words.run(replace(config, out=tmp_path / "out", **change))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no word occurs 99999 times"):
        words.run(replace(config, out=tmp_path / "out", min_count=99999))
    with pytest.raises(ArtifactError, match="no encoder"):
        words.run(replace(config, out=tmp_path / "out", encoder=tmp_path))
    with pytest.raises(ConfigError, match="a base brings its own words"):
        finetune.run(FinetuneConfig(config.data, tmp_path / "out", base="home", words=tmp_path / "words.npz"))
    with pytest.raises(DataError, match="no readable word vectors"):
        finetune.run(FinetuneConfig(config.data, tmp_path / "out", words=tmp_path / "words.npz"))
    assert not list(tmp_path.iterdir())


def test_a_student_that_was_told_words_reads_them(told: Path, config: WordsConfig) -> None:
    artifact = Artifact.read(told)
    assert artifact.words is not None
    nlu = NLU(artifact)
    texts = [u.text for u in load(config.data, partitions=("dev",)).utterances][:40]
    for text, parse in zip(texts, nlu.parse_batch([*texts, "", "qqq"]), strict=False):
        alone = nlu.parse(text)
        assert (parse.intent, parse.slots) == (alone.intent, alone.slots)
        assert parse.confidence == pytest.approx(alone.confidence, abs=1e-5)
    forgotten = replace(artifact.words, scales=np.zeros_like(artifact.words.scales))
    deaf = NLU(replace(artifact, words=forgotten))
    assert any(
        abs(one.confidence - other.confidence) > 1e-3
        for one, other in zip(nlu.parse_batch(texts), deaf.parse_batch(texts), strict=True)
    )


def test_a_model_without_its_words_is_refused(told: Path) -> None:
    with pytest.raises(ArtifactError, match="does not run on the tables"):
        NLU(replace(Artifact.read(told), words=None))


def test_a_model_with_words_comes_back_as_a_student(told: Path, student: Path) -> None:
    again, first = revived(Artifact.read(told)), Taught.read(student)
    assert again.vocabularies.words.tags.tolist() == first.vocabularies.words.tags.tolist()
    assert replace(again.student.shape, meanings=0) == replace(first.student.shape, meanings=0)


def test_a_budget_leaves_some_of_the_words(student: Path, told: Path, config: WordsConfig, tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in told.iterdir())
    asked = ExportConfig(student, config.data, tmp_path / "small", tolerance=0.2, budget=str(size // 2))
    small, whole = Artifact.read(export.run(asked).out), Artifact.read(told)
    assert small.words is not None
    assert whole.words is not None
    assert 0 < len(small.words.scales) < len(whole.words.scales)
    assert sum(path.stat().st_size for path in asked.out.iterdir()) <= size // 2


def test_an_assistant_can_be_adapted_from_a_base_that_knows_words(
    told: Path, config: WordsConfig, tmp_path: Path
) -> None:
    asked = FinetuneConfig(config.data, tmp_path / "own", base=str(told), locales=("en-US",), fitting=FITTING)
    own = Taught.read(finetune.run(asked).out)
    assert own.student.shape.known
    assert own.student.shape.word_rows
    # So small a base leaves many answers near a tie.
    report = export.run(ExportConfig(asked.out, config.data, tmp_path / "model", tolerance=0.15))
    assert json.loads((report.out / "manifest.json").read_text("utf-8"))["name"] == "model"
    assert NLU.load(report.out).parse("turn on the light").intent

"""`words`: what an encoder says of words, and a student that is told of it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from kiloglot.data import load, write_utterances
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.runtime import NLU, Artifact
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import export, finetune, words
from kiloglot.stages.export import ExportConfig
from kiloglot.stages.finetune import FinetuneConfig
from kiloglot.stages.sought import sought
from kiloglot.stages.words import VECTORS, WordsConfig
from kiloglot.text import normalise, segment
from kiloglot.training import Encoder, Taught, WordVectors, revived
from kiloglot.values import Utterance
from tests.training.test_encoder import SPECIAL, encoder_of

LOCALES = ("de-DE", "en-US", "ja-JP")
SIZES = Sizes(unit_rows=4000, bag_rows=4000, unit_width=8, bag_width=8, hidden=16, embedding=8, reader=16, min_count=1)
FITTING = Fitting(epochs=4, budget=2048, warmup=5, row_rate=2e-2, rate=1e-2, device="cpu")


def said(data: Path) -> tuple[Utterance, ...]:
    return load(data, partitions=("train",)).utterances


def encoder_at(folder: Path, data: Path) -> Path:
    """An encoder with a state of its own for each token: letters, and three of them where that is how words go on."""
    forms = {unit.form: None for utterance in said(data) for unit in segment(utterance.text)}
    pieces = dict.fromkeys(SPECIAL, 0.0)
    pieces |= dict.fromkeys(["▁", *sorted({letter for form in forms for letter in form})], -9.0)
    for form in forms:
        pieces |= {f"▁{form[:3]}": -1.0, **{form[at : at + 3]: -1.0 for at in range(3, len(form) - 1, 3)}}
    tokenizer = Tokenizer(models.Unigram(list(pieces.items()), unk_id=1))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    return encoder_of(folder, tokenizer, np.random.default_rng(0).normal(size=(len(pieces), 8)).astype(np.float32))


@pytest.fixture(scope="module")
def config(tiny_assistant: Path, tmp_path_factory: pytest.TempPathFactory) -> WordsConfig:
    folder = tmp_path_factory.mktemp("words")
    encoder = encoder_at(folder / "encoder", tiny_assistant)
    return WordsConfig(tiny_assistant, encoder, folder / "vectors", contexts=0, width=8)


Most = tuple[str, int]  # the locale where most utterances have it, and how many those are


def counted(config: WordsConfig) -> tuple[dict[str, Most], dict[int, Most]]:
    """Every word and every token that is said."""
    encoder = Encoder(config.encoder)
    words, tokens = defaultdict[str, Counter[str]](Counter), defaultdict[int, Counter[str]](Counter)
    for utterance in sorted(said(config.data), key=lambda utterance: utterance.locale):
        for form in {unit.form for unit in segment(utterance.text)}:
            words[form][utterance.locale] += 1
        for token in set(encoder.tokens([normalise(utterance.text)])[0]):
            tokens[token][utterance.locale] += 1
    most = {form: homes.most_common(1)[0] for form, homes in words.items()}
    return most, {token: homes.most_common(1)[0] for token, homes in tokens.items()}


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


def test_words_and_parts_that_occur_often_enough_are_asked_for_the_rare_ones_last(
    config: WordsConfig, vectors: Path
) -> None:
    words, tokens = counted(config)
    part = Encoder(config.encoder).part
    expected = {(form, False): count for form, (_, count) in words.items() if count >= 5}
    for token, (_, count) in tokens.items():
        if (own := part(token)) and count >= 2 and len(own[0]) <= 10:
            expected[own] = max(count, expected.get(own, 0))
    found = WordVectors.read(vectors)
    keys = list(zip(found.forms.tolist(), found.inside.tolist(), strict=True))
    assert len(keys) == len(expected)
    assert set(keys) == set(expected)
    assert [expected[key] for key in keys] == sorted(expected.values(), reverse=True)
    assert {("timer", False), ("tim", False), ("ute", True)} <= set(keys)


def test_a_killed_run_finds_the_same_order_again_whatever_that_of_the_utterances(config: WordsConfig) -> None:
    encoder, utterances = Encoder(config.encoder), said(config.data)
    found = sought(utterances, (), (), encoder, least_words=2, least_parts=2)
    assert sought(utterances[::-1], (), (), encoder, least_words=2, least_parts=2) == found


def test_directions_keep_what_tells_words_apart_and_what_tells_parts_apart(config: WordsConfig, vectors: Path) -> None:
    words, tokens = counted(config)
    encoder, found = Encoder(config.encoder), WordVectors.read(vectors)
    written = {encoder.part(token): token for token in tokens}
    raw, home = np.zeros((len(found.forms), 8), np.float32), list[str]()
    for place, form in enumerate(found.forms.tolist()):
        if not found.inside[place] and words.get(form, ("", 0))[1] >= config.min_count:
            raw[place] = encoder.encode([form])[0]
            home.append(f"words of {words[form][0]}")
        else:
            token = written[form, bool(found.inside[place])]
            raw[place] = encoder.encode_tokens([token])[0]
            home.append(f"parts of {tokens[token][0]}")
    groups = np.array(home)
    for group in set(home):  # what all words of a language, or all parts, have in common is left out
        raw[groups == group] -= raw[groups == group].mean(axis=0)
    raw /= raw.std(axis=0)
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    # All eight directions are kept here, so that angles are as they were.
    kept = found.vectors / np.linalg.norm(found.vectors, axis=1, keepdims=True)
    assert kept[::7] @ kept.T == pytest.approx(raw[::7] @ raw.T, abs=5e-3)
    # What half of the sentences say is worth less than what two of them do.
    length = np.linalg.norm(found.vectors, axis=1)
    assert length[-50:].mean() > 1.3 * length[:20].mean()


def test_words_of_plain_text_come_after_those_of_the_data(config: WordsConfig, vectors: Path, tmp_path: Path) -> None:
    text = tmp_path / "more.txt"
    text.write_text("zebras graze\n" + 5 * "zebras and lights\n", encoding="utf-8")
    found = WordVectors.read(words.run(replace(config, texts=(text,), out=tmp_path / "vectors")).out / VECTORS)
    before = WordVectors.read(vectors).forms.tolist()
    assert found.forms[: len(before)].tolist() == before
    after = found.forms[len(before) :].tolist()
    # All that the data lacks: its letters are parts, and the one that is said once is none.
    assert "zebras" in after
    assert {form for form in after if len(form) > 1} == {"zebras"}


def test_words_of_utterances_beside_come_between_those_of_the_data_and_those_of_plain_text(
    config: WordsConfig, vectors: Path, tmp_path: Path
) -> None:
    tags = ("de-DE", "en-US")
    zebras = [Utterance(f"z{at}", tag, "zebras", "seen", (), "train") for tag in tags for at in range(5)]
    never = [replace(each, id=f"q{each.id}", text="quaggas", partition="dev") for each in zebras]
    write_utterances(tmp_path / "beside.jsonl", [*zebras, *never])
    text = tmp_path / "more.txt"
    text.write_text(9 * "okapis\n", encoding="utf-8")
    asked = replace(config, beside=tmp_path / "beside.jsonl", texts=(text,), out=tmp_path / "vectors")
    found = WordVectors.read(words.run(asked).out / VECTORS)
    before = WordVectors.read(vectors).forms.tolist()
    assert found.forms[: len(before)].tolist() == before
    after = [form for form in found.forms[len(before) :].tolist() if len(form) > 1]
    assert set(after) == {"zebras", "okapis"}


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
    for name, value in (("width", 6), ("most", 0), ("min_count", 0), ("min_count_parts", 0)):
        with pytest.raises(ConfigError, match=f"{name} is {value}"):
            words.run(replace(config, out=tmp_path / "out", **{name: value}))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no word occurs 99999 times, and no part"):
        words.run(replace(config, out=tmp_path / "out", min_count=99999, min_count_parts=99999))
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

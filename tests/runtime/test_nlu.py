from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.runtime import NLU, Calibration, bundled
from kiloglot.runtime.reading import read
from kiloglot.values import Parse

WORDS = (
    "set",
    "an",
    "alarm",
    "for",
    "seven",
    "stelle",
    "wecker",
    "7時に",
    "アラーム",
    "xyzzy",
    "?!",
    "\u200d",
    "",
    "𠀀",
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def calibrated(nlu: NLU, temperature: float = 1.0, threshold: float = 0.0) -> NLU:
    """The same model, calibrated otherwise."""
    manifest = replace(nlu.manifest, calibration=Calibration(temperature, threshold))
    return NLU(replace(nlu.artifact, manifest=manifest))


def same(one: Parse, other: Parse) -> bool:
    """Whether two parses say the same; sums over batches of other shapes differ in their last bits."""
    assert [each.intent for each in one.alternatives] == [each.intent for each in other.alternatives]
    confidences = [each.confidence for each in other.alternatives]
    assert [each.confidence for each in one.alternatives] == pytest.approx(confidences, abs=1e-4)
    assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
    return replace(one, alternatives=(), confidence=0.0) == replace(other, alternatives=(), confidence=0.0)


# ---- What it says ------------------------------------------------------------------------------------------------


def test_it_has_learned_what_it_was_taught(nlu: NLU, tiny_assistant: Path) -> None:
    test = load(tiny_assistant).only("test")
    parses = nlu.parse_batch([u.text for u in test])
    assert np.mean([parse.intent == u.intent for parse, u in zip(parses, test, strict=True)]) > 0.7
    assert np.mean([parse.slots == u.slots for parse, u in zip(parses, test, strict=True)]) > 0.4


def test_a_parse_is_whole(nlu: NLU) -> None:
    text = "set an alarm for seven"
    parse = nlu.parse(text)
    assert (parse.text, parse.intent, parse.rejected, parse.model) == (text, "alarm_set", None, "tiny 1")
    assert parse.locale in nlu.manifest.locales
    assert parse.confidence == parse.alternatives[0].confidence
    assert [slot.value(text) for slot in parse.slots if slot.type == "time"] == ["seven"]
    assert all(0 <= slot.confidence <= 1 for slot in parse.slots)
    assert parse.explanation is None


@given(st.lists(TEXTS, max_size=6), st.sampled_from([None, "ja-JP"]))
def test_a_batch_is_its_texts_one_by_one(nlu: NLU, texts: list[str], locale: str | None) -> None:
    batch = nlu.parse_batch(texts, locale)
    assert len(batch) == len(texts)
    assert all(same(parse, nlu.parse(text, locale)) for parse, text in zip(batch, texts, strict=True))


def test_many_texts_are_answered_in_their_order(nlu: NLU) -> None:
    texts = [" ".join(["alarm"] * (place % 7)) + f" {place}" for place in range(3000)]
    assert [parse.text for parse in nlu.parse_batch(texts)] == texts


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_model_is_whole(name: str) -> None:
    parse = NLU.load(name).parse("turn off the lights in the kitchen")
    assert parse.rejected is None
    assert parse.intent == {"home": "HassTurnOff/domain=light", "massive": "iot_hue_lightoff"}[name]


def test_the_same_text_gets_the_same_answer(nlu: NLU, tiny_model: Path) -> None:
    text = "erinnere mich morgen an den einkauf"
    assert nlu.parse(text) == nlu.parse(text) == NLU.load(tiny_model).parse(text)


# ---- Locales -----------------------------------------------------------------------------------------------------


def test_without_a_locale_the_model_names_one(nlu: NLU, tiny_assistant: Path) -> None:
    parses = nlu.parse_batch([u.text for u in load(tiny_assistant).only("test") if u.locale == "ja-JP"])
    assert np.mean([parse.locale == "ja-JP" for parse in parses]) > 0.8


@pytest.mark.parametrize(
    ("locale", "stands_for"), [("de-AT", "de-DE"), ("de", "de-DE"), ("DE_de", "de-DE"), ("xx", None)]
)
def test_a_locale_is_read_as_itself_else_as_its_language_else_not(
    nlu: NLU, locale: str, stands_for: str | None
) -> None:
    text = "stelle alarm 7"
    said, meant = nlu.parse(text, locale), nlu.parse(text, stands_for)
    assert said.alternatives == meant.alternatives
    assert said.slots == meant.slots


def test_a_locale_changes_the_scores(nlu: NLU) -> None:
    reads = [read("alarm 7")]
    one, other = (next(nlu.scores(reads, locale))[1].slot for locale in ("de-DE", "ja-JP"))
    assert not np.allclose(one, other)


def test_the_locale_is_answered_in_its_canonical_spelling(nlu: NLU) -> None:
    assert nlu.parse("stop", "DE_at").locale == "de-AT"
    assert nlu.parse("", "DE_at").locale == "de-AT"
    assert nlu.parse("").locale == ""


def test_what_is_no_locale_is_refused(nlu: NLU) -> None:
    with pytest.raises(DataError, match="not a locale tag"):
        nlu.parse("stop", "german")


# ---- Alternatives and calibration --------------------------------------------------------------------------------


@pytest.mark.parametrize("top_k", [1, 2, 14, 99])
def test_as_many_alternatives_as_asked_for(nlu: NLU, top_k: int) -> None:
    parse = nlu.parse("set an alarm", top_k=top_k)
    confidences = [each.confidence for each in parse.alternatives]
    assert len(confidences) == min(top_k, len(nlu.manifest.ontology.intents))
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1, abs=1e-5) or top_k < 14
    assert parse.intent == parse.alternatives[0].intent


def test_no_alternatives_cannot_be_asked_for(nlu: NLU) -> None:
    with pytest.raises(ConfigError, match="top_k is 0"):
        nlu.parse("stop", top_k=0)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_logits_are_divided_by_the_temperature(nlu: NLU, temperature: float) -> None:
    text = "play some jazz"
    ((_, scores, _),) = nlu.scores([read(text)])
    powers = np.exp(scores.intent[0].astype(np.float64) / temperature)
    parse = calibrated(nlu, temperature).parse(text)
    assert parse.confidence == pytest.approx((powers / powers.sum()).max(), abs=1e-5)


def test_a_confidence_below_the_threshold_is_refused_and_still_told(nlu: NLU) -> None:
    text = "set an alarm for seven"
    confidence = nlu.parse(text).confidence
    temperature = nlu.manifest.calibration.temperature
    below, above = (calibrated(nlu, temperature, confidence + step).parse(text) for step in (1e-3, -1e-3))
    assert (below.rejected, below.intent, below.confidence) == ("low_confidence", "alarm_set", confidence)
    assert above.rejected is None


# ---- What cannot be read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "?!", "\u200d\u202e", b""])
def test_nothing_to_read_is_empty(nlu: NLU, text: str | bytes) -> None:
    parse = nlu.parse(text, explain=True)
    assert (parse.rejected, parse.intent, parse.confidence, parse.slots) == ("empty", "", 0, ())
    assert parse.alternatives == ()
    assert parse.explanation is None


def test_too_much_to_read_is_too_long_even_where_it_is_sure(nlu: NLU) -> None:
    parse = nlu.parse("set an alarm " * 2000)
    assert (parse.rejected, parse.intent) == ("too_long", "alarm_set")


def test_bytes_are_answered(nlu: NLU) -> None:
    text = "setze einen wecker für acht"
    assert nlu.parse(text.encode()) == nlu.parse(text)
    assert nlu.parse(b"\xff\x00\xfe alarm").text == "\ufffd\0\ufffd alarm"


# ---- Embeddings --------------------------------------------------------------------------------------------------


def test_embeddings_are_unit_vectors_in_the_order_of_their_texts(nlu: NLU) -> None:
    texts = ["set an alarm", "stop", "", "7時に起こして"]
    found = nlu.embed(texts)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(found[1], nlu.embed(["stop"])[0], atol=1e-5)
    assert nlu.embed([]).shape == (0, found.shape[1])


# ---- Loading -----------------------------------------------------------------------------------------------------


def test_a_model_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="not bundled") as caught:
        NLU.load(tmp_path / "nowhere")
    assert all(name in str(caught.value) for name in bundled())
    with pytest.raises(ArtifactError, match="no readable manifest"):
        NLU.load(tmp_path)


def test_it_needs_a_thread(tiny_model: Path) -> None:
    with pytest.raises(ConfigError, match="0 threads"):
        NLU.load(tiny_model, threads=0)
    assert NLU.load(tiny_model, threads=2).parse("stop").intent == "stop"

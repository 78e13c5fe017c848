"""What words mean in the sentences that have them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiloglot.stages import words
from kiloglot.stages.contexts import Sentences, in_context
from kiloglot.stages.sought import Sought, sought
from kiloglot.stages.words import VECTORS, WordsConfig
from kiloglot.text import normalise, segment
from kiloglot.training import Encoder, WordVectors
from tests.stages.test_words import encoder_at, said


@pytest.fixture(scope="module")
def encoder(tiny_assistant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder_at(tmp_path_factory.mktemp("encoder") / "encoder", tiny_assistant)


@pytest.fixture(scope="module")
def asked(tiny_assistant: Path, encoder: Path) -> list[Sought]:
    return sought(said(tiny_assistant), (), (), Encoder(encoder), least_words=2, least_parts=2)


def met(asked: list[Sought], texts: list[str], encoder: Encoder) -> np.ndarray:
    """How many of `texts` have each of what is asked for."""
    forms = [{unit.form for unit in segment(text)} for text in texts]
    parts = [{encoder.part(token) for token in tokens} for tokens in encoder.tokens(texts)]
    return np.array(
        [
            sum(
                (one.form, one.inside) in own_parts or (not one.inside and one.form in own_forms)
                for own_forms, own_parts in zip(forms, parts, strict=True)
            )
            for one in asked
        ]
    )


def test_everything_occurs_in_a_few_of_the_sentences_and_no_sentence_is_chosen_for_nothing(
    tiny_assistant: Path, encoder: Path, asked: list[Sought]
) -> None:
    model, texts = Encoder(encoder), sorted({normalise(utterance.text) for utterance in said(tiny_assistant)})
    sentences = Sentences(asked, model, each=3)
    sentences.choose(texts)
    assert np.array_equal(met(asked, sentences.chosen, model) >= 3, met(asked, texts, model) >= 3)
    assert 0 < len(sentences.chosen) < len(texts)
    chosen = len(sentences.chosen)
    sentences.choose(sentences.chosen[:50])
    assert len(sentences.chosen) - chosen < 50


def test_what_is_met_is_the_mean_of_its_tokens_wherever_they_stand(
    tiny_assistant: Path, encoder: Path, asked: list[Sought], tmp_path: Path
) -> None:
    # This encoder's state of a token is the same everywhere, so that the mean can be told beforehand.
    model = Encoder(encoder)
    sentences = Sentences(asked, model, each=2)
    sentences.choose(utterance.text for utterance in said(tiny_assistant))
    found = in_context(sentences, len(asked), model.width, tmp_path)
    alone = {one: model.read([one.form])[0].states for one in asked if one.token is None}
    for place, one in enumerate(asked):
        if one.token is None and not segment(one.form)[0].character:
            assert found[place] == pytest.approx(alone[one].mean(axis=0), abs=2e-3), one
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept
    assert np.array_equal(in_context(sentences, len(asked), model.width, tmp_path), found)  # read from what is kept
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept


def test_words_are_told_apart_by_their_sentences_too(tiny_assistant: Path, encoder: Path, tmp_path: Path) -> None:
    config = WordsConfig(tiny_assistant, encoder, tmp_path / "alone", contexts=0, width=8)
    alone = WordVectors.read(words.run(config).out / VECTORS)
    both = WordVectors.read(words.run(replace(config, out=tmp_path / "both", contexts=2)).out / VECTORS)
    assert both.forms.tolist() == alone.forms.tolist()
    assert both.vectors.shape == alone.vectors.shape
    assert not np.allclose(both.vectors @ both.vectors.T, alone.vectors @ alone.vectors.T, rtol=0.1)

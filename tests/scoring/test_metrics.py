"""The three official figures against seqeval, the official repository's own cases, and algebra."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score

from kiloglot.scoring.metrics import LOCALES_1_0, locale_figures, mean_figures
from kiloglot.scoring.official import Conversion, gold_tags, tags, tokens
from kiloglot.scoring.rows import Rows, score_rows
from kiloglot.values import Ontology, Prediction, Slot, Utterance

Tags = Sequence[str]


def _slots(sequence: Tags) -> tuple[Slot, ...]:
    """One slot a tagged token; tokens are the words of `_text`."""
    return tuple(Slot(tag, 3 * at, 3 * at + 2) for at, tag in enumerate(sequence) if tag)


def _text(sequence: Tags) -> str:
    return " ".join(["aa"] * len(sequence))


def _rows(pairs: Sequence[tuple[Tags, Tags]], intents: Sequence[tuple[str, str]] | None = None) -> Rows:
    intents = intents or [("x", "x")] * len(pairs)
    gold, predicted = [], []
    for at, ((wanted, given_tags), (intent, guess)) in enumerate(zip(pairs, intents, strict=True)):
        gold.append(Utterance(str(at), "en-US", _text(wanted), intent, _slots(wanted)))
        predicted.append(Prediction(str(at), "en-US", guess, _slots(given_tags)))
    names = {name for pair in intents for name in pair}
    types = {tag for pair in pairs for sequence in pair for tag in sequence if tag}
    return score_rows(gold, predicted, Ontology(tuple(sorted(names)), tuple(sorted(types))))


def test_the_example_of_issue_13_of_the_official_repository_is_wrong() -> None:
    # https://github.com/alexa/massive/issues/13: gold "what is the weather [datetime : today]",
    # predicted "what [datetime : is the weather today]"; before 22 June 2022 it counted as right.
    text = "what is the weather today"
    gold = Utterance("1", "en-US", text, "weather_query", (Slot("datetime", 20, 25),))
    predicted = Prediction("1", "en-US", "weather_query", (Slot("datetime", 5, 25),))
    (figures,) = locale_figures(score_rows([gold], [predicted], Ontology.of([gold])))
    assert (figures.intent_acc, figures.slot_micro_f1, figures.ex_match_acc) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("predicted", "gold", "f1"),
    [
        (["XXZ"], ["XXY"], 0.5),
        (["XX.XXYZ"], ["XX.XXZY"], 0.5),
        (["XXXYY"], ["XX.YY"], 0.5),
        (["X..YY"], ["XX.YY"], 0.5),
        (["XXY.."], ["XXY.Y"], 0.8),
        ([".", "X"], ["Y", "X"], 2 / 3),
    ],
)
def test_slot_f1_of_the_official_test_cases(predicted: list[str], gold: list[str], f1: float) -> None:
    """The tag sequences of `test/test_eval_metrics.py` in alexa/massive, `.` for Other."""
    pairs = [(_letters(g), _letters(p)) for g, p in zip(gold, predicted, strict=True)]
    assert locale_figures(_rows(pairs))[0].slot_micro_f1 == pytest.approx(f1)


def test_exact_match_of_the_official_test_case() -> None:
    gold, predicted = ["XX", "XXY", "X", "XZ"], ["XY", "XXY", "X", "XY"]
    pairs = [(_letters(g), _letters(p)) for g, p in zip(gold, predicted, strict=True)]
    figures = locale_figures(_rows(pairs, [("A", "A"), ("B", "B"), ("D", "C"), ("E", "E")]))[0]
    assert (figures.intent_acc, figures.ex_match_acc) == (0.75, 0.25)


def _letters(sequence: str) -> list[str]:
    return ["" if letter == "." else letter for letter in sequence]


def test_adjacent_slots_of_one_type_are_one_span() -> None:
    text = "set alarms for six seven"
    two = (Slot("time", 15, 18), Slot("time", 19, 24))
    one = (Slot("time", 15, 24),)
    gold = Utterance("1", "en-US", text, "alarm_set", two)
    rows = score_rows([gold], [Prediction("1", "en-US", "alarm_set", one)], Ontology.of([gold]))
    assert rows.statistics.tolist() == [[1, 1, 1, 1, 1, 1]]


_TAGS = st.sampled_from(["", "time", "date", "name"])
_PAIRS = st.lists(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(st.lists(_TAGS, min_size=n, max_size=n), st.lists(_TAGS, min_size=n, max_size=n))
    ),
    min_size=1,
    max_size=6,
)


def _bio(sequence: Tags) -> list[str]:
    before = ["", *sequence]
    return ["O" if not tag else ("I-" if tag == last else "B-") + tag for last, tag in zip(before, sequence)]  # noqa: B905


def _seqeval(pairs: Sequence[tuple[Tags, Tags]]) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns where there is no span at all
        return float(f1_score([_bio(gold) for gold, _ in pairs], [_bio(predicted) for _, predicted in pairs]))


@given(_PAIRS)
def test_slot_f1_is_seqevals(pairs: list[tuple[list[str], list[str]]]) -> None:
    figures = locale_figures(_rows(pairs))[0]
    assert figures.slot_micro_f1 == pytest.approx(_seqeval(pairs))
    assert figures.ex_match_acc == pytest.approx(sum(gold == predicted for gold, predicted in pairs) / len(pairs))


@st.composite
def _utterance(draw: st.DrawFn) -> tuple[Utterance, tuple[Slot, ...]]:
    """Text of both scripts with gold and predicted spans that may end anywhere."""
    text = draw(st.text("ab 金曜日の", min_size=1, max_size=14).filter(lambda text: bool(text.strip())))
    locale = draw(st.sampled_from(["ja-JP", "zh-CN", "zh-TW", "en-US"]))
    return Utterance("1", locale, text, "x", draw(_spans(text))), draw(_spans(text))


def _spans(text: str) -> st.SearchStrategy[tuple[Slot, ...]]:
    cuts = st.lists(st.integers(0, len(text)), unique=True, max_size=6).map(sorted)
    return st.builds(
        lambda ends, kinds: tuple(
            Slot(kind, start, end) for kind, start, end in zip(kinds, ends[::2], ends[1::2], strict=False)
        ),
        cuts,
        st.lists(st.sampled_from(["time", "date"]), min_size=3, max_size=3),
    )


@given(st.lists(_utterance(), min_size=1, max_size=5), st.sampled_from(Conversion))
def test_slot_f1_is_seqevals_on_every_conversion(
    drawn: list[tuple[Utterance, tuple[Slot, ...]]], conversion: Conversion
) -> None:
    gold = [Utterance(str(at), u.locale, u.text, u.intent, u.slots) for at, (u, _) in enumerate(drawn)]
    predicted = [Prediction(u.id, u.locale, "x", slots) for u, (_, slots) in zip(gold, drawn, strict=True)]
    pairs = []
    for utterance, (_, slots) in zip(gold, drawn, strict=True):
        offsets = tokens(utterance.text, utterance.slots, utterance.locale)
        pairs.append((gold_tags(utterance, offsets, conversion), tags(offsets, slots)))
    sums = score_rows(gold, predicted, Ontology(("x",), ("date", "time")), conversion=conversion).statistics.sum(axis=0)
    assert 2 * sums[5] / max(1, sums[3] + sums[4]) == pytest.approx(_seqeval(pairs))


def test_the_corrected_conversion_accepts_what_the_official_one_calls_wrong() -> None:
    # [artist_name : abc] をかけて; the predicted span is the gold one.
    gold = Utterance("1", "ja-JP", "abcをかけて", "play_music", (Slot("artist_name", 0, 3),))
    predicted = Prediction("1", "ja-JP", "play_music", gold.slots)
    for conversion, expected in ((Conversion.OFFICIAL, 0.0), (Conversion.CORRECTED, 1.0)):
        rows = score_rows([gold], [predicted], Ontology.of([gold]), conversion=conversion)
        assert locale_figures(rows)[0].slot_micro_f1 == expected


def _by_locale(right: dict[str, list[bool]]) -> Rows:
    gold = [Utterance(str(at), locale, "aa", "x") for locale, answers in right.items() for at in range(len(answers))]
    answers = [answer for answers in right.values() for answer in answers]
    predicted = [Prediction(u.id, u.locale, "x" if ok else "y") for u, ok in zip(gold, answers, strict=True)]
    return score_rows(gold, predicted, Ontology(("x", "y"), ()))


def test_the_mean_weighs_locales_equally() -> None:
    rows = _by_locale({"de-DE": [True, False, False, False], "en-US": [True]})
    figures = mean_figures(rows)
    assert figures is not None
    assert figures.intent_acc == pytest.approx((0.25 + 1) / 2)
    assert figures.utterances == 5


def test_the_mean_of_1_0_leaves_catalan_out_and_wants_all_others() -> None:
    right = {locale: [True] for locale in LOCALES_1_0} | {"ca-ES": [False]}
    assert len(LOCALES_1_0) == 51
    whole, published = mean_figures(_by_locale(right)), mean_figures(_by_locale(right), only_1_0=True)
    assert whole is not None and whole.intent_acc == pytest.approx(51 / 52)
    assert published is not None and published.intent_acc == 1.0
    assert mean_figures(_by_locale({"de-DE": [True]}), only_1_0=True) is None

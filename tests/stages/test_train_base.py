"""`train` from a model that reads already: what it keeps, what it says, and what it warns of."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiloglot.data import check_corpus, scan_project, starter_path
from kiloglot.runtime import NLU
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import evaluate, init, train
from kiloglot.stages.finetune import FinetuneReport
from kiloglot.stages.starts import Starts
from kiloglot.stages.suspicions import misplaced, renamed
from kiloglot.stages.train import TrainConfig
from kiloglot.values import Ontology

SIZES = Sizes(unit_rows=3000, bag_rows=3000, unit_width=8, bag_width=8, hidden=16, embedding=8, min_count=1)
FITTING = Fitting(epochs=1, budget=1500, warmup=2, row_rate=2e-2, rate=1e-2, device="cpu")
SHOP = {
    "shop_open": [
        "when does the shop open",
        "at what hour does it open",
        "is the shop open now",
        "opening hours please",
    ],
    "shop_call": ["call the shop", "phone the shop please", "ring the shop", "give the shop a call"],
}


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without plots, which take most of their time."""
    monkeypatch.setattr(evaluate, "draw_plots", lambda _: {})


def shop(folder: Path, base: Path, sentences: dict[str, list[str]] = SHOP, locale: str = "en-US") -> TrainConfig:
    """Data whose last sentence of each intent is for dev."""
    folder.mkdir()
    rows = [
        {
            "id": f"{intent}{place}",
            "locale": locale,
            "text": text,
            "intent": intent,
            "slots": [],
            "partition": "dev" if place and place == len(texts) - 1 else "train",
        }
        for intent, texts in sentences.items()
        for place, text in enumerate(texts)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return TrainConfig(folder=folder, base=str(base), sizes=SIZES, fitting=FITTING)


def test_a_few_sentences_on_a_base_are_a_model_that_runs(tiny_model: Path, tmp_path: Path) -> None:
    found = train.run(shop(tmp_path / "shop", tiny_model))
    assert found.starts is not None
    assert found.starts.scratch is not None
    told = found.starts.told()
    nlu = NLU.load(found.model)
    for intent, texts in SHOP.items():
        assert nlu.parse(texts[0], "en-US").intent == intent
    if found.starts.kept is found.starts.adapted:
        assert nlu.manifest.locales == NLU.load(tiny_model).manifest.locales
    page, figures = (
        found.report.read_text("utf-8"),
        json.loads((found.report.parent / "report.json").read_text("utf-8")),
    )
    assert told.split(":")[0] in page
    assert figures["remarks"][0] == told
    assert any(remark.startswith("Asked of what was learned from the others") for remark in figures["remarks"])
    assert told in found.scores.to_text()


def test_the_better_start_is_kept_and_its_lead_is_told() -> None:
    report = FinetuneReport(Path("a"), "shop@0", 9, 0, 0, 0.75, 0.5, 1.0)
    worse, better = replace(report, exact=0.25), replace(report, out=Path("b"), exact=0.625)
    for scratch, kept, told in (
        (worse, report, "from home: exact match 50.0 on 8 dev"),
        (better, better, "from scratch"),
    ):
        starts = Starts("home", 8, report, scratch)
        assert starts.kept is kept
        assert starts.told().startswith(told)
    assert Starts("home", 8, report, replace(report, out=Path("b"))).kept is report, "the one that knows more locales"
    assert "25.0 points above" in Starts("home", 8, report, worse).told()
    assert "not compared" in Starts("home", 8, report, None).told()


def test_a_locale_that_the_base_never_saw_is_warned_of_and_learned(
    lines: Any, tiny_model: Path, tmp_path: Path
) -> None:
    found = train.run(shop(tmp_path / "shop", tiny_model, locale="eo-XX"), lines)
    assert any("never seen eo-XX" in line for line in lines.said)
    assert "eo-XX" in NLU.load(found.model).manifest.locales


def test_one_sentence_an_intent_is_enough_for_a_model(tiny_model: Path, tmp_path: Path) -> None:
    few = {intent: [texts[0], texts[-1]] for intent, texts in SHOP.items()}
    found = train.run(shop(tmp_path / "shop", tiny_model, few))
    nlu = NLU.load(found.model)
    assert [nlu.parse(texts[0], "en-US").intent for texts in SHOP.values()] == list(SHOP)


def test_renamed_intents_are_told(lines: Any, tiny_model: Path, tmp_path: Path) -> None:
    config = shop(tmp_path / "shop", tiny_model)
    train.run(config)
    rows = (config.folder / "rows.jsonl").read_text("utf-8").replace("shop_call", "phone_shop")
    (config.folder / "rows.jsonl").write_text(rows, encoding="utf-8")
    found = train.run(config, lines)
    (line,) = [line for line in lines.said if "gone" in line]
    assert "shop_call" in line
    assert "phone_shop" in line
    assert any("shop_call" in remark for remark in found.scores.remarks)
    assert renamed(tmp_path / "nothing", Ontology(("a",), ())) == ()


@pytest.fixture
def assistant(tiny_assistant: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_assistant, tmp_path / "assistant"))


def test_sentences_in_the_file_of_another_language_are_named(assistant: Path) -> None:
    nlu = NLU.load()
    assert not list(misplaced(nlu, scan_project(starter_path()).examples)), "none of the starter's fourteen locales"
    assert not list(misplaced(nlu, scan_project(assistant).examples))
    file = assistant / "locales" / "ja-JP.yaml"
    file.write_bytes((assistant / "locales" / "de-DE.yaml").read_bytes())
    (fault,) = misplaced(nlu, scan_project(assistant).examples)
    assert (fault.path, fault.code, fault.severity) == (file, "other-language", "warning")
    assert fault.line
    assert "'de'" in fault.message


@pytest.mark.parametrize(("intents", "code"), [(1, "one-intent"), (2, ""), (5000, "many-intents")])
def test_too_few_and_too_many_intents_are_warned_of(tiny_assistant: Path, intents: int, code: str) -> None:
    examples = scan_project(tiny_assistant).examples[:1]
    ontology = Ontology(tuple(f"intent_{number}" for number in range(intents)), ())
    found = {fault.code for fault in check_corpus(examples, ontology, "warning")}
    assert found & {"one-intent", "many-intents"} == ({code} if code else set())


def test_contradictory_labels_are_an_error_with_both_places(tmp_path: Path) -> None:
    folder = init.run(init.InitConfig("home", tmp_path, ("en-US",))).folder
    file = folder / "locales" / "en-US.yaml"
    examples = scan_project(folder).examples
    first = next(e for e in examples if not e.utterance.slots and e.utterance.partition == "train")
    assistant = scan_project(folder).assistant
    assert assistant is not None
    other = replace(first.utterance, intent=next(i for i in assistant.ontology.intents if i != first.utterance.intent))
    clash = [first, replace(first, utterance=other, line=first.line + 1)]
    (fault,) = [f for f in check_corpus(clash, assistant.ontology, "error") if f.code == "two-intents"]
    assert (fault.severity, fault.path, fault.line) == ("error", file, first.line + 1)
    assert f"line {first.line}" in fault.message

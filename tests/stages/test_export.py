"""`export`: the artifact says what torch says, or there is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError, GateError, OntologyError
from kiloglot.runtime import NLU, Artifact
from kiloglot.stages import export
from kiloglot.stages.export import ExportConfig
from kiloglot.training import Taught


@pytest.fixture
def config(tiny_student: Path, tiny_assistant: Path, tmp_path: Path) -> ExportConfig:
    return ExportConfig(student=tiny_student, data=tiny_assistant, out=tmp_path / "model", tolerance=0.05)


@pytest.fixture
def mine(tiny_student: Path, tmp_path: Path) -> Path:
    """A copy of the student that a test may change."""
    return Path(shutil.copytree(tiny_student, tmp_path / "student"))


def test_the_model_says_what_it_is(tiny_model: Path, tiny_student: Path) -> None:
    manifest = Artifact.read(tiny_model).manifest
    taught = Taught.read(tiny_student)
    record = json.loads((tiny_student / "stage.json").read_text("utf-8"))
    assert (manifest.ontology, manifest.locales) == (taught.ontology, taught.locales)
    assert (manifest.name, manifest.bits) == ("tiny", taught.student.shape.bits)
    assert manifest.trained_on == record["figures"]["data"], "train and dev, not dev alone"
    assert 0 < manifest.calibration.temperature < 100


def test_the_report_tells_what_is_measured(config: ExportConfig, tiny_assistant: Path) -> None:
    report = export.run(config)
    assert 0 <= report.differing <= 0.05
    assert report.bytes == sum(
        path.stat().st_size for path in report.out.iterdir() if path.name not in ("manifest.json", "stage.json")
    )
    nlu, data, shares = NLU.load(report.out), load(tiny_assistant, partitions=["dev"]), []
    for locale in data.locales:
        gold = [u for u in data.utterances if u.locale == locale]
        parses = nlu.parse_batch([u.text for u in gold], locale)
        shares.append(sum(p.intent == u.intent for p, u in zip(parses, gold, strict=True)) / len(gold))
    assert report.intent == pytest.approx(sum(shares) / len(shares))
    assert report.exact <= report.intent
    assert json.loads((report.out / "stage.json").read_text("utf-8"))["stage"] == "export"


def made_for_full_precision(student: Path) -> Path:
    """The tiny student, trained in 4 bits, as one whose rows are something else in full precision."""
    words = json.loads((student / "student.json").read_text("utf-8"))
    words["shape"]["bits"] = 0
    (student / "student.json").write_text(json.dumps(words), "utf-8")
    state = torch.load(student / "student.pt", weights_only=True)
    torch.manual_seed(0)
    for table in ("units", "bag"):
        rows = state[f"{table}.table.weight"]
        # One large number a row takes the steps away from all others, which decide.
        rows[:, 0] = 20 * rows.abs().max() * torch.randn(len(rows)).sign()
    torch.save(state, student / "student.pt")
    return student


def test_fewer_bits_than_in_training_do_not_pass_a_strict_gate(config: ExportConfig, mine: Path) -> None:
    strict = replace(config, student=made_for_full_precision(mine), bits=4, tolerance=0.0)
    config.out.mkdir()
    with pytest.raises(GateError, match=r"of dev otherwise than torch, 0\.00% are allowed\. Export with more --bits"):
        export.run(strict)
    assert not list(config.out.iterdir()), "a refused model is not written"
    with pytest.raises(ConfigError, match="full precision"):
        export.run(replace(strict, bits=0))


def test_a_refused_model_leaves_the_old_one(config: ExportConfig, mine: Path) -> None:
    export.run(config)
    before = {path.name: path.read_bytes() for path in config.out.iterdir()}
    with pytest.raises(GateError):
        export.run(replace(config, student=made_for_full_precision(mine), bits=4, tolerance=0.0))
    assert {path.name: path.read_bytes() for path in config.out.iterdir()} == before


def test_two_utterances_may_differ_in_any_case_and_three_may_not(
    config: ExportConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = len(load(config.data, partitions=("dev",)).utterances)
    for few in (2, 3):
        share = float(1 - np.mean([place >= few for place in range(count)]))  # as it is counted, to the last bit
        monkeypatch.setattr(export, "differing", lambda *_, share=share: share)
        if few == 2:
            export.run(replace(config, tolerance=0.0))
        else:
            with pytest.raises(GateError):
                export.run(replace(config, tolerance=0.0))


def test_eight_bits_are_larger_than_four(config: ExportConfig) -> None:
    four, eight = (export.run(replace(config, bits=bits, out=config.out / str(bits))) for bits in (4, 8))
    assert eight.bytes > four.bytes
    assert NLU.load(eight.out).manifest.bits == 8


def test_files_of_others_are_not_replaced(config: ExportConfig) -> None:
    config.out.mkdir()
    (config.out / "thesis.md").write_text("mine")
    with pytest.raises(ConfigError, match=r"thesis\.md"):
        export.run(config)
    assert (config.out / "thesis.md").read_text() == "mine"


def test_notes_go_into_the_card(config: ExportConfig, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("Erzählt von Größe.\n", "utf-8")
    export.run(replace(config, notes=notes))
    assert "Erzählt von Größe." in (config.out / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bits": 5}, "tables of 5 bits"),
        ({"keep": 0.0}, "keep is 0.0"),
        ({"keep": 1.5}, "keep is 1.5"),
        ({"tolerance": -0.1}, "tolerance is -0.1"),
        ({"notes": Path("absent.md")}, "notes cannot be read"),
        *(({"budget": size}, "is no size") for size in ("6 Mb", "6KB", "-1MB", "1e6", "six", "6 MB ", "6.MB", "٦MB")),
    ],
)
def test_impossible_settings_are_refused(config: ExportConfig, change: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        export.run(replace(config, **change))  # type: ignore[arg-type]
    assert not config.out.exists()


def test_a_folder_without_a_student_is_named(config: ExportConfig, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no readable student"):
        export.run(replace(config, student=tmp_path))


def test_a_student_without_its_record_is_named(config: ExportConfig, mine: Path) -> None:
    (mine / "stage.json").unlink()
    with pytest.raises(ArtifactError, match="record of the student's training"):
        export.run(replace(config, student=mine))


def rows(path: Path, *said: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in said), "utf-8")
    return path


def test_data_of_another_ontology_are_refused(config: ExportConfig, tmp_path: Path) -> None:
    said = {"id": "1", "locale": "en-US", "text": "dance", "intent": "dance", "slots": [], "partition": "dev"}
    with pytest.raises(OntologyError, match="does not know dance"):
        export.run(replace(config, data=rows(tmp_path / "other.jsonl", said)))


def test_data_of_other_locales_are_refused(config: ExportConfig, tmp_path: Path) -> None:
    said = {"id": "1", "locale": "sw-KE", "text": "simama", "intent": "stop", "slots": [], "partition": "dev"}
    with pytest.raises(DataError, match="no dev utterance in the student's locales"):
        export.run(replace(config, data=rows(tmp_path / "other.jsonl", said)))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def least(config: ExportConfig) -> int:
    """The least size, as the refusal of one byte names it."""
    with pytest.raises(ConfigError, match=r"1 bytes is too small .*\. The least that is possible is \d+ bytes") as told:
        export.run(replace(config, budget="1"))
    return int(told.value.remedy.split()[-2])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_model_is_no_larger_than_its_budget_and_hardly_smaller(config: ExportConfig, share: float) -> None:
    whole = size(export.run(config).out)
    low = least(config)
    budget = int(low + share * (whole - low))
    report = export.run(replace(config, budget=str(budget)))
    assert budget - 1100 <= size(report.out) <= budget
    artifact = Artifact.read(report.out)
    assert report.pruning is not None
    assert (len(artifact.units.scales), len(artifact.bag.scales)) == (report.pruning.unit_rows, report.pruning.bag_rows)
    assert 0 <= report.differing <= 0.05, "the model is compared with the student that was pruned as it is"


def test_the_least_that_is_possible_is_possible_and_one_byte_less_is_not(config: ExportConfig) -> None:
    low = least(config)
    with pytest.raises(ConfigError, match="too small"):
        export.run(replace(config, budget=str(low - 1)))
    report = export.run(replace(config, budget=str(low)))
    assert report.pruning is not None
    assert (report.pruning.unit_rows, report.pruning.bag_rows) == (1, 1)
    assert size(report.out) <= low


def test_room_for_all_changes_nothing(config: ExportConfig) -> None:
    files = []
    for budget in ("", "25MB"):
        out = export.run(replace(config, budget=budget)).out
        files.append({path.name: path.read_bytes() for path in out.iterdir() if path.name != "stage.json"})
    assert files[0] == files[1]


def test_what_a_budget_costs_is_told(config: ExportConfig) -> None:
    before = export.run(config)
    report = export.run(replace(config, budget=str(least(config) + 20_000)))
    pruning = report.pruning
    assert before.pruning is None
    assert pruning is not None
    # The model in few bits and torch may differ on `tolerance` of dev.
    assert pruning.whole_intent == pytest.approx(before.intent, abs=0.05)
    assert pruning.whole_exact == pytest.approx(before.exact, abs=0.05)
    assert pruning.told(report.intent, report.exact) in (report.out / "README.md").read_text("utf-8")
    assert json.loads((report.out / "stage.json").read_text("utf-8"))["figures"]["pruning"]["bag_rows"] > 1


def test_pruning_needs_the_texts_that_were_learned(config: ExportConfig, tmp_path: Path) -> None:
    said = {"id": "1", "locale": "en-US", "text": "stop", "intent": "stop", "slots": [], "partition": "dev"}
    data = rows(tmp_path / "dev.jsonl", said)
    with pytest.raises(DataError, match="no utterance of what was asked for"):
        export.run(replace(config, data=data, budget=str(least(config) + 20_000)))

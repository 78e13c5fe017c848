"""Recipes: read, filled in, run, and run again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from kiloglot.errors import ConfigError, KiloglotError
from kiloglot.runtime import Artifact, model_folder
from kiloglot.stages import evaluate
from kiloglot.stages import run as running
from kiloglot.stages.export import ExportConfig
from kiloglot.stages.finetune import FinetuneConfig
from kiloglot.stages.predict import PredictConfig
from kiloglot.stages.run import RunConfig, read_recipe, shipped_recipes
from kiloglot.stages.train import TrainConfig

GIVEN = {"data": "some/data"}
INPUTS = {
    "demo": {},
    "home": {"massive": "some/massive", "text": "some/text", "encoder": "some/encoder"},
    "massive": {"data": "some/data", "encoder": "some/encoder", "texts": "."},
}
"""What a recipe asks for, where it is not `GIVEN`."""


def recipe(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


# Predicting and scoring with a model that is there already: stages that take a second.
SHORT = """
[recipe.inputs]
data = "labelled utterances"
model = "a model's folder"

[recipe.defaults]
work = "{work}"
locale = "en-US"
resamples = 50

[[stage]]
run = "predict"
data = "${{data}}"
model = "${{model}}"
locales = ["${{locale}}"]
out = "${{work}}/predicted.jsonl"

[[stage]]
run = "evaluate"
data = "${{data}}"
predicted = "${{work}}/predicted.jsonl"
locales = ["${{locale}}"]
resamples = "${{resamples}}"
out = "${{work}}/report"
"""


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without plots, which take most of their time."""
    monkeypatch.setattr(evaluate, "draw_plots", lambda _: {})


@pytest.fixture
def short(tmp_path: Path) -> str:
    return recipe(tmp_path, SHORT.format(work=tmp_path / "work"))


def ran(source: str, assistant: Path, model: Path, *pairs: str, force: bool = False) -> tuple[list[str], list[str]]:
    """(verbs that ran, verbs that were skipped)."""
    given = (f"data={assistant}", f"model={model}", *pairs)
    report = running.run(RunConfig(source, given, force))
    return list(report.done), list(report.skipped)


def resamples_of(report: Path) -> str:
    return str(json.loads((report / "report.json").read_text("utf-8"))["signature"]["resamples"])


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_recipe_fits_its_stages(name: str) -> None:
    found = read_recipe(name, INPUTS.get(name, GIVEN))
    assert found.name == name
    assert found.steps
    for step in found.steps:
        assert type(step.config) is step.stage.config
        assert not [value for value in vars_of(step.config).values() if "$" in str(value)]


def vars_of(config: object) -> Mapping[str, object]:
    return {name: getattr(config, name) for name in type(config).__slots__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["home", "massive", "starter"])
def test_stages_of_a_shipped_recipe_hand_over(name: str) -> None:
    written: list[Path] = []
    for step in read_recipe(name, INPUTS.get(name, GIVEN)).steps:
        for value in vars_of(step.config).values():
            path = Path(value) if isinstance(value, Path | str) else None
            assert (
                path is None
                or not path.is_relative_to(f"work/{name}")
                or {path, path.parent} & {*written, step.config.out}
                or (path.name == "curves")
            )
        assert step.config.out not in written
        written.append(step.config.out)


def test_the_starter_recipe_trains_as_train_does() -> None:
    (config,) = (s.config for s in read_recipe("starter", GIVEN).steps if isinstance(s.config, FinetuneConfig))
    whole = TrainConfig(folder=Path())
    assert (config.sizes, config.noise, config.weights, config.fitting) == (
        whole.sizes,
        whole.noise,
        whole.weights,
        whole.fitting,
    )


@pytest.mark.parametrize("name", ["massive", "home"])
def test_a_recipe_makes_the_bundled_model(name: str) -> None:
    configs = [step.config for step in read_recipe(name, INPUTS[name]).steps]
    (export,) = (config for config in configs if isinstance(config, ExportConfig))
    shipped = Artifact.read(model_folder(name))
    assert (export.name, export.licence) == (name, "CC-BY-4.0")
    assert export.version == shipped.manifest.version
    assert export.notes is not None and export.notes.is_file()
    assert export.budget == "", "all rows"
    (sizes,) = (config.sizes for config in configs if isinstance(config, FinetuneConfig))
    assert shipped.words is not None
    tables = (shipped.units, shipped.bag, shipped.words)
    assert (sizes.unit_rows, sizes.bag_rows, sizes.word_rows) == tuple(len(table.scales) for table in tables)
    assert sizes.bits == shipped.manifest.bits


def test_the_massive_recipe_scores_told_and_untold() -> None:
    configs = [step.config for step in read_recipe("massive", INPUTS["massive"]).steps]
    assert [config.tell_locale for config in configs if isinstance(config, PredictConfig)] == [True, False]


def test_the_massive_recipe_makes_a_smaller_model_where_it_is_asked_for() -> None:
    configs = [step.config for step in read_recipe("massive", {**INPUTS["massive"], "budget": "6MB"}).steps]
    assert [config.budget for config in configs if isinstance(config, ExportConfig)] == ["6MB"]


def test_what_is_done_is_skipped(short: str, tiny_assistant: Path, tiny_model: Path, tmp_path: Path) -> None:
    assert ran(short, tiny_assistant, tiny_model) == (["predict", "evaluate"], [])
    assert ran(short, tiny_assistant, tiny_model) == ([], ["predict", "evaluate"])
    assert ran(short, tiny_assistant, tiny_model, force=True) == (["predict", "evaluate"], [])
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["predicted.jsonl", "recipe.json", "report"]


def test_a_changed_setting_runs_from_there_on(
    short: str, tiny_assistant: Path, tiny_model: Path, tmp_path: Path
) -> None:
    ran(short, tiny_assistant, tiny_model)
    assert ran(short, tiny_assistant, tiny_model, "resamples=60") == (["evaluate"], ["predict"])
    assert resamples_of(tmp_path / "work" / "report") == "60"
    assert ran(short, tiny_assistant, tiny_model, "locale=de-DE") == (["predict", "evaluate"], [])
    # Their outputs are those of another locale by now.
    assert ran(short, tiny_assistant, tiny_model) == (["predict", "evaluate"], [])


def test_a_lost_output_is_made_again(short: str, tiny_assistant: Path, tiny_model: Path, tmp_path: Path) -> None:
    ran(short, tiny_assistant, tiny_model)
    (tmp_path / "work" / "predicted.jsonl").unlink()
    assert ran(short, tiny_assistant, tiny_model) == (["predict"], ["evaluate"])


def test_a_stage_that_fails_keeps_what_was_there(
    short: str, tiny_assistant: Path, tiny_model: Path, tmp_path: Path
) -> None:
    ran(short, tiny_assistant, tiny_model)
    with pytest.raises(ConfigError, match="resamples"):
        ran(short, tiny_assistant, tiny_model, "resamples=-1")
    assert resamples_of(tmp_path / "work" / "report") == "50"
    assert ran(short, tiny_assistant, tiny_model) == ([], ["predict", "evaluate"])


def test_what_others_made_is_not_replaced(short: str, tiny_assistant: Path, tiny_model: Path, tmp_path: Path) -> None:
    report = tmp_path / "work" / "report"
    report.mkdir(parents=True)
    (report / "notes.md").write_text("mine")
    with pytest.raises(KiloglotError, match="exists already"):
        ran(short, tiny_assistant, tiny_model)
    assert (report / "notes.md").read_text() == "mine"


@pytest.mark.parametrize("ledger", ["", "[]", "{"])
def test_a_damaged_ledger_is_named(
    short: str, tiny_assistant: Path, tiny_model: Path, tmp_path: Path, ledger: str
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "recipe.json").write_text(ledger)
    with pytest.raises(ConfigError, match=r"recipe\.json: no ledger"):
        ran(short, tiny_assistant, tiny_model)


def test_here_is_the_folder_of_the_recipe(tmp_path: Path) -> None:
    text = '[recipe.defaults]\nwork = "${here}"\n[[stage]]\nrun = "init"\nname = "x"\nfolder = "${here}/assistants"\n'
    found = read_recipe(recipe(tmp_path, text), {})
    assert found.steps[0].config.folder == tmp_path / "assistants"


HEAD = '[recipe.defaults]\nwork = "w"\n'
FAULTS = [
    ("[[stage", "not TOML"),
    ("", "a default for `work`"),
    (HEAD, "at least one [[stage]]"),
    ("stage = 3\n" + HEAD, "at least one [[stage]]"),
    ("stage = [3]\n" + HEAD, "[[stage]] is no table"),
    ("recipe = 3", "[recipe] is no table"),
    ("[recipe]\ndefaults = 3", "[recipe.defaults] is no table"),
    ("[recipe.default]\nwork = 'w'", "[recipe] has no 'default'"),
    (HEAD + "[[stages]]\nrun = 'init'", "a recipe has no 'stages'"),
    (HEAD + "[[stage]]\nname = 'x'", "[[stage]] : there is no stage ''"),
    (HEAD + "[[stage]]\nrun = 'bake'", "[[stage]] bake: there is no stage 'bake'"),
    (HEAD + "[[stage]]\nrun = 'run'\nrecipe = 'massive'", "does not run recipes"),
    (HEAD + "[[stage]]\nrun = 'init'\nname = 'x'\ncolour = 'red'", "[[stage]] init: there is no setting 'colour'"),
    (HEAD + "[[stage]]\nrun = 'init'", "[[stage]] init: the setting 'name' is missing"),
    (HEAD + "[[stage]]\nrun = 'init'\nname = 3", "name: expected a text, found 3"),
    (HEAD + "[[stage]]\nrun = 'init'\nname = '${nam}'", "names 'nam', which the recipe does not declare. It has: "),
    (HEAD + "[[stage]]\nrun = 'init'\nname = '5 $'", "has a $ that names nothing"),
    (
        "[recipe.inputs]\ndata = 'the data'\n" + HEAD + "[[stage]]\nrun = 'init'\nname = 'x'",
        "--set data=... (the data)",
    ),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_a_fault_in_a_recipe_names_its_file(tmp_path: Path, text: str, said: str) -> None:
    source = recipe(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_recipe(source, {})
    assert str(caught.value).startswith(f"{source}: ")
    assert said in str(caught.value)


def test_what_a_recipe_does_not_know_cannot_be_set(short: str) -> None:
    with pytest.raises(ConfigError, match=r"no 'dta'. It has: data, model, work, locale, resamples"):
        read_recipe(short, {"dta": "x"})


def test_a_pair_needs_its_sign(short: str) -> None:
    with pytest.raises(ConfigError, match="has no `=`"):
        running.run(RunConfig(short, ("data",)))


def test_a_value_may_hold_the_sign(tmp_path: Path) -> None:
    text = HEAD + "[[stage]]\nrun = 'init'\nname = 'x'\nfolder = '${work}'"
    report_of = read_recipe(recipe(tmp_path, text), {"work": "a=b"})
    assert report_of.work == Path("a=b")


def test_an_unknown_recipe_lists_those_that_are_shipped() -> None:
    with pytest.raises(ConfigError, match=r"no recipe 'masive'.*demo, home, massive, starter"):
        read_recipe("masive", {})

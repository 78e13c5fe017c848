"""`prepare home-assistant` writes every locale, or nothing; a secret is written nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiloglot.data import load
from kiloglot.data.home_assistant import TOKEN
from kiloglot.errors import ConfigError, DataError, OntologyError
from kiloglot.stages.prepare_home_assistant import PrepareHomeConfig, run

PAIR = """\
language: {language}
intents:
  HassTurnOn: {{data: [{{sentences: ["on {{name}}", "{{name}} on", "start {{name}}"]}}]}}
  HassTurnOff: {{data: [{{sentences: ["off {{name}}", "{{name}} off", "stop {{name}}"]}}]}}
"""


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    for language in ("cy", "kw"):
        (folder / f"{language}.yaml").write_text(PAIR.format(language=language), encoding="utf-8")
    return folder


def test_what_is_written_is_read_as_data(templates: Path, tmp_path: Path) -> None:
    home = tmp_path / "home.yaml"
    home.write_text("devices: [{name: Golau mawr, domain: light}]\n", encoding="utf-8")
    report = run(PrepareHomeConfig(tmp_path / "out", templates, devices=home))
    data = load(report.out)
    assert data.locales == report.locales == ("cy-GB", "kw")
    assert dict(report.partitions) == {part: len(data.only(part)) for part in ("train", "dev", "test")}
    assert min(dict(report.partitions).values()) > 0
    assert (report.templates, report.intents, report.names) == (12, 3, 1)  # On, off, and what says neither.
    assert any("Golau mawr" in utterance.text for utterance in data.only("train"))
    assert json.loads((report.out / "stage.json").read_text(encoding="utf-8"))["stage"] == "prepare home-assistant"


def test_a_token_is_not_written_down(templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiloglot.stages.prepare_home_assistant.read_home_assistant", lambda url, token: home_of(token))
    from kiloglot.data import Device, Household

    def home_of(token: str) -> Household:
        return Household((Device(f"lamp {len(token)}"),))

    report = run(PrepareHomeConfig(tmp_path / "out", templates, url="ws://home", token="secret-token"))
    assert report.names == 1
    assert not any("secret-token" in file.read_text(encoding="utf-8") for file in report.out.iterdir())


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"url": "ws://home"}, f"needs a token.*{TOKEN}"),
        ({"token": "x"}, "a token without a Home Assistant"),
        ({"url": "ws://home", "devices": Path("x.yaml")}, "from a file and from a Home Assistant"),
    ],
)
def test_what_does_not_go_together_is_refused(
    asked: dict[str, object], problem: str, templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(ConfigError, match=problem):
        run(PrepareHomeConfig(tmp_path / "out", templates, **asked))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_templates_that_lack_what_a_home_needs_are_refused(templates: Path, tmp_path: Path) -> None:
    for file in templates.iterdir():
        file.write_text(file.read_text(encoding="utf-8").replace("HassTurnOff", "HassOff"), encoding="utf-8")
    with pytest.raises(OntologyError, match="no sentence of HassTurnOff"):
        run(PrepareHomeConfig(tmp_path / "out", templates))


def test_a_locale_that_is_not_there_is_refused(templates: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no template of sq-AL.*--beside"):
        run(PrepareHomeConfig(tmp_path / "out", templates, locales=("cy", "sq-AL")))

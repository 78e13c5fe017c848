"""The house of docs/guide/home-assistant.md: its two files, checked, trained and asked over Wyoming."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import jinja2
import pytest
import yaml
from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.intent import Intent

from kiloglot.runtime import NLU
from kiloglot.serve import Served, WyomingServer
from kiloglot.stages import train, validate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "home-assistant.md"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The two files of the page."""
    text = PAGE.read_text(encoding="utf-8").partition("## 5.")[2]
    (toml,) = re.findall(r"^```toml\n(.*?)^```$", text, re.M | re.S)
    (sentences,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    (tmp_path / "house" / "locales").mkdir(parents=True)
    (tmp_path / "house" / "assistant.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "house" / "locales" / "en-US.yaml").write_text(sentences, encoding="utf-8")
    return tmp_path / "house"


def test_its_files_have_no_fault(house: Path) -> None:
    assert validate.run(validate.ValidateConfig(house)).faults == ()


@pytest.mark.parametrize(
    ("slots", "area"),
    [
        ({"house_place": "Kitchen"}, "kitchen"),
        ({"house_place": "Küche"}, "kitchen"),
        ({"house_place": "attic"}, "living_room"),
        ({}, "living_room"),
    ],
)
def test_its_script_for_the_light_finds_the_room(slots: dict[str, str], area: str) -> None:
    (block,) = re.findall(r"^```yaml\n(intent_script:.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    scripts = yaml.safe_load(block)["intent_script"]
    assert {*scripts} <= {*NLU.load().manifest.ontology.intents}
    (action,) = scripts["iot_hue_lightoff"]["action"]
    assert jinja2.Template(action["target"]["area_id"]).render(slots) == area


@pytest.mark.slow
def test_a_model_of_it_finds_grandmas_lamp(house: Path) -> None:
    train.run(train.TrainConfig(house))

    async def main() -> Intent:
        served = Served(house / "model")
        server = WyomingServer(served, "tcp://127.0.0.1:0")
        async with AsyncClient.from_uri(await server.start(), read_timeout=60) as client:
            await client.write_event(Transcript("switch grandma's lamp off", language="en").event())
            answer = await client.read_event()
        await server.stop()
        await served.close()
        assert answer is not None
        return Intent.from_event(answer)

    intent = asyncio.run(main())
    assert (intent.name, [(e.name, e.value) for e in intent.entities]) == ("HassTurnOff", [("name", "grandma's lamp")])

"""The app for Home Assistant: its description against Home Assistant's schema, and its script, run."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from wyoming.handle import Handled
from wyoming.intent import Intent

import kiloglot
from tests.data.test_home_assistant import TOKEN, home
from tests.deploy.conftest import Start, free_port, understood

HERE = Path(__file__).parent
APP = HERE.parents[1] / "deploy" / "home-assistant-addon"
CONFIG: dict[str, Any] = yaml.safe_load((APP / "config.yaml").read_text(encoding="utf-8"))
RUN = (APP / "run.sh").read_text(encoding="utf-8")


def test_its_description_is_what_home_assistant_documents() -> None:
    schema = json.loads((HERE / "home_assistant_app.schema.json").read_text(encoding="utf-8"))
    check = jsonschema_rs.validator_for(schema)
    assert [str(fault) for fault in check.iter_errors(CONFIG)] == []
    assert not check.is_valid(CONFIG | {"schema": {"role": "list"}})
    assert not check.is_valid(CONFIG | {"ports": {"10500": 99999}})


def test_it_has_the_version_of_the_package() -> None:
    assert CONFIG["version"] == kiloglot.__version__
    assert f"## {kiloglot.__version__}" in (APP / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_option_has_a_default_or_is_optional() -> None:
    optional = {name for name, kind in CONFIG["schema"].items() if kind.endswith("?")}
    assert {*CONFIG["options"]} == {*CONFIG["schema"]} - optional
    assert CONFIG["options"]["role"] in re.findall(r"\w+", CONFIG["schema"]["role"].removeprefix("list"))
    assert CONFIG["options"]["http"] is False


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_option_and_port_is_explained(language: str) -> None:
    told = yaml.safe_load((APP / "translations" / f"{language}.yaml").read_text(encoding="utf-8"))
    assert {*told["configuration"]} == {*CONFIG["schema"]}
    assert all(each["name"] and each["description"] for each in told["configuration"].values())
    assert {*told["network"]} == {*CONFIG["ports"]}


def test_its_script_reads_the_options_that_there_are_and_listens_where_its_ports_are() -> None:
    assert {*re.findall(r"bashio::config(?:\.\w+)? '(\w+)'", RUN)} == {*CONFIG["schema"]}
    assert {f"{port}/tcp" for port in re.findall(r"port=(\d+)|0\.0\.0\.0:(\d+)", RUN) for port in port if port} == {
        *CONFIG["ports"]
    }
    assert CONFIG["watchdog"] == "tcp://[HOST]:[PORT:10500]"


class App:
    """The app's script with a folder, ports and options of its own."""

    def __init__(self, folder: Path, options: dict[str, Any], supervisor: str = "ws://127.0.0.1:1") -> None:
        self.port, self.http = free_port(), free_port()
        self.share = folder / "share"
        self.discovered = folder / "discovered"
        script = folder / "run.sh"
        moved = RUN.replace("=10500", f"={self.port}").replace("0.0.0.0:5005", f"0.0.0.0:{self.http}")
        moved = moved.replace("ws://supervisor/core/websocket", supervisor)
        script.write_text(moved.replace("/share/kiloglot", str(self.share)))
        (folder / "options.json").write_text(json.dumps(CONFIG["options"] | options))
        self.command = ["bash", str(HERE / "bashio"), str(script)]
        options_file = str(folder / "options.json")
        self.environment = {"OPTIONS": options_file, "DISCOVERED": str(self.discovered), "SUPERVISOR_TOKEN": TOKEN}


def test_its_script_starts_kiloglot_and_tells_home_assistant(start: Start, tmp_path: Path) -> None:
    app = App(tmp_path, {})
    start(app.command, app.environment)
    answer = understood(f"tcp://127.0.0.1:{app.port}", "weck mich morgen um neun", language="de")
    assert Intent.from_event(answer).name == "alarm_set"
    host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()
    service, config = app.discovered.read_text().strip().split(" ", 1)
    assert service == "wyoming" and json.loads(config) == {"uri": f"tcp://{host}:{app.port}"}


def test_its_options_name_a_model_a_role_and_http(start: Start, tmp_path: Path, tiny_model: Path) -> None:
    app = App(tmp_path, {"model": "mine", "role": "handle", "http": True, "token": "s3cret"})
    app.share.mkdir()
    (app.share / "mine").symlink_to(tiny_model)
    start(app.command, app.environment)
    answer = understood(f"tcp://127.0.0.1:{app.port}", "set a timer for ten minutes", language="en")
    assert Handled.from_event(answer).text == "timer_set: duration ten minutes"
    asked = urllib.request.Request(f"http://127.0.0.1:{app.http}/status", headers={"Authorization": "Bearer s3cret"})
    with urllib.request.urlopen(asked, timeout=30) as status:
        assert status.status == 200


def test_its_names_are_those_of_home_assistant(start: Start, tmp_path: Path) -> None:
    with home() as supervisor:
        app = App(tmp_path, {"model": "home"}, supervisor)
        start(app.command, app.environment)
        answer = understood(f"tcp://127.0.0.1:{app.port}", "schalte das licht in der küche aus", language="de")
    intent = Intent.from_event(answer)
    assert intent.name == "HassTurnOff"
    assert [entity.value for entity in intent.entities if entity.name == "area"] == ["Küche"]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"http": True}, "HTTP needs a token"), ({"model": "absent"}, "There is no folder .*share/absent")],
)
def test_options_that_cannot_be_are_said_in_the_log(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    app = App(tmp_path, options)
    done = subprocess.run(app.command, env=app.environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and re.search(said, done.stderr)

"""`kiloglot parse`: every utterance gets an answer, from arguments or line by line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.cli.parsing import lines_of


def test_the_json_of_a_parse_names_the_words_of_its_slots(model: Path, kiloglot: Any) -> None:
    done = kiloglot("parse", "--model", model, "--locale", "en-US", "--json", "set a timer for ten minutes")
    answer = json.loads(done.stdout)
    assert answer["text"] == "set a timer for ten minutes"
    assert (answer["locale"], answer["model"]) == ("en-US", "home 1")
    assert 0 <= answer["confidence"] <= 1
    for slot in answer["slots"]:
        assert slot["value"] == answer["text"][slot["start"] : slot["end"]]


def test_several_texts_get_several_answers(model: Path, kiloglot: Any) -> None:
    done = kiloglot("--json", "parse", "--model", model, "lights on", "licht an", "--top-k", 2)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == ["lights on", "licht an"]
    assert all(len(answer["alternatives"]) == 2 for answer in answers)


def test_people_see_intent_confidence_and_alternatives(model: Path, kiloglot: Any) -> None:
    answer = json.loads(kiloglot("parse", "--model", model, "--json", "wake me at nine").stdout)
    shown = kiloglot("parse", "--model", model, "wake me at nine").stdout
    assert answer["intent"] in shown
    assert f"{100 * answer['confidence']:.1f} %" in shown
    assert answer["alternatives"][1]["intent"] in shown
    assert all(f"[{slot['type']} : {slot['value']}]" in shown for slot in answer["slots"])


def test_explain_weighs_every_word(model: Path, kiloglot: Any) -> None:
    shown = kiloglot("parse", "--model", model, "--explain", "wake me at nine").stdout
    (because,) = [line for line in shown.splitlines() if line.startswith("  because")]
    assert because.split()[1::2] == ["wake", "me", "at", "nine"]


def test_every_line_of_standard_input_gets_a_line(model: Path, kiloglot: Any) -> None:
    done = kiloglot("parse", "--model", model, said=b"lights on\n\nnot \xff text\nno end")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert "rejected:empty" in lines[1]
    assert "not � text" in lines[2]


@pytest.mark.parametrize("flags", [(), ("--json",), ("--explain",)])
def test_hostile_lines_are_answered(flags: tuple[str, ...], model: Path, kiloglot: Any) -> None:
    hostile = ["\x00", "\x1b[31mred", "\u202eright to left", "🙂" * 1000, "a\ud800b", "x" * 20_000, "[not : a slot"]
    said = b"".join(text.encode("utf-8", "surrogatepass") + b"\n" for text in hostile)
    done = kiloglot("parse", "--model", model, *flags, said=said)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    if flags == ("--json",):
        assert [json.loads(line)["text"] for line in done.stdout.splitlines()][3] == hostile[3]
    else:
        assert "\u202e" not in done.stdout


def test_answers_come_before_the_input_ends(model: Path) -> None:
    command = [sys.executable, "-c", "from kiloglot.cli import main; main()", "parse", "--model", str(model), "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as work:
        assert work.stdin and work.stdout
        for text in ("lights on", "licht an"):
            work.stdin.write(f"{text}\n".encode())
            work.stdin.flush()
            assert json.loads(work.stdout.readline())["text"] == text


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_an_output_that_lacks_letters_is_no_obstacle(flags: tuple[str, ...], model: Path) -> None:
    command = [sys.executable, "-c", "from kiloglot.cli import main; main()", "parse", "--model", str(model), *flags]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, input="grün\n".encode(), capture_output=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    if flags:
        assert json.loads(done.stdout)["text"] == "grün"
    else:
        assert b"gr?n" in done.stdout


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), min_size=1))
def test_lines_are_split_at_line_feeds_alone(lines: list[bytes]) -> None:
    found = list(lines_of(io.BytesIO(b"".join(line + b"\n" for line in lines))))
    assert found == [line.rstrip(b"\r\n") for line in lines]


def test_an_endless_line_is_cut_and_the_next_one_is_whole() -> None:
    found = list(lines_of(io.BytesIO(b"x" * 3_000_000 + b"\nnext")))
    assert [len(found[0]), found[1]] == [1 << 20, b"next"]


@pytest.mark.parametrize(
    ("args", "code"),
    [(("--model", "no-such-model"), 4), (("--locale", "not a tag"), 3), (("--top-k", "0"), 2)],
)
def test_what_cannot_be_is_refused(args: tuple[str, ...], code: int, model: Path, kiloglot: Any) -> None:
    done = kiloglot("parse", "--model", model, *args, "hello")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (code, "", 1)


def test_a_household_gives_names_and_commands(kiloglot: Any, tmp_path: Path) -> None:
    path = tmp_path / "household.yaml"
    path.write_text("areas: [Kitchen]\ndevices:\n  - Ceiling lamp\n  - Table lamp\n", encoding="utf-8")
    said = "turn off the lights in the kitchen and set an alarm for six"
    shown = kiloglot("parse", "--household", path, said).stdout
    assert "kitchen is Kitchen (area)" in shown and "alarm_set" in shown
    answer = json.loads(kiloglot("parse", "--household", path, "--json", said).stdout)
    assert [command["parse"]["intent"] for command in answer["commands"]] == ["iot_hue_lightoff", "alarm_set"]
    unsure = kiloglot("parse", "--household", path, "--locale", "en-US", "turn off the lamp").stdout
    assert "asks Ceiling lamp or Table lamp?" in unsure
    assert kiloglot("parse", "--household", path, "--explain", said).exit_code == 2

"""A household's names are read exactly, in YAML as in JSON; each fault has its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiloglot.data import Area, Device, Floor, Household, NamedList, read_household
from kiloglot.errors import DataError

HOME = """\
floors: [Ground floor]
areas:
  - Garage
  - {name: Küche, floor: Ground floor, aliases: [Kitchen, "Cocina"]}
devices:
  - {name: 💡 Lamp, domain: light, area: Küche}
  - {name: 💡 Lamp, domain: light, area: Garage}
  - name: No
    id: lock.front_door
lists: [Groceries]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "household.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_are_read_as_they_are_written(tmp_path: Path) -> None:
    assert read_household(write(tmp_path, HOME)) == Household(
        devices=(
            Device("💡 Lamp", "light", "Küche"),
            Device("💡 Lamp", "light", "Garage"),
            Device("No", "lock", id="lock.front_door"),
        ),
        areas=(Area("Garage"), Area("Küche", "Ground floor", ("Kitchen", "Cocina"))),
        floors=(Floor("Ground floor"),),
        lists=(NamedList("Groceries"),),
    )


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_read_as_other_programs_write_it(tmp_path: Path, indent: int | str | None) -> None:
    said = {"areas": ["Küche/Bar", "浴室"], "devices": [{"name": '💡 "Lamp"', "area": "浴室", "aliases": ["\u00e9"]}]}
    found = read_household(write(tmp_path, json.dumps(said, indent=indent)))
    assert found.areas == (Area("Küche/Bar"), Area("浴室"))
    assert found.devices == (Device('💡 "Lamp"', area="浴室", aliases=("é",)),)


def test_ten_thousand_devices_are_read(tmp_path: Path) -> None:
    lines = [f"  - {{name: Lamp {number} 🛋️, domain: light}}" for number in range(10_000)]
    assert len(read_household(write(tmp_path, "\n".join(["devices:", *lines]))).devices) == 10_000


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "names nothing"),
        ("devices:\n  - name: 'a\n", 3, "not valid YAML"),
        ("devices: {a: b}", 1, "devices is not a list"),
        ("areas: [a]\nrooms: [b]", 2, "'rooms' is unknown"),
        ("devices:\n  - {name: a, colour: red}", 2, "'colour' is unknown"),
        ("devices:\n  - {domain: light}", 2, "no name"),
        ("devices:\n  - name: ' '", 2, "blank"),
        ("areas:\n  - " + "a" * 201, 2, "201 characters"),
        ("areas: [Kitchen]\ndevices:\n  - name: a\n    area: Kichen", 4, "Did you mean 'Kitchen'?"),
        ("areas:\n  - {name: a, floor: Attic}", 2, "there is no floor 'Attic'"),
        ("areas:\n  - Hall\n  - x\n  - hall", 4, "'hall' stands in areas twice, first on line 2"),
        ("devices: [{name: a, domain: light}, {name: a, domain: light}]", 1, "twice"),
        ("devices:\n  - {name: a, domain: Light bulb}", 2, "no domain"),
        ("devices:\n  - {name: a, id: lamp}", 2, "no entity id"),
        ("devices:\n  - {name: a, aliases: b}", 2, "aliases is not a list"),
        ("rooms: []\ndevices:\n  - {name: [a]}\n  - {}", 1, "2 more faults"),
    ],
)
def test_a_fault_has_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DataError, match=words.replace("?", r"\?")) as raised:
        read_household(path)
    assert (raised.value.path, raised.value.line) == (path, line)

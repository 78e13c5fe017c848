from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiloglot.errors import ArtifactError
from kiloglot.runtime import ARTIFACT_FORMAT, Calibration, FileRecord, Manifest
from kiloglot.values import Ontology

WHOLE = Manifest(
    name="home",
    version="2",
    ontology=Ontology(("lights_on", "頼む"), ("place",)),
    locales=("de-DE", "ja-JP"),
    hashing="ngrams.v2",
    bits=4,
    calibration=Calibration(1.5, 0.25, 0.98, 0.1, 0.05),
    licence="Apache-2.0",
    trained_on="home@0123456789ab",
    files=(FileRecord("network.onnx", 12, "0" * 64),),
)
# None of these can stand in any field; `json` reads NaN and Infinity although JSON has none.
WRONG: tuple[Any, ...] = (None, True, -1.5, float("nan"), float("inf"), 10**400, "", {}, [[]], [None], {"x": 1})
CHANGED: tuple[tuple[str, object, str], ...] = (
    ("format", 1, "artifact format 1"),
    ("format", True, "artifact format True"),
    ("bits", 5, "tables of 5 bits"),
    ("bits", "4", "'bits' is '4'"),
    ("name", 7, "'name' is 7, not text"),
    ("locales", [], "'locales'"),
    ("locales", ["de-DE", "de-DE"], "'locales'"),
    ("ontology", {"intents": [], "slot_types": []}, "'intents'"),
    ("ontology", {"intents": "stop", "slot_types": []}, "'intents' is 'stop', not a list"),
    ("ontology", {"intents": ["stop"]}, "lacks 'slot_types'"),
    ("files", {}, "'files'"),
    ("files", ["network.onnx"], "not an object"),
)


def content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(WHOLE.to_json())
    return found


def written(folder: Path, value: object) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def refused(path: Path) -> str:
    """The message of the error that reading `path` must raise."""
    with pytest.raises(ArtifactError) as caught:
        Manifest.read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message) < 600 + len(str(path))
    return message


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(WHOLE.to_json(), encoding="utf-8")
    assert Manifest.read(path) == WHOLE
    assert content()["format"] == ARTIFACT_FORMAT == 2
    assert WHOLE.label == "home 2"


@pytest.mark.parametrize(("field", "value", "problem"), CHANGED)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, value: object, problem: str) -> None:
    assert problem in refused(written(tmp_path, {**content(), field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", 0), ("temperature", -1.0), ("temperature", float("nan")), ("temperature", float("inf"))]
    + [(field, value) for field in ("threshold", "kept", "ece_after") for value in (-0.1, 1.1, float("nan"), "0.5")],
)
def test_a_calibration_that_cannot_be_is_refused(tmp_path: Path, field: str, value: object) -> None:
    changed = content()
    changed["calibration"][field] = value
    assert f"'{field}' is" in refused(written(tmp_path, changed))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "a\\b", "C:x", "..", ".", "", "x\0", "x\n", "-", "é"])
def test_no_file_outside_the_folder_can_be_named(tmp_path: Path, name: str) -> None:
    changed = content()
    changed["files"][0]["name"] = name
    assert "not the name of a file in the folder" in refused(written(tmp_path, changed))


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of everything in a manifest."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*at, key))


@pytest.mark.parametrize("at", list(places(content())), ids=lambda at: ".".join(map(str, at)))
def test_no_field_can_be_anything_else_or_absent(tmp_path: Path, at: tuple[Any, ...]) -> None:
    for wrong in WRONG:
        changed = content()
        *way, last = at
        holder: Any = changed
        for key in way:
            holder = holder[key]
        if type(wrong) is type(holder[last]) and wrong == "":
            continue  # An empty text is a text.
        holder[last] = wrong
        refused(written(tmp_path, changed))
        if isinstance(holder, dict):
            del holder[last]
            refused(written(tmp_path, changed))


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"7", b"null", b"\xff{}", b'{"format": 2}', b"[" * 100_000, b"1" * 5000, b"\0"]
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(raw)
    refused(path)


def test_a_manifest_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    assert "no readable manifest" in refused(tmp_path / "manifest.json")
    assert "no readable manifest" in refused(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(content())), JSON))
def test_any_other_json_is_refused(tmp_path: Path, values: dict[str, object]) -> None:
    refused(written(tmp_path, {**values, "format": 2}))

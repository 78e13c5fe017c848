from __future__ import annotations

import mmap
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError
from kiloglot.runtime import NLU, Artifact

ARRAYS = ("transitions", "evoked", "units.tags", "units.codes", "units.scales", "bag.tags", "bag.codes", "bag.scales")
FILES = ("network.onnx", "README.md", *(f"{array}.npy" for array in ARRAYS))


def refused(folder: Path) -> str:
    """The message of the error that loading `folder` must raise."""
    with pytest.raises(ArtifactError) as caught:
        NLU.load(folder)
    return str(caught.value)


def arrays(artifact: Artifact) -> list[NDArray[Any]]:
    tables = (artifact.units, artifact.bag)
    parts = [part for table in tables for part in (table.vocabulary.tags, table.codes, table.scales)]
    return [artifact.transitions, artifact.evoked, *parts]


# ---- Whole -------------------------------------------------------------------------------------------------------


def test_what_was_written_is_read_again(tiny_model: Path, tmp_path: Path) -> None:
    artifact = Artifact.read(tiny_model)
    manifest = artifact.write(tmp_path / "copy", "# Card\n")
    again = Artifact.read(tmp_path / "copy")
    assert again.manifest == manifest
    assert again.network == artifact.network
    assert all(np.array_equal(one, other) for one, other in zip(arrays(again), arrays(artifact), strict=True))
    assert {record.name for record in manifest.files} == set(FILES)
    assert (tmp_path / "copy" / "README.md").read_text(encoding="utf-8") == "# Card\n"
    assert not list(tmp_path.glob("*.half"))


def test_a_model_is_replaced_and_anything_else_is_not(tiny_model: Path, tmp_path: Path) -> None:
    artifact = Artifact.read(tiny_model)
    out = tmp_path / "model"
    for card in ("first", "second"):
        artifact.write(out, card)
    assert (out / "README.md").read_text(encoding="utf-8") == "second"
    other = tmp_path / "letters"
    other.mkdir()
    artifact.write(other, "an empty folder may be filled")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ArtifactError, match="will not be replaced"):
        artifact.write(tmp_path / "mine", "")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_tables_are_mapped_not_copied(tiny_model: Path) -> None:
    for array in arrays(Artifact.read(tiny_model)):
        base: Any = array
        while isinstance(base, np.ndarray):
            assert not base.flags.writeable
            base = base.base
        assert isinstance(base, mmap.mmap)


def test_a_loaded_model_survives_its_replacement(forgery: Any) -> None:
    nlu = NLU.load(forgery.folder)
    before = nlu.parse("set an alarm")
    nlu.artifact.write(forgery.folder, "")
    shutil.rmtree(forgery.folder)
    assert nlu.parse("set an alarm") == before


# ---- Damaged -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_tampered_short_or_missing_file_is_named(forgery: Any, name: str) -> None:
    path = forgery.folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert refused(forgery.folder).startswith(f"{path}: the content does not match its hash")
    path.write_bytes(content[:-1])
    assert refused(forgery.folder).startswith(f"{path}: {len(content) - 1} bytes instead of {len(content)}")
    path.unlink()
    assert refused(forgery.folder).startswith(f"{path}: the file is missing")
    path.mkdir()
    assert refused(forgery.folder).startswith(f"{path}: the file is missing")


def test_a_file_that_the_manifest_does_not_vouch_for_is_not_read(forgery: Any) -> None:
    manifest = forgery.manifest
    manifest["files"] = [record for record in manifest["files"] if record["name"] != "units.codes.npy"]
    assert "does not name units.codes.npy" in refused(forgery.declare(manifest))


def test_another_hashing_is_refused_with_both_versions(forgery: Any) -> None:
    message = refused(forgery.declare({**forgery.manifest, "hashing": "ngrams.v0"}))
    assert "'ngrams.v0', this version by 'ngrams.v2'" in message


@pytest.mark.parametrize("where", ["", "manifest.json", "nowhere"])
def test_what_is_no_folder_is_refused(tiny_model: Path, where: str) -> None:
    with pytest.raises(ArtifactError, match=r"no model folder|manifest"):
        Artifact.read(tiny_model / where if where else tiny_model.parent)


# ---- Signed, and still wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"PK\x03\x04", b"\x80\x04N.", b"\x93NUMPY\x01\x00\x10\x00{'descr': '<u2', "]
)
def test_what_is_no_array_is_refused(forgery: Any, content: bytes) -> None:
    assert "units.tags.npy: not a readable array" in refused(forgery.put("units.tags.npy", content))


def test_a_truncated_array_is_refused(forgery: Any) -> None:
    content = (forgery.folder / "bag.codes.npy").read_bytes()
    assert "bag.codes.npy: not a readable array" in refused(forgery.put("bag.codes.npy", content[:-100]))


@pytest.mark.parametrize("name", [f"{array}.npy" for array in ARRAYS])
def test_arrays_of_other_types_or_shapes_are_refused(forgery: Any, name: str) -> None:
    original = forgery.array(name)
    changed: dict[str, NDArray[Any]] = {
        "one row less": original[:-1],
        "one more dimension": original[..., None],
        "nothing": original[:0],
        "64 bits": original.astype(np.int64),
        "texts": original.astype(str),
    }
    if original.itemsize > 1:  # A byte has no order.
        changed["other byte order"] = original.astype(original.dtype.newbyteorder(">"))
    for array in changed.values():
        message = refused(forgery.put_array(name, array))
        # Which part of a table is too short only the other parts can say.
        assert f"{name.partition('.')[0]}." in message
        assert "instead of" in message


@pytest.mark.parametrize("name", ["transitions.npy", "evoked.npy", "units.scales.npy", "bag.scales.npy"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(forgery: Any, name: str, wrong: float) -> None:
    array = forgery.array(name)
    array.flat[-1] = wrong
    assert f"{name}: numbers that are not finite" in refused(forgery.put_array(name, array))


@pytest.mark.parametrize("table", ["units", "bag"])
def test_tables_that_do_not_fit_the_network_are_refused(forgery: Any, table: str) -> None:
    name = f"{table}.codes.npy"
    folder = forgery.put_array(name, np.tile(forgery.array(name), 2))
    assert "the network does not run on the tables" in refused(folder)


def test_tables_of_other_bits_are_refused(forgery: Any) -> None:
    assert "units.codes.npy: uint8" in refused(forgery.declare({**forgery.manifest, "bits": 8}))


@pytest.mark.parametrize(
    ("part", "output"), [("intents", "evoked.npy"), ("slot_types", "transitions.npy"), ("locales", "language is")]
)
def test_names_that_do_not_fit_the_network_are_refused(forgery: Any, part: str, output: str) -> None:
    for change in (lambda names: [*names, "one_more"], lambda names: names[:-1]):
        manifest = forgery.manifest
        holder = manifest if part == "locales" else manifest["ontology"]
        kept, holder[part] = holder[part], change(holder[part])
        message = refused(forgery.declare(manifest))
        assert output in message or "does not run" in message
        holder[part] = kept
        forgery.declare(manifest)


@pytest.mark.parametrize("network", [b"", b"\0" * 100, b"not a graph"])
def test_what_is_no_network_is_refused(forgery: Any, network: bytes) -> None:
    assert "onnxruntime cannot open the network" in refused(forgery.put("network.onnx", network))


def test_a_truncated_network_is_refused(forgery: Any) -> None:
    content = (forgery.folder / "network.onnx").read_bytes()
    for size in (len(content) // 2, len(content) - 1):
        assert "network" in refused(forgery.put("network.onnx", content[:size]))


@pytest.mark.filterwarnings("ignore")  # numpy's about headers of Python 2
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_array_with_damaged_bytes_is_read_or_refused(forgery: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([file for file in FILES if file.endswith(".npy")]))
    content = (forgery.folder / name).read_bytes()
    damaged = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, 127), min_size=1, max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        assert Artifact.read(forgery.put(name, bytes(damaged))).manifest.name == "tiny"
    except ArtifactError as error:
        assert f"{name.partition('.')[0]}." in str(error)
    forgery.put(name, content)

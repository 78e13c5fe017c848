"""`load` recognises what lies at a path, and reads all of it or nothing."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.data import load, write_massive, write_utterances
from kiloglot.errors import DataError, NotationError
from kiloglot.values import Slot, Utterance

JA: dict[str, Any] = {
    "id": "1",
    "locale": "ja-JP",
    "partition": "train",
    "scenario": "alarm",
    "intent": "alarm_set",
    "utt": "金曜日の午前九時に起こしてください",
    "annot_utt": "[date : 金曜日] の [time : 午前九時] に起こしてください",
}
DE = JA | {"locale": "de-DE", "utt": "weck mich um neun", "annot_utt": "weck mich um [time : neun]"}
DEV = DE | {"id": "2", "partition": "dev", "intent": "greet", "utt": "hallo", "annot_utt": "hallo", "worker_id": "7"}


def lines(*rows: Mapping[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release of two locales, unpacked."""
    data = tmp_path / "release" / "1.1" / "data"
    data.mkdir(parents=True)
    (data / "ja-JP.jsonl").write_text(lines(JA), encoding="utf-8")
    (data / "de-DE.jsonl").write_text(lines(DE, DEV), encoding="utf-8")
    return tmp_path / "release"


def packed(release: Path) -> list[Path]:
    tar, zipped = release.parent / "massive.tar.gz", release.parent / "massive.zip"
    with tarfile.open(tar, "w:gz") as archive:
        archive.add(release / "1.1", "1.1")
    with zipfile.ZipFile(zipped, "w") as archive:
        for file in release.rglob("*.jsonl"):
            archive.write(file, file.relative_to(release))
    return [tar, zipped]


def test_massive_folder_gives_offsets_into_the_utterance(release: Path) -> None:
    found = {(u.locale, u.id): u for u in load(release).utterances}
    assert found["ja-JP", "1"].slots == (Slot("date", 0, 3), Slot("time", 4, 8))
    assert found["de-DE", "2"].partition == "dev"


def test_signature_is_that_of_the_content_not_of_the_packing(release: Path) -> None:
    whole = load(release)
    for path in (release / "1.1", release / "1.1" / "data", *packed(release)):
        assert load(path).signature == whole.signature
    write_utterances(release.parent / "own.jsonl", reversed(whole.utterances))
    assert load(release.parent / "own.jsonl").signature == whole.signature
    (release / "1.1/data/ja-JP.jsonl").write_text(lines(JA | {"intent": "alarm_query"}), encoding="utf-8")
    assert load(release).signature != whole.signature


def test_choice_keeps_the_ontology_of_everything(release: Path) -> None:
    whole = load(release)
    for path in (release, *packed(release)):
        one = load(path, partitions=["train"], locales=["ja_jp"])
        assert [(u.locale, u.partition) for u in one.utterances] == [("ja-JP", "train")]
        assert one.ontology == whole.ontology


def test_file_called_dev_is_no_locale(tmp_path: Path) -> None:
    (tmp_path / "dev.jsonl").write_text(lines(DE), encoding="utf-8")
    assert len(load(tmp_path, locales=["de-DE"]).utterances) == 1


def test_written_massive_is_the_release_byte_for_byte(release: Path, tmp_path: Path) -> None:
    write_massive(tmp_path / "copy", [u for u in load(release).utterances if u.id == "1"])
    for locale, row in (("ja-JP", JA), ("de-DE", DE)):
        assert (tmp_path / "copy" / f"{locale}.jsonl").read_text(encoding="utf-8") == lines(row)
    with pytest.raises(DataError, match="exists already"):
        write_massive(tmp_path / "copy", [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"locale": "deutsch!"}, "not a locale tag"),
        ({"partition": "training"}, "'training' is not a partition"),
        ({"intent": None}, "'intent' is missing"),
        ({"id": 7}, "'id' is a int"),
        ({"utt": "  "}, "'utt' is blank"),
        ({"annot_utt": "weck mich um [time : zehn]"}, "does not match"),
        ({"annot_utt": "weck mich um [time : neun"}, "never closed"),
        ({"id": "1"}, "second utterance has id '1'"),
    ],
)
def test_one_bad_row_refuses_all_and_is_named(release: Path, change: dict[str, Any], words: str) -> None:
    file = release / "1.1/data/de-DE.jsonl"
    file.write_text(lines(DE, DE | {"id": "3"} | change, DEV), encoding="utf-8")
    for path, at in [(release, file), *((path, path / "1.1/data/de-DE.jsonl") for path in packed(release))]:
        with pytest.raises(DataError, match=words) as caught:
            load(path)
        assert (caught.value.path, caught.value.line) == (at, 2)
        assert caught.value.remedy


def test_annotation_faults_have_their_own_class(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines(DE | {"annot_utt": "["}), encoding="utf-8")
    with pytest.raises(NotationError):
        load(tmp_path)


def test_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(DE | {"utt": "\ud83d", "annot_utt": "\ud83d"}) + "\n")
    with pytest.raises(DataError, match="surrogate"):
        load(tmp_path)


def test_cut_off_archive_is_refused(release: Path) -> None:
    tar, _ = packed(release)
    whole = tar.read_bytes()
    for length in (len(whole) // 3, len(whole) - 4):
        tar.write_bytes(whole[:length])
        with pytest.raises(DataError, match="damaged or cut off"):
            load(tar)


@given(data=st.data())
def test_whatever_happens_to_the_bytes_is_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    name = data.draw(st.sampled_from(sorted(SEEDS)))
    content = SEEDS[name]
    at = data.draw(st.integers(0, len(content)))
    cut = data.draw(st.integers(0, 8))
    (folder / name).write_bytes(content[:at] + data.draw(st.binary(max_size=8)) + content[at + cut :])
    try:
        dataset = load(folder / name)
    except DataError as error:
        assert error.path
        assert error.remedy
    else:
        assert dataset.utterances


def seeds() -> dict[str, bytes]:
    """A good file of each kind."""
    rows = lines(JA).encode()
    tar, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        member = tarfile.TarInfo("1.1/data/ja-JP.jsonl")
        member.size = len(rows)
        archive.addfile(member, io.BytesIO(rows))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as zip_archive:
        zip_archive.writestr("1.1/data/ja-JP.jsonl", rows)
    packed = gzip.compress(tar.getvalue(), mtime=0)
    return {"a.jsonl": rows, "a.tar": tar.getvalue(), "a.tar.gz": packed, "a.zip": zipped.getvalue()}


SEEDS = seeds()


def test_unsafe_archive_is_refused_though_its_data_is_good(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("data/de-DE.jsonl", "../outside"):
            content = lines(DE).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with pytest.raises(DataError, match="leaves its folder"):
        load(path)


def test_failure_lists_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"assistant\.toml.*MASSIVE.*jsonl"):
        load(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        load(tmp_path / "absent")


def test_nothing_left_is_an_error(release: Path) -> None:
    with pytest.raises(DataError, match="no utterance"):
        load(release, partitions=["test"])
    with pytest.raises(DataError, match="fr-FR"):
        load(release, locales=["de-DE", "fr-FR"])


def test_own_jsonl_keeps_every_field(tmp_path: Path) -> None:
    sample = Utterance("a/1", "zh-Hant-TW", "打開👩🏽‍🎤", "play", (Slot("who", 2, 6),), "test", "music", 0.5)
    write_utterances(tmp_path / "u.jsonl", [sample])
    assert load(tmp_path / "u.jsonl").utterances == (sample,)

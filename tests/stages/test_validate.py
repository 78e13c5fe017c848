"""`validate` lists every fault of an assistant or a corpus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kiloglot.data import starter_path
from kiloglot.errors import DataError
from kiloglot.stages.validate import ValidateConfig, ValidateReport, run

SETTINGS = '[assistant]\nname = "a"\n[intents.go]\n[intents.stop]\n'
GOOD = """\
intents:
  go:
    train: [go, go on, forward]
    dev: [move]
    test: [move on]
  stop:
    train: [stop, halt, enough]
    dev: [quit]
    test: [leave it]
"""


def assistant(folder: Path, **locales: str) -> Path:
    (folder / "locales").mkdir(parents=True)
    (folder / "assistant.toml").write_text(SETTINGS, encoding="utf-8")
    for name, content in locales.items():
        (folder / "locales" / f"{name.replace('_', '-')}.yaml").write_text(content, encoding="utf-8")
    return folder


def codes(report: ValidateReport) -> list[tuple[str, int | None, str, str]]:
    return [(fault.path.name, fault.line, fault.severity, fault.code) for fault in report.faults]


def check(path: Path, *, strict: bool = False) -> ValidateReport:
    return run(ValidateConfig(path, strict))


def test_a_good_assistant_passes(tmp_path: Path) -> None:
    report = check(assistant(tmp_path, en_US=GOOD), strict=True)
    assert report.faults == ()
    assert report.ok
    assert (report.utterances, report.locales) == (10, ("en-US",))


FAULTS = [
    # (old, new, line, severity, code)
    ("dev: [move]", "dev: [Go  ON]", 4, "error", "leak"),
    ("[stop, halt, enough]", "[stop, halt, go on]", 7, "error", "two-intents"),
    ("[stop, halt, enough]", "[stop, halt, enough, stop]", 7, "error", "duplicate"),
    ("[stop, halt, enough]", "[stop, halt]", None, "warning", "too-few"),
    ("    train: [stop, halt, enough]\n", "", None, "error", "missing-intent"),
    ("[go, go on, forward]", f"[{', '.join(f'go {n}' for n in range(31))}]", None, "warning", "unbalanced"),
]


@pytest.mark.parametrize(("old", "new", "line", "severity", "code"), FAULTS)
def test_what_shows_only_together(
    tmp_path: Path, old: str, new: str, line: int | None, severity: str, code: str
) -> None:
    report = check(assistant(tmp_path, en_US=GOOD.replace(old, new)))
    assert codes(report) == [("en-US.yaml", line, severity, code)]
    assert report.ok == (severity == "warning")
    assert not check(tmp_path, strict=True).ok


def test_locale_that_lacks_partitions(tmp_path: Path) -> None:
    lacking = "\n".join(line for line in GOOD.splitlines() if "dev" not in line and "test" not in line)
    report = check(assistant(tmp_path, en_US=GOOD, de_DE=lacking))
    assert codes(report) == [
        ("de-DE.yaml", None, "error", "missing-partition"),
        ("de-DE.yaml", None, "warning", "missing-partition"),
    ]


def test_locales_do_not_clash_with_each_other(tmp_path: Path) -> None:
    swapped = GOOD.replace("go:", "x:").replace("stop:", "go:").replace("x:", "stop:")
    assert check(assistant(tmp_path, en_US=GOOD, en_GB=swapped)).faults == ()


def test_faults_of_format_and_content_come_together_in_order(tmp_path: Path) -> None:
    broken = GOOD.replace("[move]", "['[move']").replace("[quit]", "[stop]").replace("  go:", "  gone:")
    report = check(assistant(tmp_path, en_US=broken))
    assert [(line, code) for _, line, _, code in codes(report)] == [
        (None, "missing-intent"),
        (2, "unknown-intent"),
        (8, "leak"),
    ]


def rows(path: Path, *changes: dict[str, object]) -> Path:
    good: dict[str, object] = {"locale": "de-DE", "text": "los", "intent": "go", "partition": "train"}
    lines = [json.dumps(good | {"id": str(number), "text": f"los {number}"} | c) for number, c in enumerate(changes)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def of_lines(report: ValidateReport) -> Sequence[tuple[int | None, str, str]]:
    return [(fault.line, fault.severity, fault.code) for fault in report.faults if fault.line]


def test_rows_are_checked_one_by_one(tmp_path: Path) -> None:
    path = rows(tmp_path / "a.jsonl", {}, {"locale": "?"}, {"text": ""}, {"id": "0"}, {"utt": "x", "annot_utt": "["})
    report = check(path)
    assert of_lines(report) == [
        (2, "error", "row"),
        (3, "error", "row"),
        (4, "error", "duplicate-id"),
        (5, "error", "notation"),
    ]
    assert not report.ok


def test_a_published_corpus_passes_with_warnings(tmp_path: Path) -> None:
    path = rows(tmp_path / "a.jsonl", {"text": "a"}, {"text": "A"}, {"text": "a", "partition": "dev"})
    report = check(path)
    assert of_lines(report) == [(2, "warning", "duplicate"), (3, "warning", "leak")]
    assert report.ok


def test_a_file_that_cannot_be_read_to_its_end_is_a_fault(tmp_path: Path) -> None:
    path = rows(tmp_path / "a.jsonl", {})
    path.write_bytes(path.read_bytes() + b"x" * 2_000_000)
    assert (2, "error", "file") in of_lines(check(path))


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no data"):
        check(tmp_path)


def test_the_starter_assistant_is_without_errors() -> None:
    report = check(starter_path())
    assert [str(fault) for fault in report.faults if fault.severity == "error"] == []


def test_data_without_an_utterance_is_a_fault(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    report = run(ValidateConfig(empty))
    assert [fault.code for fault in report.faults] == ["no-utterance"]
    assert not report.ok

"""CSV and TSV: columns by name, any usual delimiter, faults by line."""

from __future__ import annotations

from typing import Any

import pytest

from kiloglot.data import Asked, Files
from kiloglot.data.formats.table import read_table
from kiloglot.errors import DataError

ROWS = [("text", "intent", "locale", "partition"), ("wake me, please", "alarm", "en-US", "dev")]


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_is_that_of_the_first_line(
    tree: Any, read: Any, sayings: Any, name: str, delimiter: str, end: str
) -> None:
    folder = tree({name: "\ufeff" + "".join(delimiter.join(f'"{cell}"' for cell in row) + end for row in ROWS)})
    content = read(folder)
    assert sayings(content) == [("alarm", "wake me, please", [])]
    assert (content.sentences[0].locale, content.sentences[0].partition) == ("en-US", "dev")


def test_slots_stand_in_brackets_of_a_column_of_their_own(tree: Any, read: Any, sayings: Any) -> None:
    text = 'annotated,label\nwake me at [time : nine],alarm\n"one\ntwo [x",bad\n'
    with pytest.raises(DataError, match="never closed") as caught:
        read(tree({"a.csv": text}), locale="en")
    assert caught.value.line == 3
    content = read(tree({"a.csv": text.replace("[x", "\\[x")}), locale="en")
    assert sayings(content) == [("alarm", "wake me at nine", [("time", "nine")]), ("bad", "one\ntwo [x", [])]


def test_brackets_in_a_column_of_plain_text_are_text(tree: Any, read: Any, sayings: Any) -> None:
    assert sayings(read(tree({"a.csv": "text,intent\n[a : b] {c},x\n"}), locale="en")) == [("x", "[a : b] {c}", [])]


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("sentences,intent\ngo,a\n", "no column text", 1),
        ("text,intent\ngo,a\ngo,a,b\n", "more cells", 3),
        ("text,intent\ngo,a\n,\nrun,\n", "'intent' is blank", 4),
        ("text,intent,locale\ngo,a,english!\n", "not a locale tag", 2),
        ("text,intent,partition\ngo,a,training\n", "not a partition", 2),
        ('text,intent\n"go"x,a\n', "not valid CSV", 2),
        ("text,intent,id\ngo,a,1\nrun,a,1\n", "second sentence has id '1'", 3),
        ("text,annotated,intent\ngo on,go [x : off],a\n", "does not match", 2),
    ],
)
def test_a_fault_is_named_with_its_line(tree: Any, read: Any, text: str, words: str, line: int) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read(tree({"a.csv": text}), locale="en")
    assert caught.value.line == line
    assert caught.value.remedy


def test_a_table_without_intents_that_is_named_as_one_says_which_column_it_lacks(tree: Any) -> None:
    files = Files(tree({"a.csv": "text,intnt\ngo,a\n"}) / "a.csv")
    with pytest.raises(DataError, match=r"a\.csv:1: has no column intent\. Name .* intent, label, category"):
        read_table(files, Asked(locale="en"))


def test_lines_without_text_are_counted(tree: Any, read: Any) -> None:
    content = read(tree({"a.csv": "text,intent\ngo,a\n ,b\n"}), locale="en")
    assert [(left.reason, left.count, left.examples) for left in content.left] == [
        ("lines without text", 1, ("line 3",))
    ]


def test_a_file_that_is_not_utf_8_has_its_line(tree: Any, read: Any) -> None:
    folder = tree({"a.csv": "text,intent\n"})
    (folder / "a.csv").write_bytes("text,intent\ngo,a\nräum auf,b\n".encode("latin-1"))
    with pytest.raises(DataError, match="not valid UTF-8") as caught:
        read(folder, locale="de")
    assert caught.value.line == 3

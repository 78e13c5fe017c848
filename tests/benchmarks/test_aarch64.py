"""Answers of two machines beside each other."""

from __future__ import annotations

from benchmarks.aarch64 import Answer, differing


def test_answers_differ_by_what_they_say_and_not_by_the_last_digits() -> None:
    said: Answer = ("en-US", "alarm_set", 0.5, [["time", 0, 4]])
    others: list[Answer] = [
        said,
        ("en-US", "alarm_set", 0.5004, [["time", 0, 4]]),
        ("en-US", "alarm_set", 0.502, [["time", 0, 4]]),
        ("de-DE", "alarm_set", 0.5, [["time", 0, 4]]),
        ("en-US", "alarm_query", 0.5, [["time", 0, 4]]),
        ("en-US", "alarm_set", 0.5, [["time", 0, 5]]),
    ]
    assert differing([said] * len(others), others) == [2, 3, 4, 5]

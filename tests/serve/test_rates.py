"""How many requests of an address are allowed: a burst, then the rate, forgotten addresses first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiloglot.serve.guard import Rates

GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=200)


@given(st.floats(0.5, 20), GAPS)
def test_no_stretch_of_time_lets_more_through_than_a_burst_and_the_rate(rate: float, gaps: list[float]) -> None:
    rates, now, allowed = Rates(rate), 100.0, list[float]()
    for gap in gaps:
        now += gap
        if rates.allows("a", now):
            allowed.append(now)
    burst = max(1.0, 2 * rate)
    for first, begin in enumerate(allowed):
        for last, end in enumerate(allowed[first:], first):
            assert last - first + 1 <= burst + (end - begin) * rate + 1e-6


@given(GAPS)
def test_who_keeps_to_the_rate_is_never_refused(gaps: list[float]) -> None:
    rates, now = Rates(2.0), 0.0
    for gap in gaps:
        now += 0.5 + gap
        assert rates.allows("a", now)


def test_addresses_do_not_count_for_each_other_and_are_forgotten_in_time() -> None:
    rates = Rates(1.0)
    assert [rates.allows("a", 0.0) for _ in range(3)] == [True, True, False]
    assert rates.allows("b", 0.0)
    for number in range(20_000):
        assert rates.allows(f"c{number}", 0.0)
    assert len(rates._buckets) == 10_000
    assert rates.allows("a", 0.0)


def test_a_rate_of_zero_allows_all() -> None:
    assert all(Rates(0.0).allows("a", 0.0) for _ in range(100))

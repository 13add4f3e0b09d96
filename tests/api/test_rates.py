"""Token buckets: never more than the rate over time, and never a wait that isn't needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from regulars.api import rates
from regulars.api.rates import Buckets


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 30)), max_size=60))
def test_over_any_time_no_more_than_the_rate_gets_in(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    buckets, taken = Buckets(clock), 0
    for wait, tokens in asked:
        clock.now += wait
        if buckets.take("k", tokens, rate=5, size=20) == 0:
            taken += tokens
        assert taken <= 20 + 5 * clock.now + 30  # a request larger than a bucket is paid for afterwards


@given(st.integers(1, 100), st.integers(1, 100))
def test_after_the_told_wait_it_gets_in(first: int, second: int) -> None:
    clock = Clock()
    buckets = Buckets(clock)
    assert buckets.take("k", first, rate=5, size=20) == 0
    wait = buckets.take("k", second, rate=5, size=20)
    clock.now += wait
    if wait:
        assert buckets.take("k", second, rate=5, size=20) == 0
        clock.now = 0


def test_keys_do_not_share_and_no_rate_is_no_limit() -> None:
    buckets = Buckets(Clock())
    assert buckets.take("a", 20, rate=5, size=20) == 0
    assert buckets.take("a", 1, rate=5, size=20) == 1
    assert buckets.take("b", 20, rate=5, size=20) == 0
    assert all(buckets.take("a", 10**9, rate=0, size=0) == 0 for _ in range(3))


def test_memory_is_bounded(monkeypatch: object) -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for number in range(rates._MOST + 5):
        clock.now += 1
        buckets.take(number, 1, rate=5, size=20)
    assert len(buckets._left) <= rates._MOST

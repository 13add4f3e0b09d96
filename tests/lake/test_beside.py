"""Calls done beside the caller's work: in order, and none of their errors is lost."""

from __future__ import annotations

import time

import pytest

from regulars.lake.beside import WAITING, Beside


def _wrong() -> None:
    raise OSError("disk full")


def _slowly(number: int, done: list[int]) -> None:
    time.sleep(0.001 * (number % 3))
    done.append(number)


def test_calls_are_done_in_their_order() -> None:
    done: list[int] = []
    with Beside() as beside:
        for number in range(20):
            beside.do(_slowly, number, done)
            assert number - len(done) <= WAITING + 1, "the caller waits rather than pile up rows"
    assert done == list(range(20))


@pytest.mark.parametrize("later", [0, 10])
def test_what_a_call_raises_comes_out(later: int) -> None:
    with pytest.raises(OSError, match="disk full"), Beside() as beside:  # noqa: PT012 - any of them may raise it
        beside.do(_wrong)
        for _ in range(later):
            beside.do(list)


def test_the_callers_own_error_comes_first() -> None:
    with pytest.raises(KeyError), Beside() as beside:  # noqa: PT012 - the error is the caller's
        beside.do(_wrong)
        raise KeyError

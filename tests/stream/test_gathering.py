"""Who comes while another commits is committed with all the others who came, and fails for nobody else's fault."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from regulars.stream.gathering import Gathering


class Away(Exception):
    pass


def test_who_waits_is_committed_together() -> None:
    together: list[list[int]] = []
    begun, go_on = Event(), Event()

    def commit(works: list[int]) -> list[int]:
        together.append(works)
        begun.set()
        assert go_on.wait(10)
        return [work * 10 for work in works]

    gathering: Gathering[int, int] = Gathering(commit, shared=Away)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(gathering.submit, 0)
        assert begun.wait(10)
        others = [pool.submit(gathering.submit, number) for number in range(1, 6)]
        while len(gathering._waiting) < 5:
            pass
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [0, 10, 20, 30, 40, 50]
    assert [len(works) for works in together] == [1, 5]


def test_nobody_fails_for_anothers_fault_but_all_for_a_store_that_is_away() -> None:
    away = False

    def commit(works: list[int]) -> list[int]:
        if away:
            raise Away
        if 3 in works:
            raise ValueError(3)
        return works

    gathering: Gathering[int, int] = Gathering(commit, shared=Away)

    def outcome(number: int) -> str:
        try:
            return str(gathering.submit(number))
        except (ValueError, Away) as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(outcome, range(8))) == ["0", "1", "2", "4", "5", "6", "7", "ValueError"]
        away = True
        assert set(pool.map(outcome, range(8))) == {"Away"}
    away = False
    with pytest.raises(ValueError, match="3"):
        gathering.submit(3)
    assert gathering.submit(4) == 4

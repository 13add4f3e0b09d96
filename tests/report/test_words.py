"""Reasons become sentences, and every reason that insight can give has one."""

from __future__ import annotations

import pytest

from regulars.insight.figures import Reason
from regulars.insight.reasons import CODES
from regulars.report import words
from regulars.report.formats import Formats

F = Formats("EUR")


def test_figures_are_written_by_kind() -> None:
    late = Reason("late", {"silence": 61, "late_after_day": "2026-10-30"})
    said = words.sentence(late, F).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Silent for 9 weeks: four in five with the same history would have bought by 30 October 2026."


def test_the_first_sentence_whose_figures_are_known_is_taken() -> None:
    assert words.sentence(Reason("late", {"silence": 61}), F) == "Should have bought by now."
    assert words.sentence(Reason("late", {"silence": None}), F) == "Should have bought by now."


def test_one_and_many() -> None:
    code = "few_repeat_customers"
    assert "1 of 5 customers has" in words.sentence(Reason(code, {"repeat_customers": 1, "customers": 5}), F)
    assert "2 of 5 customers have" in words.sentence(Reason(code, {"repeat_customers": 2, "customers": 5}), F)


def test_an_unknown_code_is_still_readable() -> None:
    assert words.sentence(Reason("gap_found", {"days": 31, "share": 0.25, "what": None}), F) == (
        "Gap found: days 31, share 0.25."
    )
    assert words.sentence(Reason("", {}), F) == "No reason given."


@pytest.mark.parametrize("code", list(CODES))
def test_every_reason_about_a_customer_has_a_sentence_that_uses_its_figures_only(code: str) -> None:
    texts = words.sentences()[code]
    for text in texts:
        assert {name for name, _ in words.fields(text)} <= set(CODES[code]) | {"days"}
    assert not words.fields(texts[-1]) or len(texts) == 1, "the last sentence needs no figures"


@pytest.mark.parametrize("code", list(words.sentences()))
def test_every_sentence_can_be_written(code: str) -> None:
    for text in words.sentences()[code]:
        figures: dict[str, int | float | str | None] = {}
        for name, kind in words.fields(text):
            assert kind.partition(":")[0] in (*words.KINDS, "s")
            figures[name] = "2026-10-30" if kind == "day" else "some" if kind == "text" else 0.4 if "1" in kind else 7
        written = words._fill(text, figures, F)
        assert written
        assert "{" not in written
        assert written[-1] in ".?!"

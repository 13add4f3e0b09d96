"""Numbers, money and days as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from regulars.insight.figures import Estimate
from regulars.report import formats
from regulars.report.formats import Formats

HARD = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("currency", "language", "value", "written"),
    [
        ("EUR", "en", 41217.4, "€41,217"),
        ("EUR", "en", 8.5, "€8.50"),
        ("EUR", "en", 0.0, "€0"),
        ("EUR", "en", -1200.0, "-€1,200"),
        ("EUR", "fi", 41217.0, f"41{HARD}217{HARD}€"),
        ("EUR", "de-AT", 41217.0, f"€{HARD}41.217"),
        ("JPY", "en", 41217.4, "¥41,217"),
        ("JPY", "en", 8.4, "¥8"),
        ("", "en", 1234.0, "1,234"),
        ("EUR", "no such language", 1234.0, "€1,234"),
    ],
)
def test_money(currency: str, language: str, value: float, written: str) -> None:
    assert Formats(currency, language).money(value) == written


def test_guesses_are_rounded_and_ranges_have_two_ends() -> None:
    f = Formats("EUR")
    assert f.about(41234.0) == "€41,200"
    assert f.range(Estimate(41234, 33000, 50123)) == "€33,000 to €50,000"
    assert f.range(Estimate(0.0, 0.0, 0.0)) == "€0"


def test_short_amounts_keep_their_currency() -> None:
    assert Formats("EUR").short(1_234_567) == "€1.23M"
    assert "€" in Formats("EUR", "de-AT").short(41_234)
    assert Formats("EUR", "de-AT").short_number(41_234) == "41.200"


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "1 day"), (20, "20 days"), (40, "6 weeks"), (100, "3 months"), (730, "2 years"), (900, "2.5 years")],
)
def test_spans_of_days(days: float, words: str) -> None:
    assert formats.span(days) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (float("nan"), "–"), (0.0, "0%"), (0.001, "<1%"), (0.314, "31%"), (0.9996, "99.9%"), (1.0, "100%")],
)
def test_shares(share: float | None, words: str) -> None:
    assert formats.share(share) == words


def test_days_do_not_depend_on_the_machine() -> None:
    assert formats.weekday(date(2026, 11, 21)).replace(HARD, " ") == "Saturday 21 November 2026"

"""`[hours]`: what people write about their days, public holidays, and what is said where it can't be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from regulars.base.errors import BadInput
from regulars.base.opening import Span
from regulars.platform import hours, settings
from regulars.platform.settings import Firm, Hours

ESTONIA = Firm(time_zone="Europe/Tallinn", country="EE")


def test_the_usual_week_is_that_of_an_office() -> None:
    opening = hours.opening(Hours(), ESTONIA)
    assert opening.on(date(2026, 11, 23)) == (Span(540, 1020),)
    assert opening.on(date(2026, 11, 22)) == ()
    assert opening.is_open(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))


@pytest.mark.parametrize("text", ["9-12", "09:00-12:00", "9.00 – 12", " 9:00 - 12.00 "])
def test_times_as_people_write_them(text: str) -> None:
    assert hours.day_of([text]) == (Span(540, 720),)
    assert hours.written(Span(540, 720)) == "09:00-12:00"


def test_a_split_day_is_put_in_order() -> None:
    assert hours.day_of(["13-17", "9-12:30"]) == (Span(540, 750), Span(780, 1020))
    assert hours.day_of(["0-12", "12-24"]) == (Span(0, 720), Span(720, 1440))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["17-9"], "the end after the beginning"),
        (["9-9"], "the end after"),
        (["9-25"], "no span"),
        (["9:60-12"], "no span"),
        (["nine"], "no span"),
        (["9-13", "12-17"], "overlap"),
    ],
)
def test_spans_that_cannot_be_meant(texts: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        hours.day_of(texts)


def test_public_holidays_of_the_firms_country_or_another() -> None:
    day = date(2026, 2, 24)
    assert hours.opening(Hours(), ESTONIA).on(day) == ()
    assert hours.opening(Hours(holidays=False), ESTONIA).on(day) != ()
    assert hours.opening(Hours(country="FI"), ESTONIA).on(day) != ()
    assert hours.opening(Hours(), Firm()).on(date(2026, 12, 25)) != ()  # no country, no holidays
    assert hours.opening(Hours(), Firm(country="XX")).on(date(2026, 12, 25)) != ()
    name = hours.public_holidays(Hours(), ESTONIA)
    assert (name(day), name(date(2026, 2, 25))) == ("Independence Day", None)
    assert hours.public_holidays(Hours(country="FI"), ESTONIA, "fi")(date(2026, 12, 6)) == "Itsenäisyyspäivä"
    assert hours.public_holidays(Hours(), ESTONIA, "xx")(day) is not None


def test_parts_of_a_country_have_their_own() -> None:
    epiphany = date(2026, 1, 6)
    assert hours.opening(Hours(country="DE", subdivision="BY"), ESTONIA).on(epiphany) == ()
    assert hours.opening(Hours(country="DE", subdivision="HH"), ESTONIA).on(epiphany) != ()
    for wrong, words in (
        (Hours(country="XX"), "no public holidays of 'XX'"),
        (Hours(country="DE", subdivision="ZZ"), "Those of DE are: BB"),
        (Hours(country="EE", subdivision="ZZ"), "EE has none"),
    ):
        with pytest.raises(BadInput, match=words):
            hours.opening(wrong, ESTONIA)
    with pytest.raises(BadInput, match="needs its country"):
        hours.opening(Hours(subdivision="BY"), Firm())


def test_days_of_ones_own() -> None:
    found = hours.opening(
        Hours(
            closed=("2026-07-06/2026-07-08", "24.12.", "2026-11-27", "02-29"),
            open=("2026-12-24 10-12", "28.11.2026 10:00-12:00, 13-14", "2026-02-24T08:00-09:00"),
        ),
        ESTONIA,
    )
    assert [found.on(date(2026, 7, day)) == () for day in (6, 7, 8, 9)] == [True, True, True, False]
    assert found.on(date(2026, 11, 27)) == ()
    assert (found.on(date(2027, 12, 24)), found.on(date(2028, 2, 29))) == ((), ())
    assert found.on(date(2026, 12, 24)) == (Span(600, 720),)
    assert found.on(date(2026, 11, 28)) == (Span(600, 720), Span(780, 840))
    assert found.on(date(2026, 2, 24)) == (Span(480, 540),)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-07-08/2026-07-06", "soon", "12-24/12-26", "2026-01-01/2030-01-01"]
)
def test_closed_days_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(BadInput, match="no closed day"):
        hours.days_of(text)


@pytest.mark.parametrize("text", ["2026-12-24", "12-24 9-12", "2026-12-24 noon", "10-12"])
def test_open_days_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(BadInput, match=r"no day with its own hours|no span"):
        hours.open_day(text)


def test_the_file_and_the_environment_say_it_too(tmp_path: Path) -> None:
    path = tmp_path / "regulars.toml"
    path.write_text('[hours]\nmonday = ["9-12", "13-17"]\nsaturday = ["10-14"]\n', encoding="utf-8")
    found = settings.load(path, {"REGULARS_HOURS_FRIDAY": "9-12,13-15", "REGULARS_HOURS_CLOSED": "12-24 12-31"})
    assert (found.hours.monday, found.hours.friday) == (("9-12", "13-17"), ("9-12", "13-15"))
    assert found.hours.closed == ("12-24", "12-31")
    path.write_text('[hours]\nmonday = ["17-9"]\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"regulars.toml, \[hours\]: monday: '17-9' is no span"):
        settings.load(path, {})


def test_what_is_usual_loads_no_calendar(tmp_path: Path) -> None:
    """Commands that need no hours don't wait for them."""
    import subprocess  # only this Python with a fixed program
    import sys

    program = (
        "import sys, pathlib; from regulars.platform import settings; "
        "settings.load(pathlib.Path(sys.argv[1]), {'REGULARS_COUNTRY': 'EE', 'REGULARS_HOURS_MONDAY': '9-12'}); "
        "assert 'holidays' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "none.toml")], check=True)


def test_every_weekday_is_a_setting() -> None:
    assert {field.name for field in msgspec.structs.fields(Hours)} >= set(hours.WEEKDAYS)

"""Values: a date or an amount rendered in a format is read back the same, and what is none is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.intake.values import dates, dictionary, instants, numbers, phones
from regulars.intake.values.dates import DateForm, Hints
from regulars.intake.values.months import months

_DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
_MOMENTS = st.builds(
    lambda day, second: datetime.combine(day, time()) + timedelta(seconds=second), _DAYS, st.integers(0, 86399)
)
_AMOUNTS = st.decimals(Decimal("-99999999999"), Decimal("99999999999"), places=2, allow_nan=False)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        for macro in (*instants.macros(), *numbers.MACROS):
            connection.execute(macro)
        yield connection


def evaluate(
    con: duckdb.DuckDBPyConnection, cells: list[str], quick: str, steps: list[tuple[str, str]]
) -> list[object]:
    query = "SELECT unnest($1) AS c, generate_subscripts($1, 1) AS i"
    for name, expression in steps:
        query = f"SELECT *, {expression} AS {name} FROM ({query})"
    value = f"coalesce({quick}, {steps[-1][0]})" if steps else quick
    return [v for (v,) in con.execute(f"SELECT CAST({value} AS VARCHAR) FROM ({query}) ORDER BY i", [cells]).fetchall()]


def read_dates(con: duckdb.DuckDBPyConnection, cells: list[str], form: DateForm, zone: str = "UTC") -> list[object]:
    return evaluate(con, cells, instants.fast("c", form), instants.slow("c", form, zone, "x"))


def read_amounts(con: duckdb.DuckDBPyConnection, cells: list[str], mark: str) -> list[Decimal | None]:
    found = evaluate(con, cells, numbers.fast("c", mark), numbers.slow("c", mark, "x"))
    return [None if v is None else Decimal(str(v)) for v in found]


FORMATS = {
    "day.month.year": ["%d.%m.%Y", "{d}.{m}.%Y", "%d. %m. %Y"],
    "day/month/year": ["%d/%m/%Y", "{d}/{m}/%Y"],
    "month/day/year": ["%m/%d/%Y", "{m}/{d}/%Y"],
    "year-month-day": ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"],
    "yearmonthday": ["%Y%m%d"],
    "day month year": ["{d} %B %Y", "%d. %b %Y", "%d-%b-%Y"],
    "month day year": ["%B {d}, %Y", "%b {d}, %Y"],
}


@pytest.mark.parametrize(("text", "pattern"), [(t, p) for t, patterns in FORMATS.items() for p in patterns])
@given(days=st.lists(_DAYS, min_size=1, max_size=20))
@settings(max_examples=8)
def test_a_day_written_in_an_order_is_read_back(
    con: duckdb.DuckDBPyConnection, text: str, pattern: str, days: list[date]
) -> None:
    cells = [day.strftime(pattern.format(d=day.day, m=day.month)) for day in days]
    form = dates.as_told(cells, text, Hints())
    assert read_dates(con, cells, form) == [f"{day} 00:00:00" for day in days]


@pytest.mark.parametrize(
    "pattern", ["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H.%M.%S", "%d.%m.%Y klo %H.%M.%S", "%d/%m/%Y, %I:%M:%S %p"]
)
@given(moments=st.lists(_MOMENTS, min_size=1, max_size=10))
@settings(max_examples=8)
def test_times_are_read_back(con: duckdb.DuckDBPyConnection, pattern: str, moments: list[datetime]) -> None:
    cells = [moment.strftime(pattern) for moment in moments]
    assert read_dates(con, cells, DateForm("day.month.year")) == [str(m) for m in moments]
    assert read_dates(con, cells, dates.as_told(cells, "day.month.year", Hints())) == [str(m) for m in moments]


@given(moments=st.lists(_MOMENTS, min_size=1, max_size=10), minutes=st.integers(-12 * 60, 14 * 60))
@settings(max_examples=25)
def test_zones_in_cells_are_honoured(con: duckdb.DuckDBPyConnection, moments: list[datetime], minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    cells = [m.replace(tzinfo=zone).isoformat() for m in moments]
    found = dates.recognise(cells, Hints())
    assert found is not None
    assert found[0].zoned
    expected = [str(m - timedelta(minutes=minutes)) + "+00" for m in moments]
    assert read_dates(con, cells, found[0], "Europe/Helsinki") == expected
    without_formats = found[0]._replace(formats=())
    assert read_dates(con, cells, without_formats, "Europe/Helsinki") == expected


def test_month_names_of_six_languages(con: duckdb.DuckDBPyConnection) -> None:
    cells = [f"5. {name} 2024" for name in sorted(months())]
    expected = [f"2024-{months()[name]:02}-05 00:00:00" for name in sorted(months())]
    assert read_dates(con, cells, DateForm("day month year")) == expected
    assert [dates.day_of(cell, "dmy") for cell in cells] == [date.fromisoformat(e[:10]) for e in expected]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("31.02.2024", "day.month.year"),
        ("12/31/2023", "day/month/year"),
        ("2024-13-01", "year-month-day"),
        ("20240231", "yearmonthday"),
        ("5.1.024", "day.month.year"),
        ("01.01.1850", "day.month.year"),
        ("infinity", "year-month-day"),
        ("epoch", "year-month-day"),
        ("5.1.2024 25:00", "day.month.year"),
        ("yesterday", "day.month.year"),
        ("", "day.month.year"),
        ("12", "excel"),
        ("1e400", "unix"),
    ],
)
def test_what_is_no_date_is_refused(con: duckdb.DuckDBPyConnection, cell: str, text: str) -> None:
    form = DateForm(text, zoned=text == "unix") if text != "excel" else DateForm(text)
    if text == "excel":
        assert read_dates(con, ["x" + cell], form) == [None]
    else:
        assert read_dates(con, [cell], form) == [None]


def test_serial_numbers_and_seconds(con: duckdb.DuckDBPyConnection) -> None:
    assert read_dates(con, ["45296", "45296.75", "45296,5"], DateForm("excel")) == [
        "2024-01-05 00:00:00",
        "2024-01-05 18:00:00",
        "2024-01-05 12:00:00",
    ]
    assert read_dates(con, ["1704449472", "1704449472.5"], DateForm("unix", zoned=True)) == [
        "2024-01-05 10:11:12+00",
        "2024-01-05 10:11:12.5+00",
    ]
    assert read_dates(con, ["1704449472000"], DateForm("unix-ms", zoned=True)) == ["2024-01-05 10:11:12+00"]


def test_two_digit_years(con: duckdb.DuckDBPyConnection) -> None:
    cells = ["05.01.24", "31.12.99", "01.01.68", "01.01.69"]
    expected = ["2024-01-05 00:00:00", "1999-12-31 00:00:00", "2068-01-01 00:00:00", "1969-01-01 00:00:00"]
    assert read_dates(con, cells, DateForm("day.month.year")) == expected
    assert read_dates(con, cells, dates.as_told(cells, "day.month.year", Hints())) == expected


@given(
    text=st.text(max_size=25),
    order=st.sampled_from(["day.month.year", "month/day/year", "year-month-day", "excel", "month.year"]),
)
@settings(max_examples=100)
def test_no_text_breaks_the_reading_of_dates(con: duckdb.DuckDBPyConnection, text: str, order: str) -> None:
    cell = text.replace("\0", "")
    read_dates(con, [cell], DateForm(order))
    dates.recognise([cell], Hints())


@given(cells=st.lists(st.from_regex(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", fullmatch=True), min_size=1, max_size=8))
@settings(max_examples=60)
def test_python_and_sql_agree_on_every_date(con: duckdb.DuckDBPyConnection, cells: list[str]) -> None:
    for order, text in (("dmy", "day.month.year"), ("mdy", "month/day/year"), ("ymd", "year-month-day")):
        expected = [None if (d := dates.day_of(c, order)) is None else f"{d} 00:00:00" for c in cells]
        assert read_dates(con, cells, DateForm(text)) == expected


STYLES = {
    "plain.": (".", lambda a: f"{a}"),
    "plain,": (",", lambda a: f"{a}".replace(".", ",")),
    "1,234.50": (".", lambda a: f"{a:,}"),
    "1.234,50": (",", lambda a: f"{a:,}".translate(str.maketrans(",.", ".,"))),
    "1 234,50": (",", lambda a: f"{a:,}".replace(",", " ").replace(".", ",")),
    "nbsp": (",", lambda a: f"{a:,}".replace(",", "\u00a0").replace(".", ",")),
    "narrow": (",", lambda a: f"{a:,}".replace(",", "\u202f").replace(".", ",")),
    "swiss": (".", lambda a: f"{a:,}".replace(",", "’")),
    "euro behind": (",", lambda a: f"{a}".replace(".", ",") + " €"),
    "dollar before": (".", lambda a: f"-${-a:,}" if a < 0 else f"${a:,}"),
    "code before": (".", lambda a: f"EUR {a:,}"),
    "zloty": (",", lambda a: f"{a:,}".replace(",", " ").replace(".", ",") + " zł"),
    "parentheses": (".", lambda a: f"({-a:,})" if a < 0 else f"{a:,}"),
    "trailing minus": (".", lambda a: f"{-a}-" if a < 0 else f"{a}"),
    "true minus": (",", lambda a: f"{a}".replace(".", ",").replace("-", "−")),
}


@pytest.mark.parametrize("style", STYLES)
@given(amounts=st.lists(_AMOUNTS, min_size=1, max_size=15))
@settings(max_examples=10)
def test_an_amount_written_in_a_style_is_read_back(
    con: duckdb.DuckDBPyConnection, style: str, amounts: list[Decimal]
) -> None:
    mark, write = STYLES[style]
    assert read_amounts(con, [write(a) for a in amounts], mark) == amounts


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ("12,50", "."),
        ("1.234,56", "."),
        ("1,234.56", ","),
        ("12.50", ","),
        ("12abc34", "."),
        ("12 34", "."),
        ("--5", "."),
        ("(5", "."),
        ("nan", "."),
        ("inf", "."),
        ("", "."),
        ("1.2.3", "."),
        ("100%", "."),
        ("€", "."),
        ("2024-01-05", "."),
        ("1,23,4", "."),
    ],
)
def test_what_is_no_amount_is_refused(con: duckdb.DuckDBPyConnection, cell: str, mark: str) -> None:
    assert read_amounts(con, [cell], mark) == [None]


@given(text=st.text(max_size=25))
@settings(max_examples=100)
def test_no_text_breaks_the_reading_of_amounts(con: duckdb.DuckDBPyConnection, text: str) -> None:
    read_amounts(con, [text.replace("\0", "")], ".")
    numbers.evidence([text])


@given(
    amounts=st.lists(_AMOUNTS.filter(lambda a: a % 1 != 0), min_size=5, max_size=20),
    style=st.sampled_from(sorted(STYLES)),
)
@settings(max_examples=60)
def test_the_decimal_mark_is_found(amounts: list[Decimal], style: str) -> None:
    mark, write = STYLES[style]
    found = numbers.evidence([write(a) for a in amounts])
    assert found.numbers == len(amounts)
    assert numbers.decimal_mark([found], "?")[0] == mark


def test_countries_currencies_and_statuses_in_six_languages() -> None:
    assert {dictionary.country(w) for w in ("Eesti", "Estonia", "Viro", "Igaunija", "Estland", "EE", "EST")} == {"EE"}
    assert dictionary.country("Deutschland") == dictionary.country("Saksa") == dictionary.country("Niemcy") == "DE"
    assert dictionary.country("Atlantis") is None
    assert dictionary.currency("$", ["CAD"]) == "CAD"
    assert dictionary.currency("kr", ["NOK"]) == "NOK"
    assert dictionary.currency("zł") == "PLN"
    assert (
        dictionary.status("Peruutettu")
        == dictionary.status("Storniert")
        == dictionary.status("wc-cancelled")
        == "cancelled"
    )
    assert dictionary.status("Opłacone") == dictionary.status("maksettu") == dictionary.status("Tasutud") == "placed"
    assert dictionary.status("Erledigt?", {"erledigt": "cancelled"}) == "cancelled"
    assert dictionary.status("whatever") == "other"


@pytest.mark.parametrize(
    ("cell", "home", "expected"),
    [
        ("+372 555 1234", "", "+3725551234"),
        ("00372 5551234", "", "+3725551234"),
        ("5551234", "EE", "+3725551234"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("(555) 010-9999", "US", "+15550109999"),
        ("'+1-555-010-9999", "", "+15550109999"),
        ("040 1234567", "FI", "+358401234567"),
        ("040 1234567", "", "0401234567"),
        ("n/a", "EE", None),
        ("12", "EE", None),
    ],
)
def test_telephone_numbers(con: duckdb.DuckDBPyConnection, cell: str, home: str, expected: str | None) -> None:
    assert evaluate(con, [cell], phones.sql("c", home, None, ()), []) == [expected]

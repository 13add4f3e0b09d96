"""Orders of dates, decimal marks and currencies are decided for the whole column."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.intake.reading.readings import Readings, numbered

from regulars.base import clock
from regulars.intake.recognise import Defaults


def test_an_order_is_decided_by_one_day_beyond_twelve(readings: Readings) -> None:
    file = readings.recognise(numbered(["01/02/2024", "03/04/2024", "25/04/2024"] * 10))
    assert file.mapping.dates == {"date": "day/month/year"}
    assert file.cautions == []
    file = readings.recognise(numbered(["01/02/2024", "03/04/2024", "04/25/2024"] * 10))
    assert file.mapping.dates == {"date": "month/day/year"}


def test_an_order_is_decided_by_rows_that_rise(readings: Readings) -> None:
    months_first = [f"{m:02}/{d:02}/2023" for m in range(1, 13) for d in range(1, 13)]
    file = readings.recognise(numbered(months_first))
    assert file.mapping.dates == {"date": "month/day/year"}
    assert file.cautions == []


def test_an_order_is_decided_by_the_future(readings: Readings) -> None:
    with clock.fixed(datetime(2024, 3, 1, tzinfo=UTC)):
        file = readings.recognise(numbered(["01/12/2023", "02/04/2024", "03/01/2024", "12/02/2023"]))
    assert file.mapping.dates == {"date": "month/day/year"}


def test_an_open_order_follows_the_country_and_says_so(readings: Readings) -> None:
    text = numbered(["05/03/2024", "02/01/2024", "11/10/2023"] * 5)
    file = readings.recognise(text)
    assert file.mapping.dates == {"date": "day/month/year"}
    assert any("month/day/year" in caution for caution in file.cautions)
    file = readings.recognise(text, defaults=Defaults(country="US"))
    assert file.mapping.dates == {"date": "month/day/year"}


def test_the_whole_column_overrules_the_sample(readings: Readings) -> None:
    """The sample can be read both ways; a day beyond twelve stands where no sample looks."""
    days = [f"{i % 12 + 1:02}/{(i * 7) % 12 + 1:02}/2023" for i in range(60_000)]
    file = readings.recognise(numbered(days))
    assert file.mapping.dates == {"date": "day/month/year"}
    lines = numbered(days).splitlines()
    sampled = set()
    from regulars.intake.open.sample import tables

    table = tables(file.path)[0]
    sampled = {row[0] for row in (*table.head, *table.scattered)}
    hidden = next(i for i in range(50_000, 60_000) if str(i) not in sampled)
    lines[hidden + 1] = lines[hidden + 1].replace(days[hidden], "10/25/2023")
    readings.take("\n".join(lines) + "\n")
    assert readings.file.mapping.dates == {"date": "month/day/year"}
    assert readings.staged.set_aside == 0
    assert any("month/day/year" in caution for caution in readings.staged.cautions)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["1,234.50", "12.00"], "."),
        (["1.234,50", "12,00"], ","),
        (["1 234,50"], ","),
        (["12,5"], ","),
        (["12.5"], "."),
        (["1.234", "0,5"], ","),
        (["1,234", "1,234,567"], "."),
        (["100", "200"], "."),
    ],
)
def test_the_decimal_mark_is_the_columns(readings: Readings, rows: list[str], expected: str) -> None:
    lines = "".join(f"{i}\t2024-01-0{i % 9 + 1}\tC{i}\t{rows[i % len(rows)]}\n" for i in range(12))
    file = readings.recognise("order\tdate\tcustomer\ttotal\n" + lines)
    assert file.mapping.decimal == expected


def test_thousands_that_could_be_decimals_are_a_caution(readings: Readings) -> None:
    file = readings.recognise(
        "order\tdate\tcustomer\ttotal\n" + "".join(f"{i}\t2024-01-02\tC{i}\t1.23{i}\n" for i in range(9))
    )
    assert any("decimal" in caution for caution in file.cautions)


def test_currencies_in_cells_titles_and_columns(readings: Readings) -> None:
    readings.take("order;date;customer;total\n1;2024-01-02;A;€12,50\n2;2024-01-03;B;12,50 €\n", currency="SEK")
    assert readings.column("currency") == ["EUR", "EUR"]
    readings.take(
        "order;date;customer;total\n1;2024-01-02;A;$12.50\n2;2024-01-03;B;£7.25\n3;2024-01-03;B;9.20\n", currency="SEK"
    )
    assert readings.column("currency") == ["USD", "GBP", "USD"]
    readings.take("order,date,customer,Total (PLN)\n1,2024-01-02,A,12.50\n", currency="SEK")
    assert readings.column("currency") == ["PLN"]
    readings.take(
        "order,date,customer,total,currency\n1,2024-01-02,A,12.50,usd\n2,2024-01-02,A,12.50,\n3,2024-01-02,A,1,€\n",
        currency="SEK",
    )
    assert readings.column("currency") == ["USD", "SEK", "EUR"]

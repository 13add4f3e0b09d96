"""Hostile files (CHECKS 10): a clear answer, no crash, bounded memory, and every row kept or set aside."""

from __future__ import annotations

import contextlib
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.reading.readings import HEAD, Readings, good

from regulars.base.errors import BadInput
from regulars.intake.mapping import Mapping
from regulars.intake.open import blocks, source
from regulars.intake.read import original_rows, read
from regulars.intake.recognise import recognise


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "no text"),
        (b"\x00" * 5000, "no text|no table|isn't a table"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG"),
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(range(256)) * 20, "program"),
        (bytes(random.Random(5).randbytes(20_000)), "isn't a table|isn't clear"),
        (b"SQLite format 3\x00" + bytes(1000), "database"),
        (b"PAR1 this is not parquet at all", "Parquet"),
        (b"PK\x03\x04 this is not a zip at all", "damaged zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "workbook"),
        (b"Dear customer, here are the orders that you asked for.\nBest regards\n", "isn't clear|rows"),
        (HEAD.encode(), "no rows"),
        (b"<html><body>Please sign in</body></html>\n", "isn't clear|rows"),
    ],
)
def test_what_is_no_table_is_refused_with_cause_and_cure(readings: Readings, content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        readings.take(content)
    assert len(str(refused.value)) > 40
    assert "Traceback" not in str(refused.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        recognise([tmp_path / "nowhere.csv"])
    with pytest.raises(BadInput, match="folder"):
        recognise([tmp_path])


def test_a_thousand_columns(readings: Readings) -> None:
    titles = ["order number", "date", "customer", "total", *(f"field {i}" for i in range(996))]
    rows = "".join(",".join([f"A{i}", "2024-01-05", f"C{i}", f"{i}.5", *("x",) * 996]) + "\n" for i in range(300))
    staged = readings.take(",".join(titles) + "\n" + rows)
    assert staged.kept == 300
    assert len(readings.file.titles) == 1000


def test_ten_megabytes_in_one_cell(readings: Readings) -> None:
    """In a column that isn't used it harms nobody; in a number or name of a customer the row is set aside."""
    big = "x" * (10 << 20)
    text = (
        "order number,date,customer,total,note\n"
        + f'A1,2024-01-05,C1,5.00,"{big}"\nA2,2024-01-06,C2,6.00,\n'
        + f"A3,2024-01-07,{big},7.00,\n"
    )
    staged = readings.take(text)
    assert (staged.kept, staged.reasons) == (2, {"too_long": 1})
    assert readings.column("order_number") == ["A1", "A2"]
    assert len(readings.reasons()[0]) < 300


def test_a_line_without_end_is_cut(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LONGEST_LINE", 5 << 20)
    staged = readings.take(HEAD + good(3) + "B" * (12 << 20) + "\n" + good(3, 3))
    assert (staged.kept, staged.reasons) == (6, {"too_long": 1})


def test_nul_bytes(readings: Readings) -> None:
    staged = readings.take((HEAD + good(200)).encode() + b"A\x00900,2024-01-05,C\x001,9.00\n" + good(10, 300).encode())
    assert staged.kept == 211
    assert ("A900", "C1") in [
        tuple(c.replace("\0", "") for c in row) for row in readings.rows("order_number", "customer_ref")
    ]


def test_formulas_are_text(readings: Readings) -> None:
    cells = ["=1+1", '=HYPERLINK("http://x")', "+372 5551234", "-2+3", "@SUM(A1)"]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    readings.take(HEAD + "".join(f"{c},2024-01-05,{c},{i}.00\n" for i, c in enumerate(quoted)))
    assert readings.column("order_number") == cells
    assert readings.column("customer_ref") == cells


def test_titles_that_repeat_or_are_blank(readings: Readings) -> None:
    readings.take(
        "order number,date,customer,total,total,,note,note\n"
        "1,2024-01-05,C1,5.00,6.00,x,a,b\n2,2024-01-06,C2,7.00,8.00,y,c,d\n"
    )
    assert readings.file.titles == [
        "order number",
        "date",
        "customer",
        "total",
        "total (2)",
        "column 6",
        "note",
        "note (2)",
    ]
    assert [float(v) for v in readings.column("total")] == [5.0, 7.0]


def test_rows_of_the_wrong_width(readings: Readings) -> None:
    staged = readings.take(
        HEAD
        + good(300)
        + "A1,2024-01-05\nA2;2024-01-05;C1;5.00\nA3,2024-01-05,C1,5,00\nA4,2024-01-05,C1,5.00,,,\n\n   \n"
        + good(50, 500)
    )
    assert staged.kept == 351
    assert staged.reasons == {"missing_total": 1, "too_few_cells": 1, "too_many_cells": 1}
    assert (
        readings.reasons()[1]
        == "Row 302 has 1 cell where the titles have 4. Check what separates its cells: the other rows use a comma."
    )


def test_dates_that_do_not_exist_name_row_value_and_cure(readings: Readings) -> None:
    rows = "".join(f"A{i};{i % 28 + 1:02}.0{i % 9 + 1}.2024;C{i};{i},50\n" for i in range(4311))
    staged = readings.take("order number;date;customer;total\n" + rows[: len(rows)] + "X;31.02.2024;C1;5,00\n")
    assert staged.kept == 4311
    assert readings.reasons() == [
        "Row 4312: '31.02.2024' is not a date in day.month.year. "
        "The other 4,311 rows read well so; fix the row or pick another order."
    ]


def test_blank_rows_words_for_nothing_and_titles_again(readings: Readings) -> None:
    text = (
        HEAD
        + good(50)
        + ",,,\n"
        + HEAD
        + "A1,,C1,5.00\nA2,2024-01-05,NULL,5.00\nA3,2024-01-05,n/a,6.00\nA4,2024-01-05,C1,-\n"
    )
    staged = readings.take(text)
    assert staged.reasons == {"empty": 1, "titles_again": 1, "missing_ordered_at": 1, "missing_total": 1}
    assert readings.rows("order_number", "customer_ref")[-2:] == [("A2", None), ("A3", None)]


def test_cells_that_can_be_done_without_are_left_out_and_counted(readings: Readings) -> None:
    text = "order number,date,customer,total,delivery date,email\n" + "".join(
        f"A{i},2024-01-05,C{i},5.00,2024-01-{i + 6:02},a{i}@x.com\n" for i in range(9)
    )
    staged = readings.take(text + "A9,2024-01-05,C9,5.00,soon,nobody\n")
    assert staged.set_aside == 0
    assert sorted((left.column, left.cells, left.example) for left in staged.left_out) == [
        ("delivery date", 1, "soon"),
        ("email", 1, "nobody"),
    ]


def test_backslashes_before_quotation_marks(readings: Readings) -> None:
    readings.take(HEAD + 'A1,2024-01-05,"say \\"hi\\", she",5.00\nA2,2024-01-05,"b",6.00\n')
    assert readings.column("customer_ref") == ['say "hi", she', "b"]


def test_one_order_alone(readings: Readings) -> None:
    assert readings.take(HEAD + "A1,2024-01-05,C1,5.00").kept == 1
    assert readings.staged.cut_off


def test_a_report_head_above_the_titles(readings: Readings) -> None:
    assert readings.take("Sales report\nFrom 1.1.2024 to 31.12.2024\n\n" + HEAD + good(30)).kept == 30
    assert readings.file.layout.header_row == 3


def test_original_rows_come_back_as_they_were(readings: Readings) -> None:
    bad = 'X1,31/02/2024,"a, ""b""",5.00\nX2,2024-01-05,C1,5,00\n'
    readings.take(HEAD + good(100) + bad + good(100, 200))
    rejected = [row for (row,) in readings.query(f'SELECT "row" FROM ({readings.staged.rejects_sql()}) ORDER BY 1')]
    header, rows = original_rows(readings.file, rejected)
    assert header == ["order number", "date", "customer", "total"]
    assert rows == [["X1", "31/02/2024", 'a, "b"', "5.00"], ["X2", "2024-01-05", "C1", "5", "00"]]


def test_amounts_that_overflow_and_tiny_ones(readings: Readings) -> None:
    staged = readings.take(
        HEAD
        + "A1,2024-01-05,C1,123456789012345678901234567890.12\nA2,2024-01-05,C1,1e99\n"
        + "A3,2024-01-05,C1,0.000001\nA4,2024-01-05,C1,NaN\nA5,2024-01-05,C1,5.00\n"
    )
    assert staged.kept == 3
    assert {r.split("'")[1] for r in readings.reasons() if "'" in r} <= {"1e99", "total"}


def test_the_same_reading_twice_and_in_any_order_of_rows(readings: Readings) -> None:
    rows = [f"A{i},{i % 28 + 1}/{i % 12 + 1}/2023,C{i % 9},{i}.25\n" for i in range(400)]
    readings.take(HEAD + "".join(rows))
    first = sorted(readings.rows("order_number", "day", "total"))
    readings.read()
    assert sorted(readings.rows("order_number", "day", "total")) == first
    random.Random(3).shuffle(rows)
    readings.take(HEAD + "".join(rows))
    assert sorted(readings.rows("order_number", "day", "total")) == first


def test_days_are_the_firms_wherever_the_machine_is(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "A1,2024-03-05T23:30:00Z,C1,5.00\nA2,2024-03-05T21:30:00+00:00,C1,5.00\n"
    for machine in ("Pacific/Kiritimati", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", machine)
        readings.take(text, zone="Europe/Tallinn")
        assert readings.column("day") == [date(2024, 3, 6), date(2024, 3, 5)]
    readings.take(
        HEAD + "A1,2024-03-05,C1,5.00\n", zone="America/New_York", mapping=Mapping("orders", time_zone="Asia/Tokyo")
    )
    assert readings.rows("day", "ordered_at") == [(date(2024, 3, 5), "2024-03-05 05:00:00+00")]


def test_an_unknown_time_zone_is_refused(readings: Readings) -> None:
    readings.recognise(HEAD + good(3))
    with pytest.raises(BadInput, match="Europe/Tallinn"):
        readings.read("Mars/Olympus")


def test_every_cut_of_a_file_is_answered(readings: Readings) -> None:
    """Cut at any byte: rows, or a plain refusal; whole rows before the cut are always read the same."""
    data = ("﻿" + HEAD + good(6) + 'A9,2024-01-05,"Jäppinen, ""J""",5.00\n').encode()
    for cut in (*range(0, len(data), 9), *range(len(data) - 12, len(data))):
        try:
            readings.take(data[:cut])
        except BadInput:
            continue
        whole = data[:cut].decode("utf-8", "ignore").count("\n") - 1
        if whole >= 1 and readings.file.kind == "orders":
            assert readings.staged.rows_in in (whole, whole + 1)


@given(data=st.binary(max_size=400))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_answered(readings: Readings, data: bytes) -> None:
    with contextlib.suppress(BadInput):
        readings.take(data, kind="orders")


@given(
    cells=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
            | st.sampled_from(["\0", "\r", '"', '""', "\n", ",", "=", "2024-01-05", "5.00"]),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rows_after_good_ones_are_answered(readings: Readings, cells: list[list[str]]) -> None:
    """Whatever follows, the good rows before it are kept."""
    tail = "\n".join(",".join(row) for row in cells)
    staged = readings.take((HEAD + good(30) + tail).encode("utf-8", "surrogatepass"))
    assert readings.column("order_number")[:30] == [f"A{i}" for i in range(30)]
    assert staged.rows_in >= 30


def test_mixed_line_ends_lose_nothing_because_rows_are_counted(
    readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without the look at the file's shape, DuckDB passes over rows in silence."""
    text = "sep=,\r\n" + HEAD + good(50)
    assert readings.take(text).rows_in == 50
    even = source._Shape(lines=0, quotes=1, even=True)
    monkeypatch.setattr(source, "_shape", lambda *_: even)
    assert readings.read().rows_in < 50


def test_progress_is_told_and_ends(readings: Readings) -> None:
    told: list[tuple[int, int]] = []
    for text in (HEAD + good(20_000), HEAD + good(20_000) + "A,B\n"):
        file = readings.recognise(text)
        read(file, readings.folder / "out", progress=lambda done, rows: told.append((done, rows)))
    assert all(0 <= done <= rows for done, rows in told)

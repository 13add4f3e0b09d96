"""What the fast lane makes of a text cell: the trimmed text, or nothing where the slow lane must decide."""

from __future__ import annotations

import duckdb
import pytest

from regulars.intake.fields import field_of
from regulars.intake.mapping import Mapping
from regulars.intake.read.columns import Column, Context, typed
from regulars.intake.values import instants


def _fast(cell: str) -> str | None:
    field = field_of("orders", "order_number")
    assert field is not None
    context = Context(Mapping("orders", {"order_number": "Number"}), "UTC")
    sql = typed(Column(field, "c0", "Number"), context, "fast")["order_number"]
    with duckdb.connect() as con:
        found: str | None = con.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS c0)", [cell]).fetchall()[0][0]
    return found


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1000001", "1000001"),
        (" 1000001 ", "1000001"),
        ("\u00a01000001\u00a0", "1000001"),
        ("\u30001000001", "1000001"),
        ("Jõgeva 12", "Jõgeva 12"),
        ("A 1", "A 1"),
        ("     ", None),
        ("n/a", None),
        ("x" * 500, "x" * 500),
        ("x" * 501, None),
    ],
)
def test_a_cell_is_trimmed_whatever_spaces_surround_it(cell: str, text: str | None) -> None:
    assert _fast(cell) == text


@pytest.mark.parametrize("local", ["1900-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2024-03-31 02:30:00"])
def test_utc_without_a_calendar_is_utc(local: str) -> None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Europe/Tallinn'")
        moment = f"TIMESTAMP '{local}'"
        same = f"SELECT {instants.at(moment, 'UTC')} = timezone('UTC', {moment})"
        assert con.execute(same).fetchall() == [(True,)]

"""What a typed file keeps shorter, or leaves to another column, comes out as the field's type and value."""

from __future__ import annotations

from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from tests.intake.reading.readings import HEAD, Readings

from regulars.intake.fields import staged_columns

PLAIN = "A{i},2024-01-{d:02d},C1,{i}.50\n"
TIMED = "A{i},2024-01-{d:02d} 23:30:00,C1,{i}.50\n"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Tallinn"])
@pytest.mark.parametrize("line", [PLAIN, TIMED])
@pytest.mark.parametrize("bad", ["", "B,nothing,C1,5.00\n"])
def test_days_and_moments_agree(readings: Readings, zone: str, line: str, bad: str) -> None:
    body = "".join(line.format(i=i, d=i % 28 + 1) for i in range(40))
    readings.take(HEAD + body + bad, zone=zone)
    types = readings.query(f"DESCRIBE {readings.staged.sql()}")
    found = {row[0]: row[1].replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for row in types}
    assert found == staged_columns("orders")
    hour = "23:30:00" if line is TIMED else "00:00:00"
    local = f"strftime(timezone('{zone}', ordered_at), '%Y-%m-%d %H:%M:%S')"
    moments = readings.query(f'SELECT {local}, day::VARCHAR FROM ({readings.staged.sql()}) ORDER BY "row"')
    assert moments == [(f"2024-01-{i % 28 + 1:02d} {hour}", f"2024-01-{i % 28 + 1:02d}") for i in range(40)]


def test_a_plain_file_in_utc_is_written_short(readings: Readings) -> None:
    readings.take(HEAD + "".join(PLAIN.format(i=i, d=1) for i in range(30)))
    written = pq.read_schema(readings.staged.parts[0])
    assert "ordered_at" not in written.names
    assert written.field("total").type.precision == 18


def test_an_amount_too_long_for_the_short_form_keeps_its_value(readings: Readings) -> None:
    readings.take(HEAD + "".join(PLAIN.format(i=i, d=1) for i in range(30)) + "B,2024-01-02,C1,12345678901234.50\n")
    assert readings.column("total")[-1] == Decimal("12345678901234.500000")

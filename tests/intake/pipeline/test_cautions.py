"""Warnings before the report: what would spoil it is found, and a usual shop is left in peace."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest

from regulars.intake import cautions

DAY = date(2024, 1, 1)


def found(rows, *, twins=()):
    """Codes for orders given as (customer, day number, amount)."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE o (customer_id BIGINT, day DATE, currency VARCHAR, original BIGINT, gross BIGINT, "
        "discount BIGINT,"
        " status VARCHAR, external_id VARCHAR)"
    )
    con.executemany(
        "INSERT INTO o VALUES (?, ?, 'EUR', ?, ?, 0, 'placed', ?)",
        [(c, DAY + timedelta(d), a, a, str(i)) for i, (c, d, a) in enumerate(rows)],
    )
    occasions = "(SELECT customer_id, day, count(*) AS orders FROM o GROUP BY ALL)"
    return {one.code: one.figures for one in cautions.of_occasions(con, occasions, "o")}


def usual(days=170, a_day=12, seed=5):
    rng = random.Random(seed)
    return [(rng.randrange(300), day, rng.randrange(100, 9999)) for day in range(days) for _ in range(a_day)]


def test_a_usual_shop_has_no_cautions():
    days = (date(2024, 5, 30) - DAY).days + 1
    assert found(usual(days)) == {}


def test_one_customer_with_a_third_of_all_orders():
    rows = usual(60)
    walk_in = [(9999, day, 500 + day) for day in range(60) for _ in range(8)]
    figures = found(rows + walk_in)["walk_in"]
    assert figures["customer_id"] == 9999
    assert figures["orders"] == 480
    assert figures["share"] == pytest.approx(480 / 1200)
    assert "walk_in" not in found(rows + walk_in[:200])


def test_likely_duplicates():
    rows = usual(60)
    assert found(rows + rows[:100])["likely_duplicates"]["orders"] >= 100
    assert "likely_duplicates" not in found(rows + rows[:5])


def test_of_many_orders_a_part_says_whether_all_are_looked_at(monkeypatch):
    rows = usual(60)
    expected = found(rows + rows[:100])["likely_duplicates"]
    looked, count = [], cautions._count_twins
    monkeypatch.setattr(cautions, "PROBED", 500)
    monkeypatch.setattr(cautions, "_count_twins", lambda *given: looked.append(given[-1]) or count(*given))
    assert found(rows + rows[:100])["likely_duplicates"] == expected
    assert looked == [cautions._SIXTEENTH, "true"]
    looked.clear()
    assert "likely_duplicates" not in found([*rows, *((who, day, amount + 1) for who, day, amount in rows)])
    assert looked == [cautions._SIXTEENTH], "the rest isn't read"


def test_an_unfinished_day_and_month():
    rows = usual(131)
    cut = [row for row in rows if row[1] < 130] + [row for row in rows if row[1] == 130][:2]
    figures = found(cut)
    assert figures["unfinished_day"] == {"day": "2024-05-10", "orders": 2, "usual": 12}
    assert figures["unfinished_month"]["days_missing"] == 21


def test_a_gap_in_the_history_but_not_closed_weekends():
    weekdays = [row for row in usual(151) if (DAY + timedelta(row[1])).weekday() < 5]
    assert "history_gap" not in found(weekdays)
    figures = found([row for row in weekdays if not 60 <= row[1] < 90])["history_gap"]
    assert 28 <= figures["days"] <= 34


def test_cautions_of_the_last_import_are_kept_for_the_report(shop):
    from regulars.intake.queries import open_cautions

    rows = "".join(f"{i},{'till' if i % 2 else i},2024-01-{i % 28 + 1:02d},{i}.00\n" for i in range(1, 90))
    result = shop.text("order_id,customer,date,total\n" + rows)
    assert [one.code for one in open_cautions()] == [one.code for one in result.cautions]
    assert {"walk_in", "currency_assumed"} <= {one.code for one in open_cautions()}

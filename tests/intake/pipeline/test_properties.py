"""Whatever the rows: twice is once, their order and the cut into files change nothing, and every cent is there.

Few examples of many rows each; `make hard` tries many more.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried
from tests.intake.pipeline.hand_made import Bench

TRIED = tried(2, 3)
CUSTOMERS = st.sampled_from(["a", "b", "c", None])
DAYS = st.integers(1, 12).map(lambda day: f"2024-01-{day:02d}")
AMOUNTS = st.integers(-3000, 6000).map(lambda cents: Decimal(cents) / 100)
ORDER = st.fixed_dictionaries(
    {"customer_ref": CUSTOMERS, "ordered_at": DAYS, "total": AMOUNTS, "refunded": st.sampled_from(["0", "1.00", "999"])}
)
NUMBERED = st.lists(ORDER, min_size=8, max_size=60).map(
    lambda rows: [{"order_number": f"n{i}", **row} for i, row in enumerate(rows)]
)
UNNUMBERED = st.lists(ORDER, min_size=8, max_size=60)
OWNERS = {str(i): ("abcd"[i % 4], f"2024-01-{i + 1:02d}") for i in range(12)}
OWNERS |= {f"C{i}": ("abcd"[i % 4], f"2024-01-{i + 5:02d}") for i in range(8)}
LINE = st.fixed_dictionaries(
    {
        "order_number": st.sampled_from(list(OWNERS)),
        "product_id": st.sampled_from(["x", "y", None]),
        "quantity": st.integers(-2, 3),
        "unit_price": st.sampled_from(["1.005", "2.50", "0", "3.333"]),
        "line_discount": st.sampled_from(["0", "0.10"]),
    }
)


def _lines(lines):
    """Lines whose order decides customer and day, as in real files."""
    for line in lines:
        line["customer_ref"], line["ordered_at"] = OWNERS[line["order_number"]]
    return lines


LINES = st.lists(LINE, min_size=8, max_size=60).map(_lines)


@TRIED
@given(st.one_of(NUMBERED, UNNUMBERED))
def test_orders_twice_are_once(rows):
    with Bench() as bench:
        first = bench.take(orders=rows)
        assert sum(first.rows.values()) == len(rows)
        before = bench.state()
        second = bench.take(orders=rows)
        assert bench.state() == before
        assert second.rows.get("kept", 0) == second.rows.get("replaced", 0) == 0
        assert second.rows.get("set_aside", 0) == first.rows.get("set_aside", 0)


@TRIED
@given(LINES)
def test_lines_twice_are_once_and_lines_sum_up_to_their_orders(rows):
    with Bench() as bench:
        first = bench.take(lines=rows)
        assert sum(first.rows.values()) == len(rows)
        before = bench.state()
        assert bench.take(lines=rows).rows.get("kept", 0) == 0
        assert bench.state() == before
        wrong = bench.ask(
            """SELECT external_id FROM orders JOIN (SELECT order_id, sum(net) AS lines FROM lines GROUP BY 1)
            USING (order_id) WHERE lines > gross - discount"""
        )
        assert wrong == []


@TRIED
@given(st.one_of(NUMBERED, UNNUMBERED), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    with Bench() as one, Bench() as other:
        one.take(orders=rows)
        other.take(orders=shuffled)
        assert one.state() == other.state()


@TRIED
@given(LINES, st.data())
def test_amounts_given_line_by_line_sum_up_to_the_orders_to_the_cent(rows, data):
    part = st.integers(-300, 900).map(lambda mills: Decimal(mills) / 1000)
    rows = [
        {**row, "product_id": "x", "quantity": abs(row["quantity"]), "tax": data.draw(part)}
        | {"shipping": data.draw(part.map(abs))}
        | {"line_discount": None, "discount": data.draw(part.map(abs))}
        for row in rows
    ]
    told: dict[str, list[Decimal]] = {}
    for row in rows:
        sums = told.setdefault(row["order_number"], [Decimal(0)] * 4)
        price = row["quantity"] * Decimal(row["unit_price"])
        for i, value in enumerate((row["shipping"], row["tax"], price, row["discount"])):
            sums[i] += value
    with Bench() as bench:
        bench.take(lines=rows, per_line=("shipping", "tax", "discount"))
        found = {row[0]: row[1:] for row in bench.ask("SELECT external_id, shipping, tax, net FROM orders")}
        assert found == {
            number: (_cents(shipping), abs(_cents(tax)), _cents(max(price - discount, Decimal(0))))
            for number, (shipping, tax, price, discount) in told.items()
        }
        in_lines = dict(
            bench.ask("SELECT external_id, sum(l.net) FROM lines l JOIN orders USING (order_id) GROUP BY 1")
        )
        assert in_lines == {number: net for number, (_, _, net) in found.items()}


def _cents(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@TRIED
@given(NUMBERED, st.integers(0, 60))
def test_a_file_split_in_two_is_the_file(rows, at):
    rows = sorted(rows, key=lambda row: row["ordered_at"])
    with Bench() as one, Bench() as other:
        one.take(orders=rows)
        for part in (rows[:at], rows[at:]):
            if part:
                other.take(orders=part)
        assert one.state() == other.state()


@TRIED
@given(LINES, st.integers(0, 60))
def test_lines_split_over_two_files_of_one_import_are_the_file(rows, at):
    # Equal lines apart: over two files they may be one export twice.
    distinct = list({tuple(map(str, row.values())): row for row in rows}.values())
    with Bench() as one, Bench() as other:
        one.take(lines=distinct)
        other.take(lines=[part for part in (distinct[:at], distinct[at:]) if part], several=True)
        assert one.state() == other.state()


@TRIED
@given(NUMBERED)
def test_every_cent_is_in_an_order_or_set_aside(rows):
    plain = [{**row, "refunded": "0"} for row in rows]
    with Bench() as bench:
        done = bench.take(orders=plain)
        aside = sum(Decimal(plain[place - 1]["total"]) for place in done.set_aside)
        given_in = sum(Decimal(row["total"]) for row in plain)
        ((net,),) = bench.ask("SELECT coalesce(sum(net), 0) FROM orders")
        assert Decimal(int(net)) / 100 == given_in - aside


def test_sums_over_many_amounts_are_exact(tmp_path: Path):
    rows = 20_000
    with duckdb.connect() as con:
        amounts = con.sql(f"SELECT (hash(i) % 100000000)::DECIMAL(38, 6) / 100 AS total FROM range({rows}) r(i)")
        total = sum(Decimal(str(value)).quantize(Decimal("0.01")) for (value,) in amounts.fetchall())
    with Bench() as bench:
        bench.take_table(
            f"SELECT i + 1 AS \"row\", 'n' || i AS order_number, 'c' || (i % 100) AS customer_ref, "
            f"TIMESTAMPTZ '2024-01-01 00:00:00+00' AS ordered_at, DATE '2024-01-01' AS day, "
            f"((hash(i) % 100000000)::DECIMAL(18, 2) / 100)::DECIMAL(38, 6) AS total FROM range({rows}) r(i)",
            rows,
        )
        assert Decimal(int(bench.ask("SELECT sum(net) FROM orders")[0][0])) / 100 == total


def test_a_staged_file_has_the_types_that_are_promised(tmp_path: Path):
    with Bench() as bench:
        part = bench.staged("orders", [{"order_number": "1", "ordered_at": "2024-01-01", "total": "1"}], 0)
        assert pq.read_schema(part.parts[0]).field("total").type == pa.decimal128(38, 6)

"""What would spoil the report, said before it: codes with figures, put into words by `report.words`."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from statistics import median

import duckdb

from regulars.base.days import add_months, month_start
from regulars.insight.figures import Reason

WALK_IN_SHARE = 1 / 3
WALK_IN_ORDERS = 30
TWIN_SHARE = 0.02
TWIN_ORDERS = 10
PROBED = 1_000_000
"""With more orders, a sixteenth of them is looked at first: all of twelve million take two seconds and 600 MB."""
_SIXTEENTH = "((customer_id + (day - DATE '1970-01-01')) & 15) = 0"
GAP_TIMES = 6
LEAST_GAP_DAYS = 14
UNFINISHED_SHARE = 0.4


def of_occasions(con: duckdb.DuckDBPyConnection, occasions: str, orders: str) -> list[Reason]:
    """Cautions about what was bought. `occasions` (customer_id, day, orders) and `orders` are SQL behind FROM."""
    return [*_walk_in(con, occasions), *_twins(con, occasions, orders), *_by_day(con, occasions)]


def _walk_in(con: duckdb.DuckDBPyConnection, occasions: str) -> list[Reason]:
    """One customer with a third of all orders is a till's or a guest's number rather than a person."""
    # A thousand groups of customers are added up in a tenth of the time of a million: mostly none has a third.
    most, everything = con.execute(
        "SELECT max(theirs), sum(theirs) FROM "
        f"(SELECT sum(orders) AS theirs FROM {occasions} GROUP BY customer_id & 1023)"
    ).fetchone() or (0, 0)
    if (most or 0) < WALK_IN_SHARE * float(everything or 0):
        return []
    row = con.execute(
        "SELECT customer_id, sum(orders) AS theirs, sum(theirs) OVER () AS all_orders, count(*) OVER () AS customers "
        f"FROM {occasions} GROUP BY customer_id ORDER BY theirs DESC, customer_id LIMIT 1"
    ).fetchone()
    if row is None or row[2] < WALK_IN_ORDERS or row[3] < 3 or row[1] < WALK_IN_SHARE * float(row[2]):
        return []
    return [Reason("walk_in", {"customer_id": row[0], "orders": int(row[1]), "share": int(row[1]) / int(row[2])})]


def _twins(con: duckdb.DuckDBPyConnection, occasions: str, orders: str) -> list[Reason]:
    """Orders of one customer on one day over one amount under different numbers."""
    possible, everything = con.execute(
        f"SELECT coalesce(sum(orders - 1) FILTER (orders > 1), 0), coalesce(sum(orders), 0) FROM {occasions}"
    ).fetchone() or (0, 0)
    enough = max(TWIN_ORDERS, TWIN_SHARE * float(everything))
    if possible < enough:
        return []
    if everything > PROBED and 16 * _count_twins(con, occasions, orders, _SIXTEENTH) < enough / 2:
        return []
    twins = _count_twins(con, occasions, orders, "true")
    if twins < enough:
        return []
    return [Reason("likely_duplicates", {"orders": int(twins), "share": int(twins) / int(everything)})]


def _count_twins(con: duckdb.DuckDBPyConnection, occasions: str, orders: str, part: str) -> int:
    """In a part of all pairs of customer and day."""
    found = con.execute(
        f"""SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (
            SELECT count(*) AS n FROM (SELECT * FROM {orders} WHERE {part}) o
            SEMI JOIN (SELECT customer_id, day FROM {occasions} WHERE orders > 1 AND {part}) USING (customer_id, day)
            WHERE status = 'placed' AND gross > discount AND external_id NOT LIKE 'row:%'
            GROUP BY customer_id, day, currency, original HAVING n > 1)"""
    ).fetchall()
    return int(found[0][0])


def _by_day(con: duckdb.DuckDBPyConnection, occasions: str) -> list[Reason]:
    rows = con.execute(f"SELECT day, sum(orders)::BIGINT FROM {occasions} GROUP BY day ORDER BY day").fetchall()
    return [*_unfinished(rows), *_gaps([day for day, _ in rows])]


def _unfinished(by_day: list[tuple[date, int]]) -> list[Reason]:
    """The last day has far fewer orders than its weekday usually has, or its month isn't over."""
    recent = by_day[:-1][-56:]
    if len(recent) < 14:
        return []
    last, orders = by_day[-1]
    same_weekday = [number for day, number in recent if (last - day).days % 7 == 0]
    usual = int(median(same_weekday if len(same_weekday) >= 4 else [number for _, number in recent]))
    found = []
    if usual >= 5 and orders < UNFINISHED_SHARE * usual:
        found.append(Reason("unfinished_day", {"day": last.isoformat(), "orders": orders, "usual": usual}))
    missing = (add_months(last, 1) - last).days - 1
    if missing > 3 and by_day[0][0] < month_start(last):
        found.append(Reason("unfinished_month", {"day": last.isoformat(), "days_missing": missing}))
    return found


def _gaps(days: list[date]) -> list[Reason]:
    """Spells without any order that are far longer than this firm ever has: a missing file, or a closed shop."""
    gaps = sorted(((after - before).days, before, after) for before, after in pairwise(days))
    if len(gaps) < 20:
        return []
    long = max(LEAST_GAP_DAYS, GAP_TIMES * gaps[int(len(gaps) * 0.95) - 1][0])
    return [
        Reason("history_gap", {"after": before.isoformat(), "until": after.isoformat(), "days": days - 1})
        for days, before, after in reversed(gaps[-3:])
        if days > long
    ]

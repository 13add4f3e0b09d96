"""Real data sets as sources in memory, straight from their raw files."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb

from regulars.base import days
from regulars.insight.source import Frames


def _source(query: str) -> Frames:
    return Frames({"occasions": duckdb.sql(query).to_arrow_table()})


@lru_cache(maxsize=2)
def cdnow(folder: Path, part: str = "master") -> Frames:
    """CDNOW (part `master` or `sample`): one row a customer and day; dollars as cents."""
    skip = 1 if part == "master" else 0
    return _source(f"""
        with words as (
            select regexp_split_to_array(trim(line), '\\s+') as w
            from read_csv('{folder}/cdnow/CDNOW_{part}.txt.gz', columns={{'line': 'varchar'}},
                          delim='\\x01', header=false, skip={skip}, auto_detect=false, quote='', escape='')
        )
        select w[1]::bigint customer_id, strptime(w[-3], '%Y%m%d')::date as day, count(*)::int orders,
               sum(round(w[-1]::double * 100))::bigint net
        from words group by all order by 1, 2""")


@lru_cache(maxsize=1)
def grocery(folder: Path) -> Frames:
    """The grocery panel of complete_journey: households, days, baskets."""
    return _source(f"""
        select household_id customer_id, transaction_timestamp::date as day, count(distinct basket_id)::int orders,
               sum(round(sales_value * 100))::bigint net
        from '{folder}/complete_journey/transactions.parquet' group by all order by 1, 2""")


@lru_cache(maxsize=1)
def olist(folder: Path) -> Frames:
    """The Olist sample: people, days, orders that weren't cancelled; nearly one-off."""
    return _source(f"""
        select (dense_rank() over (order by c.customer_unique_id))::bigint customer_id,
               o.order_purchase_timestamp::timestamp::date as day, count(distinct o.order_id)::int orders,
               sum(round(p.payment_value::double * 100))::bigint net
        from '{folder}/olist_sample/orders.parquet' o
        join '{folder}/olist_sample/customers.parquet' c using (customer_id)
        join '{folder}/olist_sample/order_payments.parquet' p using (order_id)
        where o.order_status not in ('canceled', 'unavailable')
        group by c.customer_unique_id, 2 order by 1, 2""")


def number(year: int, month: int, day: int) -> int:
    """A day number."""
    return days.to_number(date(year, month, day))

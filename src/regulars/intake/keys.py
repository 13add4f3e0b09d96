"""Which customers keys mean already, without making any: for rows that take something back, and for dry runs."""

from __future__ import annotations

import pyarrow as pa
from django.db import connection

from regulars.customers.identity import RAW
from regulars.platform import sql

CHUNK = 20_000
_KINDS = (("ref", "customer_ref"), ("email", "email"), ("phone", "phone"))


def look_up(keys: pa.Table, *, shop: str) -> pa.Table:
    """`key` and `customer_id` of the rows whose most trusted known key means somebody.

    keys : `key` int64, and `customer_ref`, `email`, `phone`, `guest` (strings or null).
    """
    rows = keys.to_pylist()
    found: dict[int, int] = {}
    for kind, column in (*_KINDS, ("guest", "guest")):
        asked = [row for row in rows if row["key"] not in found and row.get(column) is not None]
        if kind == "guest":
            asked = [row for row in asked if not any(row[name] for _, name in _KINDS)]
        known = _known(shop, kind, sorted({row[column] for row in asked}))
        found |= {row["key"]: known[row[column]] for row in asked if row[column] in known}
    return pa.table({"key": pa.array(found.keys(), pa.int64()), "customer_id": pa.array(found.values(), pa.int64())})


def _known(shop: str, kind: str, keys: list[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for start in range(0, len(keys), CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT key, {RAW} FROM customers_identity WHERE shop = %s AND kind = %s "
                f"AND key IN {sql.listed('text')}",
                [shop, kind, sql.packed(keys[start : start + CHUNK])],
            )
            known.update(cursor.fetchall())
    return known

"""Files of customers: who they are, how to reach them, what they agreed to."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection

from regulars.customers import attributes, identity
from regulars.intake import personal, suppressed
from regulars.intake.assemble.numbering import KEYS, reference
from regulars.intake.assemble.source import FILE_PLACES, Part
from regulars.intake.keys import look_up
from regulars.intake.models import Import
from regulars.intake.reject_rows import Reject
from regulars.platform import sql

COMPARED = ("kind", "name", "email", "phone", "country", "region", "city", "birth_date", "organisation")
_CHUNK = 20_000


def read(con: duckdb.DuckDBPyConnection, parts: list[Part], persons: set[int], shop: str) -> list[Reject]:
    """The table `customer_row` (place, keys, attributes); rows without any key, or of the forgotten, are refused.

    persons : numbers of files whose `person_ref` is the customer's key, because orders are linked through them.
    """
    present = {name for part in parts for name in part.staged.fields}
    rows = " UNION ALL ".join(
        f'SELECT {part.file * FILE_PLACES} + "row" AS place, * EXCLUDE ("row") '
        + ("REPLACE (coalesce(person_ref, customer_ref) AS customer_ref)" if part.file in persons else "")
        + f" FROM ({part.staged.sql()})"
        for part in parts
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE customer_row AS
        SELECT place, {reference(present)} AS customer_ref, email, phone, {personal.name_sql(present)} AS name,
               country, region, city, birth_date, organisation, consent,
               CASE WHEN lower(trim(customer_kind)) IN ('organisation', 'organization', 'company', 'business', 'firm')
                    OR (customer_kind IS NULL AND organisation IS NOT NULL AND {personal.name_sql(present)} IS NULL)
                    THEN 'organisation' ELSE 'person' END AS kind
        FROM ({rows})"""
    )
    refused = con.execute(
        "SELECT place FROM customer_row WHERE coalesce(customer_ref, email, phone) IS NULL"
    ).fetchall()
    con.execute("DELETE FROM customer_row WHERE coalesce(customer_ref, email, phone) IS NULL")
    forgotten = suppressed.places(con, shop, parts)
    con.execute("DELETE FROM customer_row WHERE place IN (SELECT unnest(?::BIGINT[]))", [forgotten])
    return [
        *(Reject(place, "no_key", None) for (place,) in refused if place not in set(forgotten)),
        *(Reject(place, suppressed.CODE, None) for place in forgotten),
    ]


def identify(con: duckdb.DuckDBPyConnection, row: Import) -> None:
    """Put `customer_id` beside the rows: the table `told`, ordered by place."""
    asks = con.sql(
        f"SELECT row_number() OVER () AS key, {', '.join(KEYS)}, NULL::VARCHAR AS guest "
        f"FROM (SELECT DISTINCT {', '.join(KEYS)} FROM customer_row)"
    ).to_arrow_table()
    con.register("asked", asks)
    con.register("answered", identity.assign(asks, shop=row.shop, import_id=row.id))
    same = " AND ".join(f"a.{key} IS NOT DISTINCT FROM r.{key}" for key in KEYS)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE told AS SELECT r.*, b.customer_id FROM customer_row r JOIN asked a ON {same} "
        "JOIN answered b USING (key) ORDER BY place"
    )


def tried(con: duckdb.DuckDBPyConnection, shop: str) -> dict[str, int]:
    """What `compared` would say, for a dry run: nobody is made."""
    asks = con.sql(
        f"SELECT row_number() OVER () AS key, {', '.join(KEYS)}, NULL::VARCHAR AS guest "
        f"FROM (SELECT DISTINCT {', '.join(KEYS)} FROM customer_row)"
    ).to_arrow_table()
    con.register("asked", asks)
    con.register("answered", look_up(asks, shop=shop))
    same = " AND ".join(f"a.{key} IS NOT DISTINCT FROM r.{key}" for key in KEYS)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE told AS "
        f"SELECT r.*, b.customer_id FROM customer_row r JOIN asked a ON {same} LEFT JOIN answered b USING (key)"
    )
    return compared(con, None)


def compared(con: duckdb.DuckDBPyConnection, row: Import | None) -> dict[str, int]:
    """ "file outcome" -> rows: kept where this import made the customer, else beside what is known of them."""
    con.register("known_customer", _known(con))
    mine = row.id if row else -1
    differs = " OR ".join(
        f"(t.{name} IS NOT NULL AND t.{name}::VARCHAR IS DISTINCT FROM k.{name})" for name in (*COMPARED, "consent")
    )
    found = con.execute(
        f"""SELECT place // {FILE_PLACES}, CASE WHEN k.id IS NULL OR k.import_id = {mine} THEN 'kept'
                WHEN {differs} THEN 'replaced' ELSE 'unchanged' END AS outcome, count(*)
        FROM told t LEFT JOIN known_customer k ON k.id = t.customer_id GROUP BY ALL"""
    ).fetchall()
    return {f"{file} {outcome}": number for file, outcome, number in found}


def write(con: duckdb.DuckDBPyConnection, row: Import) -> None:
    """Names and contacts to the operations store; a later row of a customer overwrites an earlier one."""
    for batch in con.sql("SELECT * EXCLUDE (place) FROM told").to_arrow_reader(personal.BATCH):
        table = pa.Table.from_batches([batch])
        attributes.update(table.select(["customer_id", *COMPARED, "consent"]), import_id=row.id)


def _known(con: duckdb.DuckDBPyConnection) -> pa.Table:
    ids = [
        number
        for (number,) in con.execute(
            "SELECT DISTINCT customer_id FROM told WHERE customer_id IS NOT NULL ORDER BY 1"
        ).fetchall()
    ]
    columns = ("id", "import_id", *COMPARED)
    rows: list[dict[str, Any]] = []
    for start in range(0, len(ids), _CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(f'c.{name}' for name in columns)}, "
                "(SELECT given FROM customers_consent s WHERE s.customer_id = c.id "
                "AND s.purpose = 'marketing' AND s.channel = 'email' AND s.topic = '' AND s.source LIKE 'import %%' "
                "ORDER BY s.id DESC LIMIT 1) "
                f"FROM customers_customer c WHERE c.id IN {sql.listed()}",
                [sql.packed(ids[start : start + _CHUNK])],
            )
            rows += [dict(zip((*columns, "consent"), found, strict=True)) for found in cursor.fetchall()]
    texts = {name: [None if one[name] is None else _text(one[name]) for one in rows] for name in (*COMPARED, "consent")}
    return pa.table(
        {
            "id": pa.array([one["id"] for one in rows], pa.int64()),
            "import_id": pa.array([one["import_id"] for one in rows], pa.int64()),
            **{name: pa.array(values, pa.string()) for name, values in texts.items()},
        }
    )


def _text(value: Any) -> str:
    if isinstance(value, int):  # SQLite's boolean
        return "true" if value else "false"
    return str(value)

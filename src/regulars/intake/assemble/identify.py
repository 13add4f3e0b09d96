"""Documents get their customers: every distinct set of keys goes to the identity map once."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.numbering import KEYS

Assign = Callable[[pa.Table], pa.Table]
"""Keys (key, customer_ref, email, phone, guest) -> (key, customer_id), as `customers.identity.assign` gives."""
LookUp = Callable[[pa.Table], pa.Table]
"""The same without making anybody: rows whose keys mean nobody are left out."""
_GUEST = "CASE WHEN coalesce(customer_ref, email, phone) IS NULL THEN number END"


def identify(assembly: Assembly, assign: Assign) -> None:
    """Make the table `who` (customer_ref, email, phone, guest, customer_id) for all keys of the view `document`."""
    con = assembly.con
    other = " ".join(
        f"UNION SELECT {role}, NULL, NULL, NULL FROM document WHERE {role} IS NOT NULL"
        for role in ("user_ref", "payer_ref")
        if role in assembly.sales.fields("orders", "lines")
    )
    # Most files know customers by one key alone; grouping by one column takes half the time.
    single = not other and not {"email", "phone"} & assembly.sales.fields("orders", "lines")
    asks = f"SELECT DISTINCT customer_ref, email, phone, {_GUEST} AS guest FROM document {other}"
    if single:
        asks = """SELECT DISTINCT customer_ref, NULL::VARCHAR AS email, NULL::VARCHAR AS phone, NULL::VARCHAR AS guest
            FROM document WHERE customer_ref IS NOT NULL
            UNION ALL SELECT NULL, NULL, NULL, number FROM document WHERE customer_ref IS NULL"""
    con.execute(f"CREATE OR REPLACE TEMP TABLE who_asks AS SELECT row_number() OVER () AS key, * FROM ({asks})")
    con.register("who_answered", assign(con.sql("SELECT * FROM who_asks").to_arrow_table()))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE who AS SELECT who_asks.*, customer_id FROM who_asks JOIN who_answered USING (key)"
    )
    con.unregister("who_answered")
    con.execute("DROP TABLE who_asks")


def joined(assembly: Assembly, relation: str = "document") -> str:
    """SQL behind FROM: the documents with their `customer_id`."""
    present = assembly.sales.fields("orders", "lines")
    known = ["customer_ref", *(key for key in ("email", "phone") if key in present)]
    guests = assembly.any("who WHERE guest IS NOT NULL")
    if known == ["customer_ref"] and not guests:
        same = "d.customer_ref = w.customer_ref AND w.email IS NULL AND w.phone IS NULL"
    else:
        # In one comparison, because a key may be null on both sides.
        same = " AND ".join(f"d.{key} IS NOT DISTINCT FROM w.{key}" for key in KEYS)
        same += f" AND ({_GUEST.replace('number', 'd.number')}) IS NOT DISTINCT FROM w.guest".replace(
            "(customer_ref, email, phone)", "(d.customer_ref, d.email, d.phone)"
        )
    return f"(SELECT d.*, w.customer_id FROM {relation} d JOIN who w ON {same})"


def look_up(assembly: Assembly, find: LookUp) -> None:
    """Put customers onto the table `taken` where their keys mean somebody; rows without stay null."""
    con = assembly.con
    asks = con.sql(
        "SELECT row_number() OVER () AS key, * "
        "FROM (SELECT DISTINCT customer_ref, email, phone, NULL::VARCHAR AS guest "
        "FROM taken WHERE coalesce(customer_ref, email, phone) IS NOT NULL)"
    ).to_arrow_table()
    con.register("back_asks", asks)
    con.register("back_answered", find(asks))
    con.execute(
        """UPDATE taken SET customer_id = f.customer_id
        FROM (SELECT a.*, b.customer_id FROM back_asks a JOIN back_answered b USING (key)) f
        WHERE taken.customer_ref IS NOT DISTINCT FROM f.customer_ref
          AND taken.email IS NOT DISTINCT FROM f.email AND taken.phone IS NOT DISTINCT FROM f.phone"""
    )
    con.unregister("back_asks")
    con.unregister("back_answered")

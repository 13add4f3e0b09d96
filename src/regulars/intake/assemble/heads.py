"""Files with one row an order: rows become order documents, or notices that take something back.

Everything stays a view over the staged rows; only what is out of the ordinary (rows without a number, numbers that
stand in several rows) is written into a table. A plain export so costs one scan.
"""

from __future__ import annotations

from regulars.intake.assemble import amounts, words
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.numbering import number, reference
from regulars.intake.fields import staged_columns

PLAIN = (
    "customer_ref",
    "email",
    "phone",
    "user_ref",
    "payer_ref",
    "ordered_at",
    "day",
    "currency",
    "refunded_day",
    "cancelled_day",
    "status",
    "is_test",
    "channel",
    "campaign",
    "promised_at",
    "delivered_at",
    "due_at",
    "paid_at",
    "original_invoice",
)
"""Fields that a document takes from its row as they are."""


def build(assembly: Assembly) -> None:
    """Make the views `document` and `back` from `in_orders` alone, and the table `superseded`."""
    con = assembly.con
    present = assembly.sales.fields("orders")
    con.execute(f"CREATE OR REPLACE TEMP VIEW head AS {_heads(assembly, present)}")
    _superseded(assembly)
    later = "ANTI JOIN superseded USING (place)" if assembly.tally["repeated_number"] else ""
    con.execute(
        "CREATE OR REPLACE TEMP VIEW document AS "
        "SELECT * EXCLUDE (is_back, original_invoice), 1 AS rows, false AS not_goods "
        f"FROM head {later} WHERE NOT is_back"
    )
    con.execute("CREATE OR REPLACE TEMP VIEW row_of AS SELECT place, number FROM head")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW back AS SELECT place, number AS document, numbered, original_invoice, "
        "customer_ref, email, phone, NULL::VARCHAR AS product_id, NULL::DOUBLE AS quantity, "
        "abs(goods) AS amount, false AS of_paid, currency, ordered_at, day, numbered AS of_itself "
        "FROM head WHERE is_back"
    )


def _heads(assembly: Assembly, present: set[str]) -> str:
    columns = staged_columns("orders")
    plain = ", ".join(
        {
            "customer_ref": f"{reference(present)} AS customer_ref",
            "is_test": f"coalesce(is_test, {words.test_customer(assembly)}) AS is_test",
        }.get(name, name)
        for name in PLAIN
        if name in columns
    )
    unit = assembly.units
    goods = amounts.goods(present)
    given, source = number(assembly, "orders")
    return f"""
    SELECT place, {given} AS number, order_number IS NOT NULL AS numbered, {plain},
           {unit.minor("goods")} AS goods, {unit.minor("less")} AS discount,
           {unit.minor("abs(coalesce(tax, 0))")} AS tax, {unit.minor("abs(coalesce(shipping, 0))")} AS shipping,
           {unit.minor("abs(coalesce(refunded, 0))")} AS refunded, {unit.minor("abs(cost)")} AS cost,
           {_is_back(assembly)} AS is_back
    FROM (SELECT *, {goods} AS goods, {amounts.discount(present, goods)} AS less FROM {source})"""


def _is_back(assembly: Assembly) -> str:
    profile = assembly.profiles["orders"]
    refers = "original_invoice IS NOT NULL AND status IN ('cancelled', 'refunded')"
    if not profile.negative:
        return refers if profile.referring else "false"
    return f"(goods < 0 OR coalesce({refers}, false))"


def _superseded(assembly: Assembly) -> None:
    con = assembly.con
    con.execute("CREATE OR REPLACE TEMP TABLE superseded (place BIGINT, number VARCHAR)")
    if assembly.may_repeat:
        con.execute(
            """INSERT INTO superseded SELECT place, number FROM (
                SELECT place, number, row_number() OVER (PARTITION BY number ORDER BY place DESC) AS back_to
                FROM head SEMI JOIN (SELECT number FROM head WHERE NOT is_back GROUP BY 1 HAVING count(*) > 1)
                USING (number) WHERE NOT is_back)
            WHERE back_to > 1"""
        )
    assembly.tally["repeated_number"] = assembly.one("SELECT count(*) FROM superseded")

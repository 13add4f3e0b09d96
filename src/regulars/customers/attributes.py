"""What is known of customers besides their orders: name, contacts, country, birth date, organisation, consent."""

from __future__ import annotations

import pyarrow as pa
from django.db import connection, transaction

from regulars.customers import consent_files, merges, same
from regulars.platform import sql

FIELDS = ("kind", "name", "email", "phone", "country", "region", "city", "birth_date", "organisation")
CHUNK = 5_000


def update(table: pa.Table, *, import_id: int) -> int:
    """Write personal attributes; a null leaves what is known.

    Parameters
    table : `customer_id` int64 and any of FIELDS (text; `birth_date` date), and `consent` (bool: may the firm write
        to them). A customer may stand in several rows; the last one counts.

    Returns the number of customers whose row was written.
    """
    table = _of_whom_they_are(table)
    fields = [name for name in FIELDS if name in table.column_names]
    rows = {row["customer_id"]: row for row in table.select(["customer_id", *fields]).to_pylist()}
    known = [row for row in rows.values() if any(row[name] is not None for name in fields)]
    for start in range(0, len(known), CHUNK):
        _write(fields, known[start : start + CHUNK])
    if "phone" in fields:
        telephones = [number for number, row in rows.items() if row["phone"] is not None]
        for start in range(0, len(telephones), CHUNK):
            same.told(telephones[start : start + CHUNK])
    if "consent" in table.column_names:
        _record_consent(table.select(["customer_id", "consent"]), import_id)
    return len(known)


def _of_whom_they_are(table: pa.Table) -> pa.Table:
    """The table with merged customers under the number of the one they are now."""
    ends = merges.ends()
    if not ends:
        return table
    numbers = [ends.get(number, number) for number in table["customer_id"].to_pylist()]
    return table.set_column(table.column_names.index("customer_id"), "customer_id", pa.array(numbers, pa.int64()))


def _write(fields: list[str], rows: list[dict[str, object]]) -> None:
    columns = {"customer_id": "bigint"} | {name: "date" if name == "birth_date" else "text" for name in fields}
    assignments = ", ".join(f"{name} = COALESCE(new.{name}, customers_customer.{name})" for name in fields)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE customers_customer SET {assignments} FROM {sql.rows(columns)} AS new "
            "WHERE customers_customer.id = new.customer_id",
            [sql.packed([row[name] for name in columns] for row in rows)],
        )


def _record_consent(table: pa.Table, import_id: int) -> None:
    """The column "agreed to marketing" is about e-mail, as shops mean it."""
    given = {row["customer_id"]: row["consent"] for row in table.to_pylist() if row["consent"] is not None}
    consent_files.record(
        [consent_files.Told(number, "marketing", "email", "", given[number]) for number in sorted(given)],
        import_id=import_id,
    )

"""Contracts with dates, as insight wants them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def attributes(source: Any) -> pa.Table | None:
    """One row a term of a contract, for `insight.run(attributes=...)`; None where no contract was taken in.

    source : a snapshot of the lake.
    """
    if not source.rows("contracts"):
        return None
    terms = source.table("contracts")
    found: pa.Table = (
        terms.select(
            "customer_id",
            contract=terms.contract_id,
            contract_from=terms.from_day,
            contract_until=terms.until_day,
            contract_cancelled=terms.cancelled_day,
        )
        .order_by(["contract", "contract_from"])
        .to_pyarrow()
    )
    return found

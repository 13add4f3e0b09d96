"""A file whose last line has no line end may have been cut off in that line, and still read well: 12.5 for 12.50.

The last row is kept where a wrong guess does no harm (it belongs to a numbered order, which the whole file would
replace) or where the cell at the end shows that it is whole: every other row's is as long, or has as many decimals, or
it is one of the few values that the column has. Otherwise it is set aside, to be imported if it was whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from regulars.intake.mapping import Mapping

SAMPLE_ROWS = 2_000
FEW_VALUES = 50
_OWN_NUMBER = frozenset({"order_number", "customer_ref", "email", "phone", "user_ref", "payer_ref", "original_invoice"})


def last_row_is_unsure(
    cells: Sequence[str | None], others: Sequence[str | None], titles: Sequence[str], mapping: Mapping
) -> bool:
    """Whether the last row of a file without a last line end has to be set aside.

    cells : of the last row; others : cells of the same last column in other rows.
    """
    by_title = {title: field for field, title in mapping.columns.items()}
    field = by_title.get(titles[-1])
    if len(cells) < len(titles) or (cells[-1] is None and any(cell is not None for cell in others)):
        harmless = False
    else:
        numbered = mapping.kind == "orders" and mapping.column("order_number") is not None
        harmless = field is None or (numbered and field not in _OWN_NUMBER)
    return not harmless and not looks_whole(cells[-1], [cell for cell in others if cell is not None])


def looks_whole(cell: str | None, others: Sequence[str]) -> bool:
    """Whether a cell has the form that all others have, one that a shorter cell couldn't have."""
    if cell is None or len(others) < 3:
        return False
    if {len(other) for other in others} == {len(cell)}:
        return True
    decimals = {_decimals(other) for other in others}
    if len(decimals) == 1 and decimals == {_decimals(cell)} and decimals != {0}:
        return True
    values = set(others)
    longer = any(other != cell and other.startswith(cell) for other in values)
    return len(values) <= FEW_VALUES and len(values) < len(others) / 3 and cell in values and not longer


def _decimals(cell: str) -> int:
    found = re.fullmatch(r"-?[\d\s']*[.,](\d+)", cell.strip())
    return len(found[1]) if found else 0

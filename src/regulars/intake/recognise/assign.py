"""Which column is which field of a kind: titles first, checked by the cells; cells alone where titles are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from regulars.intake.fields import FIELDS, PER_LINE, Kind, normal
from regulars.intake.open.sample import Table
from regulars.intake.recognise import titles
from regulars.intake.recognise.content import Profile
from regulars.intake.values import numbers

AMOUNTS = ("total", "subtotal", "gross", "line_total", "unit_price")
_BUYERS = ("customer_ref", "email", "customer_name")
Assigned = dict[str, tuple[Profile, float]]


def assign(kind: Kind, columns: Sequence[Profile], table: Table) -> Assigned:
    """Field -> (column, how sure, 0-1), each column used once."""
    candidates = []
    for position, field in enumerate(FIELDS[kind]):
        for column in columns:
            named = titles.score(kind, field.name, column.title)
            if named > 0:
                fit = column.fits(field.type)
                sure = named * (0.3 + 0.7 * fit) if fit >= 0.5 else named * fit * 0.5
                if field.type in ("key", "status") and fit >= 0.5:
                    sure = named * fit
                if sure >= 0.4:
                    candidates.append((sure, -position, field.name, column))
    assigned: Assigned = {}
    used: set[int] = set()
    for sure, _, name, column in sorted(candidates, key=lambda c: (-c[0], -c[1], c[3].index)):
        if name not in assigned and column.index not in used:
            assigned[name] = (column, sure)
            used.add(column.index)
    if kind in ("orders", "lines"):
        _from_content(kind, assigned, [c for c in columns if c.index not in used], table)
        if kind == "lines":
            _line_or_order_total(assigned, table)
    return assigned


def _from_content(kind: Kind, assigned: Assigned, left: list[Profile], table: Table) -> None:
    """Fill what titles left open from the cells, where the file has no titles or titles found most of an order."""
    untitled = table.layout.header_row == 0 and table.layout.format != "parquet"
    amount = any(name in assigned for name in AMOUNTS)
    named = kind == "orders" and (amount or any(name in assigned for name in _BUYERS))
    if "ordered_at" not in assigned and kind == "orders" and "paid_at" in assigned:
        assigned["ordered_at"] = assigned.pop("paid_at")
    if "ordered_at" not in assigned and (untitled or named):
        found = [c for c in left if c.is_date > 0.9 and c.filled > 0.8 and (untitled or not _other_date(c))]
        if found:
            _take(assigned, left, "ordered_at", found[0])
    if "email" not in assigned and (found := [c for c in left if c.fits("email") > 0.8 and c.cells]):
        _take(assigned, left, "email", found[0])
    if "ordered_at" not in assigned:
        return
    if untitled or named:
        money = [c for c in left if c.numbers.share > 0.95 and (c.fractions > 0.3 or c.numbers.signs)]
        money = [c for c in money if untitled or not titles.known(c.title)]
        if not amount and money and (untitled or len(money) == 1):
            _take(assigned, left, "total", money[-1])
    if untitled:
        _ids_from_content(assigned, left)


def _ids_from_content(assigned: Assigned, left: list[Profile]) -> None:
    counts = [c for c in left if c.numbers.plain >= 0.95 * max(1, len(c.cells)) and c.cells and _small(c)]
    ids = [c for c in left if c not in counts and c.filled > 0.5 and c.fractions < 0.1 and c.is_date < 0.5]
    repeated = [c for c in ids if 0.001 < c.distinct < 0.95]
    unique = [c for c in ids if c.distinct >= 0.95]
    if "customer_ref" not in assigned and "email" not in assigned and repeated:
        _take(assigned, left, "customer_ref", repeated[0])
    if "order_number" not in assigned and unique:
        _take(assigned, left, "order_number", unique[0])
        if "customer_ref" not in assigned and "email" not in assigned and len(unique) > 1:
            _take(assigned, left, "customer_ref", unique[1])
    if "quantity" not in assigned and counts:
        _take(assigned, left, "quantity", counts[0])


def _small(column: Profile) -> bool:
    return all(len(c) <= 3 and not (len(c) > 1 and c.startswith("0")) for c in column.cells)


def _take(assigned: Assigned, left: list[Profile], field: str, column: Profile) -> None:
    assigned[field] = (column, 0.5)
    left.remove(column)


def _other_date(column: Profile) -> bool:
    """The title says it is another date: delivery, birth, payment, update, ..."""
    words = set(normal(column.title).split())
    return bool(words & _OTHER_DATES) or titles.known(column.title)


_OTHER_DATES = frozenset(
    (
        *("shipping", "shipped", "delivery", "delivered", "limit", "due", "birth", "update", "updated", "modified"),
        *("expiry", "expires", "review", "redemption", "answer", "end", "start", "paid", "payment", "cancel"),
        *("cancelled", "refund", "return"),
    )
)


def _line_or_order_total(assigned: Assigned, table: Table) -> None:
    """A "total" in a file of lines is the line's, where quantity x price gives it or an order has several."""
    if "total" not in assigned or "line_total" in assigned:
        return
    column = assigned["total"][0]
    if _is_product(assigned, column, table) or _varies_within_orders(assigned, column, table):
        assigned["line_total"] = assigned.pop("total")


def _is_product(assigned: Assigned, total: Profile, table: Table) -> bool:
    if "quantity" not in assigned or "unit_price" not in assigned:
        return False
    at = (assigned["quantity"][0].index, assigned["unit_price"][0].index, total.index)
    mark, _ = numbers.decimal_mark([total.numbers, assigned["unit_price"][0].numbers], ".")
    rows = [[_number(row[i], mark) for i in at] for row in table.head[:500]]
    known = [r for r in rows if None not in r]
    close = sum(abs((q or 0) * (p or 0) - (t or 0)) <= 0.02 * max(1, abs(t or 0)) for q, p, t in known)
    several = sum((q or 0) != 1 for q, _, _ in known)
    return bool(known) and several > 0 and close >= 0.7 * len(known)


def per_line(assigned: Assigned, table: Table) -> list[str]:
    """Amounts of the order that a file of lines gives line by line (they differ within an order), to be added up."""
    return [
        name
        for name in PER_LINE
        if name in assigned and "order_number" in assigned and _varying(assigned, assigned[name][0], table) > 0.05
    ]


def _varies_within_orders(assigned: Assigned, total: Profile, table: Table) -> bool:
    return "order_number" not in assigned or _varying(assigned, total, table) > 0.3


def _varying(assigned: Assigned, column: Profile, table: Table) -> float:
    """Share of the orders with several rows in which the column's values differ."""
    index = assigned["order_number"][0].index
    seen: dict[str | None, set[str]] = {}
    rows: Counter[str | None] = Counter()
    for row in table.head:
        if row[column.index]:
            seen.setdefault(row[index], set()).add(row[column.index] or "")
        rows[row[index]] += 1
    several = [key for key, count in rows.items() if count > 1 and key is not None]
    return sum(len(seen.get(key, ())) > 1 for key in several) / len(several) if several else 0.0


def _number(cell: str | None, mark: str) -> float | None:
    text = "".join(c for c in cell or "" if c.isdigit() or c in (mark, "-")).replace(mark, ".")
    try:
        return float(text)
    except ValueError:
        return None

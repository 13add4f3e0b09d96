"""The two SELECTs that type a file: the fast one over every row, the slow one over the rows that the first suspects."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.intake.fields import DERIVED, Kind, sql_type, staged_columns
from regulars.intake.read.columns import LONGEST_KEY, Column, Context, Lane, patient, quick, read_as, typed
from regulars.intake.recognise.assign import AMOUNTS
from regulars.intake.values import numbers
from regulars.intake.values.dictionary import case, currency, nothing, sql_text

_NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "orders": (("ordered_at",), ("total", "subtotal", "gross")),
    "lines": (("ordered_at",), ("line_total", "unit_price", "total")),
    "payments": (("order_number",), ("amount",)),
    "refunds": (("order_number",), ("amount",), ("refunded_at",)),
    "customers": (("customer_ref", "email", "phone"),),
    "products": (("product_id",),),
    "costs": (("product_id",), ("cost",)),
    "rates": (("day",), ("currency",), ("rate",)),
    "spend": (("source",), ("month",), ("amount",)),
    "contracts": (("from_day",), ("customer_ref", "email", "phone")),
    "consent": (("consent",), ("customer_ref", "email", "phone")),
}
"""Of each group at least one must be filled, where the file has columns for it."""


def fast(source: str, columns: Sequence[Column], context: Context) -> tuple[str, tuple[str, ...]]:
    """SQL over all rows in the file's order, and the staged columns that it stands for; then `suspect` and `raw`.

    Of those columns the ones in `read_as` are written shorter or left out. A row is suspect when a cell failed the fast
    cast or something needed is missing; `raw` has its mapped cells and the fault. DuckDB must find nothing here to turn
    into a join, which would cost the order (and time).
    """
    kind = context.mapping.kind
    values = _values(columns, context, "fast")
    inner = "".join(f", {quick(c, context)} AS p_{c.field.name}" for c in columns if c.built)
    names = _names(kind, values)
    kept = _kept(names, columns, context)
    cells = ", ".join(sorted({c.cell for c in columns}))
    cast = ", ".join(f"CAST({values[name]} AS {type_}) AS {name}" for name, type_ in kept.items())
    outer = f"SELECT {cast}, {cells}, fault FROM (SELECT *{inner} FROM ({source}))"
    said_by = {c.field.name: c.field.name if c.field.name in kept else DERIVED[c.field.name][0] for c in columns}
    doubts = ["fault IS NOT NULL"]
    doubts += [f"({said_by[c.field.name]} IS NULL AND {c.cell} IS NOT NULL)" for c in columns]
    doubts += [" AND ".join(f"{said_by[name]} IS NULL" for name in group) for group in _needed(columns, kind)]
    suspect = " OR ".join(f"({doubt})" for doubt in doubts)
    raw = ", ".join([*(c.cell for c in columns), "fault"])
    judged = f"SELECT *, {suspect} AS suspect FROM ({outer})"
    return f"SELECT {', '.join(kept)}, suspect, CASE WHEN suspect THEN [{raw}] END AS raw FROM ({judged})", names


def _kept(names: Sequence[str], columns: Sequence[Column], context: Context) -> dict[str, str]:
    """The columns that are written, with their types: of those in `read_as` only amounts, in half the bytes."""
    shorter = read_as(columns, context)
    amounts = {c.field.name for c in columns if c.field.type == "amount"}
    return {
        name: "DECIMAL(18,6)" if name in amounts else sql_type(context.mapping.kind, name)
        for name in names
        if name in amounts or name not in shorter
    }


def slow(suspects: str, columns: Sequence[Column], context: Context, names: Sequence[str]) -> str:
    """SQL over the suspect rows (`row`, `raw`): the same staged columns read with patience, `problem` and `left_mask`.

    `problem` is NULL for a row that can be used, else "fault:...", "empty", "bad:field", "long:field" or
    "missing:field". `left_mask` has a bit for each column (in order) whose cell is unreadable but can be done without.
    """
    kind = context.mapping.kind
    cells = {c.cell: f"raw[{number}] AS {c.cell}" for number, c in enumerate(columns, start=1)}
    unpacked = f'SELECT "row", {", ".join(cells.values())}, raw[{len(columns) + 1}] AS fault, raw FROM ({suspects})'
    values = _values(columns, context, "slow")
    kept = ", ".join(cells)
    outer = (
        f'SELECT "row", {_cast(kind, names, values)}, {kept}, fault, raw FROM ({_steps(unpacked, columns, context)})'
    )
    short = f"[{', '.join(f'left({c.cell}, 200)' for c in columns)}] AS raw"
    judged = f"{_problem(columns, kind)} AS problem, {_left(columns)} AS left_mask"
    return f'SELECT "row", {", ".join(names)}, {judged}, {short} FROM ({outer})'


def _values(columns: Sequence[Column], context: Context, lane: Lane) -> dict[str, str]:
    """Staged column -> SQL over c0.. and p_<field>."""
    values: dict[str, str] = {}
    for column in columns:
        values.update(typed(column, context, lane))
    _currency(values, columns, context)
    return values


def _steps(select: str, columns: Sequence[Column], context: Context) -> str:
    """`select` with p_<field> of every date and number, read in its usual form or else with patience, in levels."""
    built = [(c, patient(c, context)) for c in columns if c.built]
    for level in range(max((len(steps) for _, steps in built), default=0)):
        added = "".join(f", {steps[level][1]} AS {steps[level][0]}" for _, steps in built if level < len(steps))
        select = f"SELECT *{added} FROM ({select})"
    values = "".join(
        f", coalesce({quick(c, context)}, {steps[-1][0] if steps else 'NULL'}) AS p_{c.field.name}"
        for c, steps in built
    )
    return f"SELECT *{values} FROM ({select})"


def _names(kind: Kind, values: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for name in staged_columns(kind) if name in values)


def _cast(kind: Kind, names: Sequence[str], values: dict[str, str]) -> str:
    return ", ".join(f"CAST({values[name]} AS {sql_type(kind, name)}) AS {name}" for name in names)


def _needed(columns: Sequence[Column], kind: Kind) -> list[list[str]]:
    there = {c.field.name for c in columns}
    groups = [[name for name in group if name in there] for group in _NEEDED[kind]]
    if kind == "lines" and not any(name in there for name in AMOUNTS):
        groups = groups[:1]
    return [group for group in groups if group]


def _failed(column: Column) -> str:
    return f"({column.field.name} IS NULL AND NOT {nothing(column.cell)})"


def _problem(columns: Sequence[Column], kind: Kind) -> str:
    empty = " AND ".join(nothing(c.cell) for c in columns)
    whens = ["WHEN fault IS NOT NULL THEN 'fault:' || fault", f"WHEN {empty} THEN 'empty'"]
    for column in columns:
        if column.field.type == "key":
            whens.append(f"WHEN strlen({column.cell}) > {LONGEST_KEY} THEN 'long:{column.field.name}'")
        elif column.field.essential and column.may_fail:
            whens.append(f"WHEN {_failed(column)} THEN 'bad:{column.field.name}'")
    for group in _needed(columns, kind):
        whens.append(f"WHEN {' AND '.join(f'{name} IS NULL' for name in group)} THEN 'missing:{group[0]}'")
    return f"CASE {' '.join(whens)} END"


def _left(columns: Sequence[Column]) -> str:
    bits = [
        f"CASE WHEN {_failed(c)} THEN {1 << i} ELSE 0 END"
        for i, c in enumerate(columns)
        if i < 62 and c.may_fail and not c.field.essential
    ]
    return f"CAST(nullif({' + '.join(bits)}, 0) AS BIGINT)" if bits else "NULL::BIGINT"


def _currency(values: dict[str, str], columns: Sequence[Column], context: Context) -> None:
    """Currency of a row: its own cell, else the sign in its amount, else the file's, else the firm's."""
    mapping = context.mapping
    amounts = {c.field.name: c for c in columns if c.field.type == "amount"}
    if not amounts or "currency" not in staged_columns(mapping.kind):
        return
    fixed = mapping.currency or context.firm_currency
    otherwise = sql_text(fixed) if fixed else "NULL"
    if "currency" in values:
        column = next(c for c in columns if c.field.name == "currency")
        values["currency"] = f"CASE WHEN {column.cell} IS NULL THEN {otherwise} ELSE {values['currency']} END"
        return
    likely = (mapping.currency or None, context.firm_currency)
    known = {sign: code for sign in context.seen.get("signs", ()) if (code := currency(sign, likely))}
    if len(set(known.values())) > 1:
        main = next(amounts[n] for n in ("total", "line_total", "unit_price", "amount", *amounts) if n in amounts)
        values["currency"] = case(numbers.sign_of(main.cell), dict(known), otherwise)
    elif fixed:
        values["currency"] = otherwise

"""The staged files of one import as views: every row has a `place`, unique in the import, and its file's currency."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from regulars.intake.fields import Kind, staged_columns
from regulars.intake.read.staged import Staged

FILE_PLACES = 1 << 40
"""`place` = file number in the import x this + row, so that places sort by file, then row."""
SALES_KINDS: tuple[Kind, ...] = ("orders", "lines", "payments", "refunds")


@dataclass(frozen=True)
class Part:
    """One staged file: its number in the import, and the currency of amounts that don't name theirs."""

    file: int
    staged: Staged
    currency: str = ""
    per_line: Collection[str] = ()
    """In a file of lines: amounts of the order that each line gives its part of."""


@dataclass(frozen=True)
class PersonLink:
    """Where orders name a customer number that another file resolves to a person (as Olist's exports do)."""

    part: Part
    order_field: str
    customer_field: str
    person_field: str


@dataclass
class Sales:
    """The files of one import that make orders: what was ordered, its lines, payments and refunds."""

    parts: list[Part]
    links: list[PersonLink] = field(default_factory=list)

    def of(self, kind: Kind) -> list[Part]:
        """The parts of one kind."""
        return [part for part in self.parts if part.staged.kind == kind]

    def fields(self, *kinds: Kind) -> set[str]:
        """Columns that at least one part of these kinds really holds."""
        return {name for part in self.parts if part.staged.kind in kinds for name in part.staged.fields}

    @property
    def per_line(self) -> set[str]:
        """Amounts that a mapping says are given line by line."""
        return {name for part in self.parts for name in part.per_line}

    @property
    def rows(self) -> int:
        """Rows that reading kept."""
        return sum(part.staged.kept for part in self.parts)

    def key(self, place: str) -> str:
        """SQL: a place as a number from 1 on, with no more gaps than there are rows that make no order."""
        before, cases = 0, []
        for part in sorted(self.parts, key=lambda one: one.file):
            shift = before - part.file * FILE_PLACES
            cases.append((part.file, f"{place} + {shift}" if shift else place))
            before += part.staged.rows_in
        if len(cases) == 1:
            return f"({cases[0][1]})"
        whens = " ".join(f"WHEN {file} THEN {key}" for file, key in cases)
        return f"(CASE {file_of(place)} {whens} END)"


def file_of(place: str) -> str:
    """SQL: the file number in a place."""
    return f"({place} // {FILE_PLACES})"


def row_of(place: str) -> str:
    """SQL: the row in its file."""
    return f"({place} % {FILE_PLACES})"


def view(kind: Kind, parts: Sequence[Part], home_currency: str, *, left_out: bool) -> str:
    """SQL of all rows of one kind, with `place`; `currency` is filled in. `left_out` skips places of that table."""
    if not parts:
        columns = ", ".join(f"NULL::{type_} AS {name}" for name, type_ in staged_columns(kind).items() if name != "row")
        return f"SELECT NULL::BIGINT AS place, {columns} WHERE false"
    return " UNION ALL ".join(_rows(part, home_currency, left_out) for part in parts)


def _rows(part: Part, home_currency: str, left_out: bool) -> str:
    place = f'{part.file * FILE_PLACES} + "row"'
    currency = part.currency or home_currency
    filled = f"coalesce(currency, '{currency}')" if "currency" in part.staged.fields else f"'{currency}'"
    query = f'SELECT {place} AS place, * EXCLUDE ("row") REPLACE ({filled} AS currency) FROM ({part.staged.sql()})'
    if left_out:
        query = f"SELECT * FROM ({query}) ANTI JOIN left_out USING (place)"
    return query

"""What the cells of a column look like, whatever its title says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from regulars.intake.fields import Type
from regulars.intake.open.sample import Table
from regulars.intake.values import dates, dictionary, numbers
from regulars.intake.values.dictionary import NOTHING

_EMAIL = re.compile(r"^[^\s@]+@[^\s@]+\.[^\s@]+$")
_PHONE = re.compile(r"^'?\+?[\d\s().\-/]{6,22}$")
_LOOKED_AT = 1_200


class Profile:
    """One column of the sample; everything is computed when asked for."""

    def __init__(self, index: int, title: str, cells: Sequence[str], rows: int) -> None:
        self.index = index
        self.title = title
        self.all_cells = cells
        step = max(1, len(cells) // _LOOKED_AT)
        self.cells = [c.strip() for c in cells[::step] if c.strip().casefold() not in NOTHING]
        self.filled = len(cells) / rows if rows else 0.0
        self.rows = rows

    @cached_property
    def numbers(self) -> numbers.Evidence:
        """What the cells say as numbers."""
        return numbers.evidence(self.cells)

    @cached_property
    def is_date(self) -> float:
        """Share that are dates by their shape alone."""
        found = dates.recognise(self.cells, dates.Hints(), named=False)
        return found[1] if found else 0.0

    @cached_property
    def may_be_date(self) -> float:
        """Share that are dates if the title says so (serial numbers count)."""
        found = dates.recognise(self.cells, dates.Hints(), named=True)
        return found[1] if found else 0.0

    @cached_property
    def distinct(self) -> float:
        """Distinct values as a share of the filled cells, over the whole sample."""
        return len(set(self.all_cells)) / len(self.all_cells) if self.all_cells else 0.0

    @cached_property
    def words(self) -> float:
        """Share of cells with letters and a space or only letters: prose, not codes."""
        return self._share(lambda c: bool(re.fullmatch(r"[^\W\d_][^\d]*", c)))

    @cached_property
    def fractions(self) -> float:
        """Share of cells with decimals."""
        return (self.numbers.point + self.numbers.comma) / len(self.cells) if self.cells else 0.0

    @property
    def repeats(self) -> bool:
        """Values come again in the sample."""
        return self.distinct < 0.98

    def fits(self, type_: Type) -> float:
        """How well the cells suit a type, 0 (can't be) to 1; 0.6 for an empty column."""
        if not self.cells:
            return 0.6
        match type_:
            case "instant" | "day":
                return self.may_be_date if self.may_be_date >= 0.6 else 0.0
            case "amount" | "number":
                return self.numbers.share if self.numbers.share >= 0.6 and self.is_date < 0.5 else 0.0
            case "email":
                return max(self._share(lambda c: bool(_EMAIL.match(c))), 0.0)
            case "phone":
                return self._share(lambda c: bool(_PHONE.match(c)) and sum(d.isdigit() for d in c) >= 6)
            case "country":
                return self._share(lambda c: dictionary.country(c) is not None)
            case "currency":
                return self._share(lambda c: dictionary.currency(c) is not None)
            case "truth":
                return self._share(lambda c: c.casefold() in dictionary.truths())
            case "status":
                return 0.0 if self.is_date > 0.5 or self.fractions > 0.3 else 1.0
            case "key":
                return 0.2 if self.is_date > 0.5 or self.fractions > 0.5 else 1.0
            case _:
                return 0.3 if self.is_date > 0.5 or self.numbers.share > 0.9 else 1.0

    def _share(self, test: Callable[[str], bool]) -> float:
        return sum(bool(test(c)) for c in self.cells) / len(self.cells) if self.cells else 0.0


def profiles(table: Table) -> list[Profile]:
    """A profile for each column."""
    rows = len(table.head) + len(table.scattered)
    return [Profile(i, title, table.column(i), rows) for i, title in enumerate(table.layout.titles)]

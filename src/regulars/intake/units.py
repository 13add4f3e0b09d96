"""Which files of one command are taken in together, and in which order.

Rates and costs come before the orders that need them, customers before their orders. Everything that makes orders
(orders, lines, payments, refunds) is one import, because an order may have parts in each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from regulars.intake.recognise import Recognised, RecognisedFile

SALES = "sales"
_ORDER = ("rates", "products", "costs", "customers", SALES, "contracts", "consent", "spend")
_SALES_KINDS = ("orders", "lines", "payments", "refunds")


@dataclass
class Unit:
    """Files that make one import. `numbers` are the files' places in the command."""

    kind: str
    files: list[RecognisedFile] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    @property
    def shown_kind(self) -> str:
        """The kind to record: the file's own where there is one kind."""
        kinds = list(dict.fromkeys(file.kind for file in self.files))
        return kinds[0] if len(kinds) == 1 else SALES


def plan(recognised: Recognised) -> list[Unit]:
    """The imports of a command, in the order in which they are done."""
    units = {kind: Unit(kind) for kind in _ORDER}
    for number, file in enumerate(recognised.files):
        unit = units[SALES if file.kind in _SALES_KINDS else file.kind]
        unit.files.append(file)
        unit.numbers.append(number)
    return [unit for unit in units.values() if unit.files]


def person_files(recognised: Recognised) -> set[int]:
    """Numbers of customers' files that say who is behind the customer numbers of orders."""
    return {join.right for join in recognised.joins if join.person_field}

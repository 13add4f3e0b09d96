"""Money: whole minor units (cents) and a currency. Never a float inside the product; floats only at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from regulars.base.errors import BadInput


@lru_cache(maxsize=256)
def digits(currency: str) -> int:
    """Decimal places of a currency by ISO 4217: EUR 2, JPY 0, KWD 3."""
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency))


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units of one currency; arithmetic across currencies is refused."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """From major units, rounded half to even: `Money.of("12.345", "EUR")` is 12.34 EUR."""
        scaled = Decimal(amount).scaleb(digits(currency))
        return cls(int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-digits(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.major:,} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise BadInput(f"{self.currency} and {other.currency} can't be added: convert one of them first.")
        return other.minor

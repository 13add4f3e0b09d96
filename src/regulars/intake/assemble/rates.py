"""Several currencies: the firm's currency at the latest rate on or before the day, not older than RATE_DAYS.

A document without such a rate is set aside, rows and all, and can be imported again once rates are there.
"""

from __future__ import annotations

from collections.abc import Iterable

from regulars.base.money import digits
from regulars.intake.assemble.arithmetic import MICROS
from regulars.intake.assemble.assembly import Assembly

RATE_DAYS = 31
"""Monthly rates are enough; weekends and holidays are bridged."""
RATE_SCALE = 10**10


def unit(currency: str) -> int:
    """Micros in one minor unit of a currency; currencies with more than six decimals don't exist."""
    return int(MICROS // 10 ** digits(currency))


def converted(amount: str, rate: str, from_unit: str, home: str) -> str:
    """SQL: minor units of one currency as minor units of the firm's, half to even."""
    scaled = f"({amount})::HUGEINT * {from_unit} * round({rate} * {RATE_SCALE})::HUGEINT"
    return f"half_even({scaled}, {unit(home) * RATE_SCALE}::HUGEINT)::BIGINT"


def foreign(assembly: Assembly, currencies: Iterable[str]) -> list[str]:
    """Currencies that aren't the firm's own."""
    return sorted(set(currencies) - {assembly.currency})


def find(assembly: Assembly, relations: Iterable[str]) -> None:
    """Make the table `rate` (currency, day, rate): one row for each foreign currency and day in the relations."""
    wanted = " UNION ".join(
        f"SELECT currency, day FROM {name} WHERE currency <> '{assembly.currency}'" for name in relations
    )
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE rate AS
        SELECT w.currency, w.day, r.rate
        FROM ({wanted}) w ASOF JOIN (SELECT currency, day, rate FROM {assembly.lake["rates"]}) r
        ON w.currency = r.currency AND w.day >= r.day
        WHERE w.day - r.day <= {RATE_DAYS} AND r.rate > 0"""
    )

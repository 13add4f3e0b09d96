"""Exact money and stable fingerprints, as DuckDB SQL.

Amounts come as DECIMAL(38,6) and are whole numbers from then on: *micros* (millionths of a currency's unit) while they
are added up, then minor units (cents), rounded half to even once. Fingerprints are built from shifts, multiplications
and exclusive or, because DuckDB's own `hash` may change from release to release and MD5 costs ten times as much.
"""

from __future__ import annotations

from collections.abc import Iterable

from regulars.base.hashing import stable_hash

MICROS = 1_000_000
LARGEST_AMOUNT = 10**12
"""Amounts of this size or more are taken for mistakes: sums of them would leave int64."""
MASK = (1 << 62) - 1

MACROS = """
CREATE OR REPLACE TEMP MACRO half_even(n, d) AS (
    sign(n)::HUGEINT * (abs(n) // d
    + CASE WHEN abs(n) % d * 2 > d OR (abs(n) % d * 2 = d AND (abs(n) // d) % 2 = 1) THEN 1 ELSE 0 END)
);
CREATE OR REPLACE TEMP MACRO micros(x) AS (
    CASE WHEN abs(x) < 1e8 THEN round(x::DOUBLE * 1e6)::BIGINT ELSE (x::DECIMAL(38, 6) * 1000000)::HUGEINT::BIGINT END
);
CREATE OR REPLACE TEMP MACRO digest(x) AS (substr(md5(x), 1, 16));
"""
"""`half_even(n, d)`: n / d rounded half to even, HUGEINT. `micros(x)` of an amount below LARGEST_AMOUNT, BIGINT: sums
of them are HUGEINT, products must be made so. Below 1e8 a float holds millionths with room to spare, and HUGEINT would
cost twenty times as much."""


def share(amount: str, part: str, whole: str) -> str:
    """SQL: `amount * part / whole` in whole minor units (BIGINT); 0 where `whole` is 0."""
    exact = f"half_even(({amount})::HUGEINT * ({part}), greatest(abs({whole}), 1)::HUGEINT)::BIGINT"
    return f"CASE WHEN ({whole}) = 0 THEN 0 ELSE {exact} END"


def _factors(name: str) -> tuple[int, int]:
    # Odd and large enough to spread small differences, small enough that the products below stay inside int64.
    return stable_hash("low", name) % (1 << 32) | 1 | 1 << 31, stable_hash("high", name) % (1 << 28) | 1 | 1 << 27


def mixed(number: str, name: str) -> str:
    """SQL: a BIGINT expression spread over 63 bits, differently for each `name`; null and 0 give 0."""
    low, high = _factors(name)
    return f"coalesce((({number}) & 1073741823) * {low} + (({number}) >> 30) * {high}, 0)"


def text_number(text: str) -> str:
    """SQL: a stable BIGINT for a text, null for null."""
    return f"(md5_number_lower({text}) >> 2)::BIGINT"


def fingerprint(numbers: Iterable[tuple[str, str]], name: str) -> str:
    """SQL: 62 bits over named BIGINT expressions, mixed twice so that sums of fingerprints keep them apart."""
    expression = "0::BIGINT"
    for column, number in numbers:
        expression = f"xor({expression}, {mixed(number, column)})"
    return f"({mixed(expression, name)} & {MASK})"

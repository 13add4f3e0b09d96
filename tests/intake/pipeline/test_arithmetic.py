"""Exact money: what DuckDB's SQL makes of amounts beside Python's decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.intake.assemble.arithmetic import LARGEST_AMOUNT, MACROS, MASK, fingerprint, share, text_number
from regulars.intake.assemble.rates import RATE_SCALE, converted

MICROS = st.integers(-LARGEST_AMOUNT * 10**6 + 1, LARGEST_AMOUNT * 10**6 - 1)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        con.execute(MACROS)
        yield con


def one(con, query):
    return con.execute(f"SELECT {query}").fetchall()[0][0]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(MICROS, st.sampled_from([1, 1000, 10_000, 1_000_000]))
def test_amounts_become_minor_units_half_to_even(con, micros, size):
    amount = Decimal(micros).scaleb(-6)
    assert one(con, f"micros('{amount}'::DECIMAL(38, 6))") == micros
    exact = (Decimal(micros) / size).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    assert one(con, f"half_even({micros}::BIGINT, {size})") == int(exact)
    assert one(con, f"half_even({micros}::HUGEINT * 1000, {size * 1000})") == int(exact)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_shares_are_rounded_half_to_even(con, amount, part, whole):
    found = one(con, share(f"{amount}::BIGINT", f"{part}::BIGINT", f"{whole}::BIGINT"))
    expected = (Decimal(amount) * part / whole).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) if whole else 0
    assert found == int(expected)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(-(10**11), 10**11), st.integers(1, 10**6 * RATE_SCALE))
def test_money_is_converted_exactly(con, minor, rate):
    written = Decimal(rate) / RATE_SCALE
    exact_rate = Decimal(int(Decimal(float(written) * RATE_SCALE).to_integral_value(ROUND_HALF_EVEN)))
    found = one(con, converted(f"{minor}::BIGINT", f"{float(written)!r}::DOUBLE", "10000", "EUR"))
    assert abs(found - Decimal(minor) * exact_rate / RATE_SCALE) <= Decimal("0.5000001") + abs(minor) / Decimal(10**15)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=2), st.lists(st.integers(-5, 5), min_size=2, max_size=2)
)
def test_fingerprints_tell_values_and_columns_apart(con, values, changes):
    def mark(numbers):
        named = [(f"c{i}", f"{number}::BIGINT") for i, number in enumerate(numbers)]
        return one(con, fingerprint(named, "test"))

    first = mark(values)
    assert 0 <= first <= MASK
    changed = [value + change for value, change in zip(values, changes, strict=True)]
    assert (mark(changed) == first) is (changed == values)


def test_fingerprints_stay_the_same_from_release_to_release(con):
    # A changed value here would make every order of every shop look changed at its next import.
    numbers = [("net", "1234::BIGINT"), ("day", "19723::BIGINT"), ("channel", text_number("'web'"))]
    assert one(con, fingerprint(numbers, "order")) == 2331028342694735171

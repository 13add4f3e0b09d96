"""Which columns a picture has and how each comes from insight's table: SQL of DuckDB over `s` (standing) and `c`.

Every night all guesses about everybody drift a little, because a day has passed and the models were fitted anew. Were
each drift written, a night would rewrite every customer for changes that nobody can see. So guesses are rounded as
screens show them, days that lie ahead are counted from the day of the run, and a row is written only when a fact
changed or a guess went further than its slack from what the row says; then the whole row is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

NOT_JUDGED = "not judged"
"""Standing of a customer of whom insight has said nothing: without orders, new since the run, or objecting to it."""
NO_RUNG = "prospect"

Kind = Literal["text", "bigint", "double precision", "boolean", "date"]


@dataclass(frozen=True)
class Slack:
    """How far a guess may drift before its row is written: so much, or this part of what the row says."""

    least: float
    part: float = 0.0


FOLLOWS = Slack(float("inf"))
"""Of a guess that drifts with others and isn't looked at by itself."""


@dataclass(frozen=True)
class Column:
    """A column of `Picture`: its type in the store, and its value in DuckDB's SQL. `slack`: of a guess."""

    name: str
    kind: Kind
    value: str
    slack: Slack | None = None


def columns(as_of: date, minor_digits: int) -> tuple[Column, ...]:
    """All columns but `customer_id` and `sort_name`, for a run as of a day in a currency with so many digits."""
    day = f"DATE '{as_of.isoformat()}'"
    unit = 10**minor_digits

    def fact(name: str, kind: Kind) -> Column:
        return Column(name, kind, f"s.{name}")

    def chance(name: str, slack: Slack = Slack(0.03)) -> Column:
        return Column(name, "double precision", f"round(s.{name}, 2)", slack)

    def points(name: str, slack: Slack = FOLLOWS) -> Column:
        return Column(name, "double precision", f"round(s.{name})", slack)

    def guess(name: str, slack: Slack = FOLLOWS) -> Column:
        # Two digits that count, but nothing finer than the unit of the currency: 137.42 -> 137, 1,374.20 -> 1,400.
        size = f"floor(log10(greatest(abs(s.{name}), 1)))"
        step = f"greatest({unit}, pow(10, {size} - 1))"
        return Column(name, "bigint", f"(round(s.{name} / {step}) * {step})::BIGINT", slack)

    def ahead(name: str, of: str, slack: Slack = FOLLOWS) -> Column:
        return Column(name, "bigint", f"date_diff('day', {day}, s.{of})", slack)

    days, money = Slack(3, 0.1), Slack(unit, 0.07)

    return (
        Column("label", "text", "c.label"),
        Column("country", "text", "c.country"),
        Column("organisation", "text", "c.organisation"),
        Column("standing", "text", f"coalesce(s.standing, '{NOT_JUDGED}')"),
        Column("rung", "text", f"coalesce(s.rung, '{NO_RUNG}')"),
        chance("sure", FOLLOWS),
        Column("occasions", "bigint", "coalesce(s.occasions, 0)"),
        Column("orders", "bigint", "coalesce(s.orders, 0)"),
        fact("first_day", "date"),
        fact("last_day", "date"),
        Column("late_after_day", "date", "s.late_after_day", Slack(3)),
        chance("p_alive"),
        chance("p_return"),
        ahead("return_in", "return_by", days),
        Column("expected_occasions_365", "double precision", "round(s.expected_occasions_365, 1)", Slack(0.1, 0.07)),
        ahead("next_in", "next_occasion_day", days),
        ahead("next_in_10", "next_occasion_10"),
        ahead("next_in_90", "next_occasion_90"),
        guess("value_365", money),
        guess("value_365_low"),
        guess("value_365_high"),
        guess("value_if_staying", money),
        guess("value_at_risk", money),
        fact("realised_value", "bigint"),
        fact("sales", "bigint"),
        fact("sales_365", "bigint"),
        fact("spend_per_occasion", "bigint"),
        Column("median_gap", "double precision", "round(s.median_gap, 1)"),
        fact("longest_gap", "bigint"),
        Column("evenness", "double precision", "round(s.evenness, 2)"),
        points("client_score", Slack(2)),
        points("score_revenue"),
        points("score_needs"),
        points("score_reliability"),
        Column("fading", "boolean", "coalesce(s.fading, false)"),
        Column("seasonal", "boolean", "coalesce(s.seasonal, false)"),
        Column("reasons", "text", "coalesce(s.reasons, '')"),
    )

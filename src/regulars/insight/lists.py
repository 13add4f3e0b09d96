"""Lists of single customers for the report: whom to call first, and who is nearly extraordinary."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.base import days
from regulars.insight.figures import RUNGS, Estimate, Person, Reason
from regulars.insight.parameters import Parameters
from regulars.insight.reasons import reasons
from regulars.insight.sheet import Sheet
from regulars.insight.standing import LAPSED, NOT_RECENT, SLIPPING

Ints = NDArray[np.int64]

MOST_CALLS = 50
MOST_NEAR = 30
REGULAR, CLIENT, EXTRAORDINARY = (RUNGS.index(name) for name in ("regular", "client", "extraordinary"))
LIFTING = ("value_below_top", "score_too_low", "score_unknown", "lift_", "unknown_")
"""Beginnings of the codes that say what would lift a customer to the next rung."""
_MONEY = ("value_365", "needed_value", "spend_per_occasion")


def call_list(sheet: Sheet, parameters: Parameters, unit: float, digits: int, most: int = MOST_CALLS) -> list[Person]:
    """The slipping, deepest rung first, then most value at risk; at most `most`."""
    slipping = np.flatnonzero(sheet.standing == SLIPPING)
    order = np.lexsort((sheet.row[slipping], -sheet.at_risk[slipping], -sheet.rung[slipping]))
    return people(sheet, slipping[order[:most]], parameters, unit, digits)


def near_extraordinary(
    sheet: Sheet, parameters: Parameters, unit: float, digits: int, most: int = MOST_NEAR
) -> list[Person]:
    """Clients and regulars who still buy and aren't extraordinary, most value first among clients, then regulars.

    Their reasons are only those that say what is missing.
    """
    deep = (sheet.rung >= REGULAR) & (sheet.rung < EXTRAORDINARY)
    near = np.flatnonzero(deep & (sheet.standing != LAPSED) & (sheet.standing != NOT_RECENT))
    order = np.lexsort((sheet.row[near], -sheet.value[near], -sheet.rung[near]))
    found = people(sheet, near[order[:most]], parameters, unit, digits)
    return [_only_lifting(person) for person in found]


def people(sheet: Sheet, chosen: Ints, parameters: Parameters, unit: float, digits: int) -> list[Person]:
    """The customers at positions `chosen` of the sheet, in that order."""
    rows = sheet.table.take(sheet.row[chosen]).to_pylist()
    more = figures_of(parameters)
    return [_person(row, more, parameters.as_of, unit, digits) for row in rows]


def figures_of(parameters: Parameters) -> dict[str, Any]:
    """What sentences about customers need beside the customer's own row."""
    thresholds = parameters.thresholds
    return {
        "window_days": parameters.window_days,
        "cycle_days": parameters.cycle_days,
        "regular_occasions": thresholds.regular_occasions,
        "needed_score": thresholds.client_score,
        "needed_value": parameters.value_top,
    }


def _person(row: dict[str, Any], more: dict[str, Any], as_of: int, unit: float, digits: int) -> Person:
    def money(name: str) -> float:
        return round((row[name] or 0) * unit, digits)

    first, last = days.to_number(row["first_day"]), days.to_number(row["last_day"])
    told = {**row, **more, "silence": as_of - last, "span_days": last - first}
    for name in _MONEY:
        if told.get(name) is not None:
            told[name] = round(float(told[name]) * unit, digits)
    return Person(
        customer_id=row["customer_id"],
        standing=row["standing"],
        rung=row["rung"],
        sure=float(row["sure"]),
        occasions=row["occasions"],
        last_day=row["last_day"],
        late_after_day=row["late_after_day"],
        p_return=float(row["p_return"]),
        return_by=row["return_by"],
        value_365=Estimate(money("value_365"), money("value_365_low"), money("value_365_high")),
        value_at_risk=money("value_at_risk"),
        sales_365=money("sales_365"),
        client_score=None if row["client_score"] is None else float(row["client_score"]),
        reasons=[_rounded(reason) for reason in reasons(told)],
    )


def _rounded(reason: Reason) -> Reason:
    """Float32 columns shouldn't show their noise."""
    return Reason(reason.code, {k: round(v, 4) if isinstance(v, float) else v for k, v in reason.figures.items()})


def _only_lifting(person: Person) -> Person:
    kept = [reason for reason in person.reasons if reason.code.startswith(LIFTING)]
    return msgspec.structs.replace(person, reasons=kept)

"""The report's figures for programs: what `regulars report --json` and `regulars backtest --json` print.

Guesses are plain numbers with their 80% interval beside them (`value_365`, `value_365_low`, `value_365_high`), money is
in major units, days are ISO dates, ids are text, reasons are code, figures and sentence. Nothing is rounded further.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from regulars.insight.figures import Backtest, Candidate, Estimate, Firm, Group, Origin, Person, Reason
from regulars.report.formats import Formats
from regulars.report.view import About
from regulars.report.words import sentence

Json = dict[str, Any]


def as_json(firm: Firm, names: Mapping[int, str] | None = None, *, about: About | None = None) -> Json:
    """Everything the report shows, as plain dicts and lists that `json.dumps` takes as they are."""
    about = about or About()
    f = Formats(firm.currency, about.language)
    found: Json = {
        "firm": about.name,
        **{
            name: msgspec.to_builtins(getattr(firm, name))
            for name in (
                "as_of",
                "first_day",
                "last_day",
                "currency",
                "money",
                "kind",
                "customers",
                "prospects",
                "orders",
                "occasions",
                "sales",
                "window_days",
                "window_assumed",
                "unit",
                "episode_gap_days",
                "model",
                "fading",
                "seasonal",
            )
        },
        "kind_why": _reason(firm.kind_why, f),
        "model_why": _reason(firm.model_why, f),
        "standing": {group.name: _group(group) for group in firm.standing},
        "rung": {group.name: _group(group) for group in firm.rung},
        **_estimate("value_365", firm.value_365),
        **_estimate("value_at_risk", firm.value_at_risk),
        **_estimate("already_lost", firm.already_lost),
        "call_list": [_person(person, names or {}, f) for person in firm.call_list],
        "near_extraordinary": [_person(person, names or {}, f) for person in firm.near_extraordinary],
        "backtest": None if firm.backtest is None else backtest_json(firm.backtest, f),
        "cautions": [
            {"code": "import", "figures": {}, "text": caution} if isinstance(caution, str) else _reason(caution, f)
            for caution in (*about.cautions, *firm.cautions)
        ],
    }
    for name in ("months", "flows", "cohorts", "concentration", "kept_best", "cost", "replay"):
        found[name] = msgspec.to_builtins(getattr(firm, name))
    return found


def backtest_json(test: Backtest, f: Formats | None = None) -> Json:
    """How good the predictions were: `chosen`, `why`, every candidate, and what would have been said at each origin."""
    f = f or Formats("")
    return {
        "chosen": test.chosen,
        "why": sentence(test.why, f),
        "why_code": test.why.code,
        "enough": test.enough,
        "beats_every_baseline": test.beats_every_baseline,
        "best_baseline": test.best_baseline,
        "standing_falls": test.standing_falls,
        "not_judged": test.not_judged,
        "candidates": [_candidate(candidate, f) for candidate in test.candidates],
        "origins": [_origin(origin) for origin in test.origins],
        "return_calibration": msgspec.to_builtins(test.return_calibration),
        "count_calibration": msgspec.to_builtins(test.count_calibration),
        "tracking": msgspec.to_builtins(test.tracking),
    }


def _estimate(name: str, estimate: Estimate | None) -> Json:
    if estimate is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _group(group: Group) -> Json:
    return {
        "customers": group.customers,
        "share": group.share,
        "regulars_and_above": group.regulars_and_above,
        "sales_365": group.sales_365,
        "sales_before_365": group.sales_before_365,
        **_estimate("value_365", group.value_365),
        "value_if_staying": group.value_if_staying,
        **_estimate("value_at_risk", group.value_at_risk),
    }


def _person(person: Person, names: Mapping[int, str], f: Formats) -> Json:
    plain: Json = msgspec.to_builtins(person)
    return {
        **plain,
        "customer_id": str(person.customer_id),
        "name": names.get(person.customer_id),
        **_estimate("value_365", person.value_365),
        "reasons": [_reason(reason, f) for reason in person.reasons],
    }


def _candidate(candidate: Candidate, f: Formats) -> Json:
    plain: Json = msgspec.to_builtins(candidate)
    return {**plain, "not_used": None if candidate.not_used is None else sentence(candidate.not_used, f)}


def _origin(origin: Origin) -> Json:
    return {
        "as_of": origin.as_of.isoformat(),
        "until": origin.until.isoformat(),
        "customers": origin.customers,
        **_estimate("predicted", origin.predicted),
        "actual": origin.actual,
        "standing": {
            name: {"customers": customers, "predicted": predicted, "actual": actual}
            for name, (customers, predicted, actual) in origin.standing.items()
        },
    }


def _reason(reason: Reason, f: Formats) -> Json:
    return {"code": reason.code, "figures": dict(reason.figures), "text": sentence(reason, f)}

"""The figures for programs: the shape that scripts depend on."""

from __future__ import annotations

import json
from datetime import date

from tests.report import firms

from regulars.insight.figures import Firm
from regulars.report.machine import as_json, backtest_json
from regulars.report.view import About


def test_every_firm_is_plain_json_without_nan(firm: Firm, about: About) -> None:
    again = json.loads(json.dumps(as_json(firm, firms.names(firm), about=about), allow_nan=False))
    assert again["customers"] == firm.customers
    assert again["as_of"] == firm.as_of.isoformat()
    assert again["cautions"][0] == {
        "code": "import",
        "figures": {},
        "text": "14 rows of the last import were set aside.",
    }
    assert {"standing", "rung", "value_at_risk", "already_lost", "backtest", "replay", "months"} <= set(again)


def test_standing_and_rung_by_name() -> None:
    firm = firms.repeat_shop()
    found = as_json(firm, firms.names(firm))
    slipping = next(group for group in firm.standing if group.name == "slipping")
    assert found["standing"]["slipping"]["customers"] == slipping.customers
    assert found["standing"]["slipping"]["value_365"] == slipping.value_365.value
    assert found["standing"]["slipping"]["value_365_low"] == slipping.value_365.low
    assert found["standing"]["slipping"]["sales_365"] == slipping.sales_365
    assert set(found["rung"]) == {"buyer", "repeat", "regular", "client", "extraordinary"}
    assert firm.value_at_risk is not None
    assert found["value_at_risk"] == firm.value_at_risk.value
    assert found["value_at_risk_high"] == firm.value_at_risk.high
    assert found["call_list"][0]["customer_id"] == "100"
    assert found["call_list"][0]["name"]
    assert found["call_list"][0]["reasons"][0]["code"] == "late"
    assert date.fromisoformat(found["months"][0]["month"])


def test_the_backtest_has_what_scripts_read() -> None:
    test = firms.repeat_shop().backtest
    assert test is not None
    found = backtest_json(test)
    assert found["chosen"] == "MBG/CNBD-2"
    assert found["why"].startswith("It predicted clearly better")
    wanted = {"name", "kind", "log_score", "crps", "mae", "rmse", "predicted", "actual", "pit_80"}
    assert all(wanted <= set(candidate) for candidate in found["candidates"])

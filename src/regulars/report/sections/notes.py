"""What the report rests on: assumptions, cautions, and the words it uses."""

from __future__ import annotations

from collections.abc import Collection

from regulars.insight.figures import Reason
from regulars.report import formats
from regulars.report.blocks import Notes, Section, Terms
from regulars.report.view import View

WORDS = (
    (
        "purchase",
        "A day on which a customer bought something that was not fully refunded. Two orders on one day are one.",
    ),
    ("current", "Buys as usual: not later than four out of five customers with the same history would be."),
    ("slipping", "Later than that, but with a chance of one in ten or more to come back without being asked."),
    ("lapsed", "Late, and less than one in ten such customers come back by themselves."),
    ("won back", "Had lapsed, and bought again lately."),
    ("prospect", "Known to you, but hasn't bought yet."),
    ("buyer, repeat", "Bought once; bought twice, or more often within a short time."),
    ("regular", "Bought three times or more, over a while and without one gap that is most of it."),
    ("client", "A regular with a high client score: 60 or more, unless set otherwise."),
    ("client score", "0 to 100: how steady, broad and reliable a customer's buying is among your repeat customers."),
    ("extraordinary", "A client in the top tenth of value, or one who brings others."),
    (
        "expected {money}",
        "What a customer will most likely bring in the next 12 months, the chance of leaving included.",
    ),
    (
        "at risk",
        "What customers would bring if they stay, less what is expected: the part that goes with those who go.",
    ),
    ("range", "Four times out of five the true figure lies within it."),
    ("fading", "Still buys, but less than half as often as in the first two thirds of the relation."),
)
TOLD = ("sales_not_margin", "assumed_window", "episodes_used", "one_off_firm")
"""Cautions that the assumptions tell at more length."""
NOT_IN_ONE_OFF = {"current", "slipping", "lapsed", "won back", "at risk", "fading"}


def assumptions(view: View) -> Section:
    """What was assumed, and what would spoil the picture."""
    mind = [("Mind", text) for text in cautions(view, without=TOLD)]
    return Section("notes", "Assumptions and cautions", (Notes((*mind, *_assumed(view))),))


_SAID_BY_IMPORT = {"unfinished_month": "month_unfinished", "history_gap": "gap_in_history"}
"""Cautions of the import and those of insight that say the same with fewer figures."""


def cautions(view: View, without: Collection[str] = ()) -> list[str]:
    """What would spoil the picture, from the import and from insight, each once; `without` are codes left out."""
    brought = [view.why(c) if isinstance(c, Reason) else c for c in view.about.cautions]
    test = view.firm.backtest
    told = test.why if test is not None and not test.enough else None  # by the verdict on the test
    codes = {c.code for c in view.about.cautions if isinstance(c, Reason)}
    said = {own for imported, own in _SAID_BY_IMPORT.items() if imported in codes}
    own = [
        view.why(reason)
        for reason in view.firm.cautions
        if reason.code not in said and reason.code not in without and reason != told
    ]
    return list(dict.fromkeys([*brought, *own]))


def _assumed(view: View) -> list[tuple[str, str]]:
    firm, f = view.firm, view.f
    if firm.customers == 0:
        return []
    found = [("Money", _money(view))]
    if firm.window_assumed:
        found.append(
            (
                "Rhythm",
                f"Too few customers came back to learn how often yours buy; {formats.span(firm.window_days)} is taken.",
            )
        )
    elif firm.kind != "one_off":
        span = formats.span(firm.window_days)
        found.append(("Rhythm", f"Three in four of your repeat customers usually buy again within {span}."))
    if firm.unit == "episodes" and firm.episode_gap_days:
        found.append(
            (
                "Bursts",
                "Your customers buy in bursts, as for a project, with long quiet times between. Purchases less than "
                f"{formats.span(firm.episode_gap_days)} apart are taken as one burst, and bursts are what is counted.",
            )
        )
    found.append(("Kind of trade", view.why(firm.kind_why)))
    found.append(("Model", f"{firm.model}. {view.why(firm.model_why)}"))
    if firm.backtest is not None and firm.backtest.not_judged:
        found.append(
            ("Not judged", f"{view.customers(firm.backtest.not_judged)} had too little history to be part of the test.")
        )
    if firm.first_day is not None and firm.last_day is not None:
        found.append(
            (
                "Data",
                f"{f.count(firm.orders, 'order')} of {view.customers(firm.customers)}, {formats.day(firm.first_day)} "
                f"to {formats.day(firm.last_day)}, sales of {f.money(firm.sales)} after refunds.",
            )
        )
    return found


def _money(view: View) -> str:
    if view.money == "margin":
        return "Expected figures and what is at risk are margin: sales less the cost of the goods, refunds out."
    return (
        "Costs aren't known, so every figure is sales, not margin. Give costs or a margin rate in the settings, and "
        "what customers are worth is shown as margin."
    )


def words(view: View) -> Section | None:
    """The words of the report, explained."""
    if view.firm.customers == 0:
        return None
    one_off = view.firm.kind == "one_off"
    terms = [
        (word.format(money=view.money), meaning)
        for word, meaning in WORDS
        if not (one_off and word in NOT_IN_ONE_OFF) and not (word == "prospect" and not view.firm.prospects)
    ]
    if one_off:
        terms[1:1] = [
            ("recent", "Bought within the last return window."),
            ("not recent", "Bought longer ago; in a trade like yours that says little."),
        ]
    return Section("words", "Words explained", (Terms(tuple(terms)),))

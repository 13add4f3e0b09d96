"""What the report rests on: assumptions, cautions, and the words it uses."""

from __future__ import annotations

from collections.abc import Collection

from regulars.base.words import noted, say, say_many
from regulars.insight.figures import Reason
from regulars.report import formats
from regulars.report.blocks import Notes, Section, Terms
from regulars.report.view import View

WORDS = (
    (
        noted("purchase"),
        noted("A day on which a customer bought something that was not fully refunded. Two orders on one day are one."),
    ),
    (
        noted("current"),
        noted("Buys as usual: not later than four out of five customers with the same history would be."),
    ),
    (
        noted("slipping"),
        noted("Later than that, but with a chance of one in ten or more to come back without being asked."),
    ),
    (noted("lapsed"), noted("Late, and less than one in ten such customers come back by themselves.")),
    (noted("won back"), noted("Had lapsed, and bought again lately.")),
    (noted("prospect"), noted("Known to you, but hasn't bought yet.")),
    (noted("buyer, repeat"), noted("Bought once; bought twice, or more often within a short time.")),
    (noted("regular"), noted("Bought three times or more, over a while and without one gap that is most of it.")),
    (noted("client"), noted("A regular with a high client score: 60 or more, unless set otherwise.")),
    (
        noted("client score"),
        noted("0 to 100: how steady, broad and reliable a customer's buying is among your repeat customers."),
    ),
    (noted("extraordinary"), noted("A client in the top tenth of value, or one who brings others.")),
    (
        noted("expected margin"),
        noted("What a customer will most likely bring in the next 12 months, the chance of leaving included."),
    ),
    (
        noted("expected sales"),
        noted("What a customer will most likely bring in the next 12 months, the chance of leaving included."),
    ),
    (
        noted("at risk"),
        noted("What customers would bring if they stay, less what is expected: the part that goes with those who go."),
    ),
    (noted("range"), noted("Four times out of five the true figure lies within it.")),
    (noted("fading"), noted("Still buys, but less than half as often as in the first two thirds of the relation.")),
)
OTHER_MONEY = {True: "expected sales", False: "expected margin"}
"""What isn't explained where values are margin (True) or sales."""
TOLD = ("sales_not_margin", "assumed_window", "episodes_used", "one_off_firm")
"""Cautions that the assumptions tell at more length."""
NOT_IN_ONE_OFF = {"current", "slipping", "lapsed", "won back", "at risk", "fading"}


def assumptions(view: View) -> Section:
    """What was assumed, and what would spoil the picture."""
    mind = [(say("Mind"), text) for text in cautions(view, without=TOLD)]
    return Section("notes", say("Assumptions and cautions"), (Notes((*mind, *_assumed(view)), len(mind)),))


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
    found = [(say("Money"), _money(view))]
    if firm.window_assumed:
        found.append(
            (
                say("Rhythm"),
                say(
                    "Too few customers came back to learn how often yours buy; {span} is taken.",
                    span=formats.span(firm.window_days),
                ),
            )
        )
    elif firm.kind != "one_off":
        span = formats.span(firm.window_days)
        usual = say("Three in four of your repeat customers usually buy again within {span}.", span=span)
        found.append((say("Rhythm"), usual))
    if firm.unit == "episodes" and firm.episode_gap_days:
        found.append(
            (
                say("Bursts"),
                say(
                    "Your customers buy in bursts, as for a project, with long quiet times between. Purchases less "
                    "than {span} apart are taken as one burst, and bursts are what is counted.",
                    span=formats.span(firm.episode_gap_days),
                ),
            )
        )
    found.append((say("Kind of trade"), view.why(firm.kind_why)))
    found.append((say("Model"), f"{firm.model}. {view.why(firm.model_why)}"))
    if firm.backtest is not None and firm.backtest.not_judged:
        number = firm.backtest.not_judged
        left_out = say_many(
            "{n} customer had too little history to be part of the test.",
            "{n} customers had too little history to be part of the test.",
            number,
            n=f.number(number),
        )
        found.append((say("Not judged"), left_out))
    if firm.first_day is not None and firm.last_day is not None:
        found.append(
            (
                say("Data"),
                say(
                    "{orders} of {customers}, {first} to {last}, sales of {sales} after refunds.",
                    orders=view.orders(firm.orders),
                    customers=view.customers(firm.customers),
                    first=formats.day(firm.first_day),
                    last=formats.day(firm.last_day),
                    sales=f.money(firm.sales),
                ),
            )
        )
    return found


def _money(view: View) -> str:
    if view.is_margin:
        return say("Expected figures and what is at risk are margin: sales less the cost of the goods, refunds out.")
    return say(
        "Costs aren't known, so every figure is sales, not margin. Give costs or a margin rate in the settings, and "
        "what customers are worth is shown as margin."
    )


def words(view: View) -> Section | None:
    """The words of the report, explained."""
    if view.firm.customers == 0:
        return None
    one_off = view.firm.kind == "one_off"
    terms = [
        (say(word), say(meaning))
        for word, meaning in WORDS
        if not (one_off and word in NOT_IN_ONE_OFF)
        and not (word == "prospect" and not view.firm.prospects)
        and word != OTHER_MONEY[view.is_margin]
    ]
    if one_off:
        terms[1:1] = [
            (say("recent"), say("Bought within the last return window.")),
            (say("not recent"), say("Bought longer ago; in a trade like yours that says little.")),
        ]
    return Section("words", say("Words explained"), (Terms(tuple(terms)),))

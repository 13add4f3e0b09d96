"""Whom to call, and whom to lift: the slipping with what they are worth, and those nearly extraordinary."""

from __future__ import annotations

from collections.abc import Collection

from regulars.base.words import say, say_many
from regulars.insight.figures import Person
from regulars.report import charts, formats
from regulars.report.blocks import Bar, Cell, Chart, Column, Section, Side, Status, Table, Text
from regulars.report.view import View

IN_CHART = 12
IN_TABLE = 20
NEAR = 12
RUNG_CODES = (
    *("needs_second", "too_few_occasions", "too_short_span", "gap_too_long", "score_too_low", "score_unknown"),
    *("lift_revenue", "lift_needs", "lift_reliability", "unknown_revenue", "unknown_needs", "unknown_reliability"),
    *("value_below_top", "top_value", "brings_others"),
)
"""Reasons about how deep a relation is; whom to call is about how now it is."""


def slipping(view: View) -> Section | None:
    """Who is slipping and what they are worth, in the order in which to call them."""
    people = view.firm.call_list
    if not people:
        return None
    shown = people[:IN_CHART]
    worth = sum(max(person.value_at_risk, 0.0) for person in shown)
    total = view.firm.value_at_risk
    part = worth / total.value if total is not None and total.value > 0 and worth <= total.value else None
    chart = Chart(
        "slipping",
        _title(view, len(shown), worth, part),
        say("Bars: what goes a year if they go, customer by customer, most first."),
        charts.slipping(_by_worth(view, shown), view.f.about),
        note=say("Margin a year that goes with them if they go.")
        if view.is_margin
        else say("Sales a year that go with them if they go."),
    )
    beside = tuple(Text((text,)) for text in _story(view))
    title = say("Who is slipping, and what they are worth")
    return Section("slipping", title, (Side((chart,), beside), call_table(view)))


def _title(view: View, people: int, worth: float, part: float | None) -> str:
    figures = {"n": view.f.number(people), "worth": view.f.about(worth), "money": view.money}
    if part is None:
        return say_many(
            "{n} customer to call first: {worth} of {money} a year",
            "{n} customers to call first: {worth} of {money} a year",
            people,
            **figures,
        )
    return say_many(
        "{n} customer to call first: {worth} of {money} a year, {share} of all that is at risk",
        "{n} customers to call first: {worth} of {money} a year, {share} of all that is at risk",
        people,
        **figures,
        share=formats.share(part),
    )


def _by_worth(view: View, people: list[Person]) -> list[tuple[str, Person]]:
    return [(view.name(person), person) for person in sorted(people, key=lambda person: -person.value_at_risk)]


def _story(view: View) -> list[str]:
    """How many slip, how deep, and what happens if nobody does anything."""
    group = view.standing.get("slipping")
    found = []
    if group is not None and group.customers:
        deep = group.regulars_and_above
        found.append(
            say_many(
                "{n} customer is slipping, {deep} of them regulars or above. In the last 12 months they bought for "
                "{sales}.",
                "{n} customers are slipping, {deep} of them regulars or above. In the last 12 months they bought for "
                "{sales}.",
                group.customers,
                n=view.f.number(group.customers),
                deep=view.f.number(deep),
                sales=view.f.money(group.sales_365),
            )
        )
    people = view.firm.call_list
    back = sum(person.p_return for person in people) / len(people)
    found.append(
        say(
            "Of those on the call list about {chance} will come back without being asked. A light touch is enough, "
            "except where the chance is low."
            if back >= 0.75
            else "Of those on the call list about {chance} will come back without being asked. The others will not, "
            "and nobody can tell you today who is who: so call, from the top of the list.",
            chance=formats.in_hundred(back),
        )
    )
    lost = view.firm.already_lost
    if lost is not None and lost.value > 0:
        found.append(
            say(
                "Another {amount} of {money} a year is most likely lost already, with those who lapsed.",
                amount=view.f.about(lost.value),
                money=view.money,
            )
        )
    return found


def call_table(view: View, most: int = IN_TABLE) -> Table:
    """The head of the call list."""
    people = view.firm.call_list[:most]
    whys, shared = _whys(view, people, [code for code in RUNG_CODES if code not in ("top_value", "brings_others")])
    rows = tuple(
        (
            view.name(person),
            Status(person.rung),
            formats.short_day(person.last_day),
            formats.short_day(person.late_after_day) if person.late_after_day else "–",
            _chance(person),
            view.f.about(person.value_at_risk),
            why,
        )
        for person, why in zip(people, whys, strict=True)
    )
    return Table(
        say("Call list"),
        (
            Column(say("Customer"), "left", wide=True),
            Column(say("Rung"), "left"),
            Column(say("Last bought")),
            Column(say("Late since"), keep=False),
            Column(say("Comes back unasked"), "left", keep=False),
            Column(say("At risk a year")),
            Column(say("Why"), "left", keep=False),
        ),
        rows,
        note=f"{say('Late since: four out of five with the same history would have bought by then.')} {shared}".strip(),
        roomy=True,
    )


def _chance(person: Person) -> Cell:
    chance = formats.in_hundred(person.p_return)
    if person.return_by:
        chance = say("{chance} by {day}", chance=chance, day=formats.short_day(person.return_by))
    return Bar(min(max(person.p_return, 0.0), 1.0), chance)


def _whys(view: View, people: list[Person], without: Collection[str] = ()) -> tuple[list[str], str]:
    """Each one's reasons in words, and those that are the same for all of them, to be said once."""
    said = [
        list(dict.fromkeys(view.why(reason) for reason in person.reasons if reason.code not in without))
        for person in people
    ]
    common = [text for text in said[0] if all(text in others for others in said)] if len(said) > 2 else []
    own = [" ".join(text for text in texts if text not in common) for texts in said]
    return own, say("True of all of them: {reasons}", reasons=" ".join(common)) if common else ""


def near_extraordinary(view: View) -> Section | None:
    """Clients and regulars with what would lift them."""
    people = view.firm.near_extraordinary[:NEAR]
    if not people:
        return None
    whys, shared = _whys(view, people)
    rows = tuple(
        (
            view.name(person),
            Status(person.rung),
            Status(person.standing, sure=person.sure >= 0.8),
            view.f.about(person.value_365.value),
            "–" if person.client_score is None else view.f.number(person.client_score),
            why,
        )
        for person, why in zip(people, whys, strict=True)
    )
    table = Table(
        say("Nearly extraordinary"),
        (
            Column(say("Customer"), "left", wide=True),
            Column(say("Rung"), "left"),
            Column(say("Standing"), "left", keep=False),
            Column(view.expected),
            Column(say("Client score"), keep=False),
            Column(say("What would lift them"), "left", keep=False),
        ),
        rows,
        note=shared,
        roomy=True,
    )
    intro = Text(
        (
            say_many(
                "{n} customer is one step away from being extraordinary: a client in the top tenth of value, or one "
                "who brings others.",
                "{n} customers are one step away from being extraordinary: a client in the top tenth of value, or one "
                "who brings others.",
                len(people),
                n=view.f.number(len(people)),
            )
            + " "
            + say(
                "The client score (0 to 100) says how steady, broad and reliable their buying is compared with your "
                "other repeat customers."
            ),
        )
    )
    return Section("lift", say("Nearly extraordinary, and what would lift them"), (intro, table))

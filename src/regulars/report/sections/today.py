"""The state of the customer base in plain words, the figures at a glance, and the standing of everybody."""

from __future__ import annotations

from regulars.base.words import say, say_many
from regulars.insight.figures import Group
from regulars.report import formats, names
from regulars.report.blocks import Block, Cell, Column, Inline, Section, Status, Strong, Table, Text, Tile, Tiles
from regulars.report.view import View

ABOVE = ("regular", "client", "extraordinary")


def section(view: View) -> Section:
    """The first page."""
    blocks: list[Block] = [Text(parts, lead=i == 0) for i, parts in enumerate(headline(view))]
    shown = tiles(view)
    if shown:
        blocks.append(Tiles(shown))
    if any(group.customers for group in view.firm.standing):
        blocks.append(standing_table(view))
    return Section("today", say("The state of your customer base"), tuple(blocks))


def headline(view: View) -> list[tuple[Inline, ...]]:
    """Paragraphs that say how the customer base is, most important first."""
    firm = view.firm
    if firm.customers == 0:
        return [
            (
                Strong(say("There are no orders yet.")),
                " " + say("Take in a file of orders, and this page says who your customers are."),
            ),
        ]
    if firm.kind == "one_off":
        return _one_off(view)
    if firm.kind == "too_few":
        return _too_few(view)
    found = [_now(view)]
    if firm.kind == "durable":
        found.append((view.why(firm.kind_why),))
    found += [parts for parts in (_depth(view), _year(view)) if parts]
    return found


def _now(view: View) -> tuple[Inline, ...]:
    firm, f = view.firm, view.f
    current, slipping = view.standing_count("current"), view.standing_count("slipping")
    early = view.standing_count("too early")
    parts: list[Inline] = [
        Strong(
            say_many(
                "{n} of your {all} customer buys as usual",
                "{n} of your {all} customers buy as usual",
                firm.customers,
                n=f.number(current),
                all=f.number(firm.customers),
            )
        ),
        f" ({formats.share(current / firm.customers)}).",
    ]
    if early:
        parts.append(" " + say("For {n} it is too early to tell.", n=f.number(early)))
    if not slipping:
        return (*parts, " " + say("Nobody is slipping away at the moment."))
    away = say_many("{n} is slipping away", "{n} are slipping away", slipping, n=f.number(slipping))
    parts += [" ", Strong(away)]
    risk = firm.value_at_risk
    if risk is None or risk.value <= 0:
        return (*parts, ".")
    return (
        *parts,
        ": "
        + say(
            "they should have bought by now. If they go, about {amount} of {money} a year goes with them (four times "
            "out of five {between}).",
            amount=f.about(risk.value),
            money=view.money,
            between=f.between(risk),
        ),
    )


def _depth(view: View) -> tuple[Inline, ...]:
    firm, f = view.firm, view.f
    above, brought = view.rung_count(*ABOVE), view.rung_share(*ABOVE)
    parts: list[Inline] = []
    if above and brought is not None:
        parts += [
            Strong(
                say_many(
                    "{n} is a regular, a client or extraordinary",
                    "{n} are regulars, clients or extraordinary",
                    above,
                    n=f.number(above),
                )
            ),
            ": "
            + say(
                "{share} of all customers, who made {sales} of the last 12 months' sales.",
                share=formats.share(above / firm.customers),
                sales=formats.share(brought),
            ),
        ]
    elif above == 0:
        parts.append(say("Nobody has bought often enough to be called a regular yet."))
    back = view.standing_count("won back")
    if back:
        parts.append(" " + say("{n} who had been given up came back lately.", n=f.number(back)))
    if firm.kept_best:
        last = firm.kept_best[-1]
        if last.best:
            parts.append(
                " "
                + say(
                    "Of the best tenth of the year to {day}, {share} bought again in the year after.",
                    day=formats.day(last.year_ending),
                    share=formats.share(last.kept / last.best),
                )
            )
    return tuple(parts)


def _year(view: View) -> tuple[Inline, ...]:
    f, parts = view.f, list[Inline]()
    if view.sales_year > 0:
        told = {"sales": f.money(view.sales_year)}
        before = view.sales_year_before
        full_year = view.firm.first_day is not None and (view.firm.as_of - view.firm.first_day).days >= 720
        if before > 0 and full_year:
            change = view.sales_year / before - 1
            told["share"] = formats.share(abs(change))
            parts.append(
                say(
                    "In the last 12 months your customers bought for {sales}, as much as in the 12 months before."
                    if abs(change) < 0.005
                    else "In the last 12 months your customers bought for {sales}, {share} more than in the 12 months "
                    "before."
                    if change > 0
                    else "In the last 12 months your customers bought for {sales}, {share} less than in the 12 months "
                    "before.",
                    **told,
                )
            )
        else:
            parts.append(say("In the last 12 months your customers bought for {sales}.", **told))
        parts.append(" ")
    value = view.firm.value_365
    if value is not None:
        parts.append(
            say(
                "From the customers you have now, expect about {amount} of {money} over the next 12 months ({range}).",
                amount=f.about(value.value),
                money=view.money,
                range=f.range(value),
            )
        )
    return tuple(parts)


def _one_off(view: View) -> list[tuple[Inline, ...]]:
    firm, f = view.firm, view.f
    recent = view.standing_count("recent")
    repeat = view.rung_count("repeat", *ABOVE)
    return [
        (
            Strong(say("Most of your customers buy once, and that is the nature of your trade.")),
            f" {view.why(firm.kind_why)} "
            + say_many(
                "So nobody is called slipping or lost here; the report only says who bought lately: {n} of {all} "
                "customer.",
                "So nobody is called slipping or lost here; the report only says who bought lately: {n} of {all} "
                "customers.",
                firm.customers,
                n=f.number(recent),
                all=f.number(firm.customers),
            ),
        ),
        (
            say_many("{n} customer did come back.", "{n} customers did come back.", repeat, n=f.number(repeat))
            + " "
            + say(
                "What helps a firm like yours: win new buyers at a good price, be recommended by those who were happy, "
                "and offer them something to come back for."
            ),
        ),
        _year(view),
    ]


def _too_few(view: View) -> list[tuple[Inline, ...]]:
    firm = view.firm
    few = say(
        "{customers} and {orders} so far: too few to be sure of anything.",
        customers=view.customers(firm.customers),
        orders=view.orders(firm.orders),
    )
    found: list[tuple[Inline, ...]] = [
        (Strong(few), f" {view.why(firm.kind_why)}"),
        _now(view),
    ]
    value = firm.value_365
    if value is not None:
        found.append(
            (
                say(
                    "Over the next 12 months they may bring {between} of {money}. The range narrows with every order.",
                    between=view.f.between(value),
                    money=view.money,
                ),
            )
        )
    return found


def tiles(view: View) -> tuple[Tile, ...]:
    """The figures of the first row."""
    found = _standing_tiles(view)
    firm, f = view.firm, view.f
    above, again = view.rung_count(*ABOVE), view.rung_count("repeat", *ABOVE)
    if firm.kind == "one_off" and firm.customers:
        found.append(Tile(say("Came back"), f.number(again), _of_customers(again / firm.customers)))
    elif above:
        brought = view.rung_share(*ABOVE)
        note = say("make {share} of sales", share=formats.share(brought)) if brought is not None else ""
        found.append(Tile(say("Regulars and above"), f.number(above), note))
    if firm.kept_best and firm.kept_best[-1].best:
        last = firm.kept_best[-1]
        kept = say("{n} of {all}", n=f.number(last.kept), all=f.number(last.best))
        found.append(Tile(say("Kept of last year's best"), formats.share(last.kept / last.best), kept))
    if firm.value_365 is not None and firm.value_365.value > 0 and firm.kind != "too_few":
        low, high = f.short(firm.value_365.low), f.short(firm.value_365.high)
        ends = say("{low} to {high}", low=low, high=high)
        found.append(Tile(view.expected, f.short(firm.value_365.value), ends))
    return tuple(found)


def _standing_tiles(view: View) -> list[Tile]:
    firm, f = view.firm, view.f
    found: list[Tile] = []
    for name in ("current", "recent"):
        if name in view.standing:
            group = view.standing[name]
            found.append(Tile(names.head(name), f.number(group.customers), _of_customers(group.share), name))
    if "slipping" in view.standing:
        risk = firm.value_at_risk
        note = say("{amount} a year at risk", amount=f.short(risk.value)) if risk and risk.value > 0 else ""
        found.append(Tile(names.head("slipping"), f.number(view.standing["slipping"].customers), note, "slipping"))
    back = view.standing_count("won back")
    if back:
        found.append(Tile(names.head("won back"), f.number(back), say("had lapsed"), "won back"))
    return found


def _of_customers(share: float) -> str:
    return say("{share} of customers", share=formats.share(share))


def standing_table(view: View) -> Table:
    """Everybody by standing: how many, what they bought, what is expected, what is at risk."""
    groups = [group for group in view.firm.standing if group.customers]
    columns = (
        Column(say("Standing"), "left"),
        Column(say("Customers")),
        Column(say("Share"), keep=False),
        Column(say("Regulars and above"), keep=False),
        Column(say("Sales, last 12 months"), keep=False),
        Column(view.expected),
        Column(say("Range"), keep=False),
        Column(say("At risk")),
    )
    kept = [0, 1, 2, 4, 5, 6] if view.firm.kind == "one_off" else range(len(columns))
    rows: list[tuple[Cell, ...]] = [(Status(group.name), *_figures(view, group)) for group in groups]
    return Table(
        say("Customers by standing"),
        tuple(columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in rows),
        note=_meanings(groups),
    )


def _figures(view: View, group: Group) -> tuple[str, ...]:
    f = view.f
    if group.name == "prospect":
        return (f.number(group.customers), "–", "–", "–", "–", "–", "–")
    at_risk = group.value_at_risk.value
    return (
        f.number(group.customers),
        formats.share(group.share),
        f.number(group.regulars_and_above),
        f.money(group.sales_365),
        f.about(group.value_365.value),
        f.range(group.value_365),
        f.about(at_risk) if group.name in ("slipping", "lapsed") and at_risk > 0 else "–",
    )


def _meanings(groups: list[Group]) -> str:
    words = [f"{names.called(g.name)}: {names.meaning(g.name)}" for g in groups if g.name in names.MEANINGS]
    lost = any(group.name == "lapsed" and group.value_at_risk.value > 0 for group in groups)
    tail = " " + say("What is at risk with the lapsed is most likely lost already.") if lost else ""
    text = "; ".join(words)
    return f"{text[:1].upper()}{text[1:]}.{tail}" if text else ""

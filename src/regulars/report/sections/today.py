"""The state of the customer base in plain words, the figures at a glance, and the standing of everybody."""

from __future__ import annotations

from regulars.insight.figures import Group
from regulars.report import formats
from regulars.report.blocks import Block, Cell, Column, Inline, Section, Status, Strong, Table, Text, Tile, Tiles
from regulars.report.view import View

ABOVE = ("regular", "client", "extraordinary")
MEANING = {
    "current": "buy as usual",
    "slipping": "should have bought by now",
    "lapsed": "will hardly come back by themselves",
    "won back": "were lapsed, bought again",
    "prospect": "haven't bought yet",
    "recent": "bought lately",
    "not recent": "bought longer ago",
    "too early": "too early to tell",
}


def section(view: View) -> Section:
    """The first page."""
    blocks: list[Block] = [Text(parts, lead=i == 0) for i, parts in enumerate(headline(view))]
    shown = tiles(view)
    if shown:
        blocks.append(Tiles(shown))
    if any(group.customers for group in view.firm.standing):
        blocks.append(standing_table(view))
    return Section("today", "The state of your customer base", tuple(blocks))


def headline(view: View) -> list[tuple[Inline, ...]]:
    """Paragraphs that say how the customer base is, most important first."""
    firm = view.firm
    if firm.customers == 0:
        return [
            (
                Strong("There are no orders yet."),
                " Take in a file of orders, and this page says who your customers are.",
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
        Strong(f"{f.number(current)} of your {view.customers(firm.customers)} buy as usual"),
        f" ({formats.share(current / firm.customers)}).",
    ]
    if early:
        parts.append(f" For {f.number(early)} it is too early to tell.")
    if not slipping:
        return (*parts, " Nobody is slipping away at the moment.")
    parts += [" ", Strong(f"{f.number(slipping)} {'is' if slipping == 1 else 'are'} slipping away")]
    risk = firm.value_at_risk
    if risk is None or risk.value <= 0:
        return (*parts, ".")
    return (
        *parts,
        f": they should have bought by now. If they go, about {f.about(risk.value)} of {view.money} a year goes with "
        f"them (four times out of five between {_ends(view)}).",
    )


def _ends(view: View) -> str:
    risk = view.firm.value_at_risk
    assert risk is not None  # noqa: S101 - asked for only where there is one
    return view.f.range(risk).replace(" to ", " and ")


def _depth(view: View) -> tuple[Inline, ...]:
    firm, f = view.firm, view.f
    above, brought = view.rung_count(*ABOVE), view.rung_share(*ABOVE)
    parts: list[Inline] = []
    if above and brought is not None:
        parts += [
            Strong(f"{f.number(above)} are regulars, clients or extraordinary"),
            f": {formats.share(above / firm.customers)} of all customers, who made {formats.share(brought)} of the "
            "last 12 months' sales.",
        ]
    elif above == 0:
        parts.append("Nobody has bought often enough to be called a regular yet.")
    back = view.standing_count("won back")
    if back:
        parts.append(f" {f.number(back)} who had been given up came back lately.")
    if firm.kept_best:
        last = firm.kept_best[-1]
        if last.best:
            parts.append(
                f" Of the best tenth of the year to {formats.day(last.year_ending)}, "
                f"{formats.share(last.kept / last.best)} bought again in the year after."
            )
    return tuple(parts)


def _year(view: View) -> tuple[Inline, ...]:
    f, parts = view.f, list[Inline]()
    if view.sales_year > 0:
        parts.append(f"In the last 12 months your customers bought for {f.money(view.sales_year)}")
        before = view.sales_year_before
        full_year = view.firm.first_day is not None and (view.firm.as_of - view.firm.first_day).days >= 720
        if before > 0 and full_year:
            change = view.sales_year / before - 1
            parts.append(
                ", as much as in the 12 months before"
                if abs(change) < 0.005
                else f", {formats.share(abs(change))} {'more' if change > 0 else 'less'} than in the 12 months before"
            )
        parts.append(". ")
    value = view.firm.value_365
    if value is not None:
        parts.append(
            f"From the customers you have now, expect about {f.about(value.value)} of {view.money} over the next 12 "
            f"months ({f.range(value)})."
        )
    return tuple(parts)


def _one_off(view: View) -> list[tuple[Inline, ...]]:
    firm, f = view.firm, view.f
    recent = view.standing_count("recent")
    repeat = view.rung_count("repeat", *ABOVE)
    return [
        (
            Strong("Most of your customers buy once, and that is the nature of your trade."),
            f" {view.why(firm.kind_why)} So nobody is called slipping or lost here; the report only says who bought "
            f"lately: {f.number(recent)} of {view.customers(firm.customers)}.",
        ),
        (
            f"{view.customers(repeat)} did come back. What helps a firm like yours: win new buyers at a good price, be "
            "recommended by those who were happy, and offer them something to come back for.",
        ),
        _year(view),
    ]


def _too_few(view: View) -> list[tuple[Inline, ...]]:
    firm = view.firm
    bought = f"{view.customers(firm.customers)} and {view.f.count(firm.orders, 'order')} so far"
    found: list[tuple[Inline, ...]] = [
        (Strong(f"{bought}: too few to be sure of anything."), f" {view.why(firm.kind_why)}"),
        _now(view),
    ]
    value = firm.value_365
    if value is not None:
        found.append(
            (
                f"Over the next 12 months they may bring between {view.f.range(value).replace(' to ', ' and ')} of "
                f"{view.money}. The range narrows with every order.",
            )
        )
    return found


def tiles(view: View) -> tuple[Tile, ...]:
    """The figures of the first row."""
    found = _standing_tiles(view)
    firm, f = view.firm, view.f
    above, again = view.rung_count(*ABOVE), view.rung_count("repeat", *ABOVE)
    if firm.kind == "one_off" and firm.customers:
        found.append(Tile("Came back", f.number(again), f"{formats.share(again / firm.customers)} of customers"))
    elif above:
        brought = view.rung_share(*ABOVE)
        note = f"make {formats.share(brought)} of sales" if brought is not None else ""
        found.append(Tile("Regulars and above", f.number(above), note))
    if firm.kept_best and firm.kept_best[-1].best:
        last = firm.kept_best[-1]
        kept = f"{f.number(last.kept)} of {f.number(last.best)}"
        found.append(Tile("Kept of last year's best", formats.share(last.kept / last.best), kept))
    if firm.value_365 is not None and firm.value_365.value > 0 and firm.kind != "too_few":
        low, high = f.short(firm.value_365.low), f.short(firm.value_365.high)
        found.append(Tile(f"Expected {view.money}, next 12 months", f.short(firm.value_365.value), f"{low} to {high}"))
    return tuple(found)


def _standing_tiles(view: View) -> list[Tile]:
    firm, f = view.firm, view.f
    found: list[Tile] = []
    for name in ("current", "recent"):
        if name in view.standing:
            group = view.standing[name]
            share = f"{formats.share(group.share)} of customers"
            found.append(Tile(name.capitalize(), f.number(group.customers), share, name))
    if "slipping" in view.standing:
        risk = firm.value_at_risk
        note = f"{f.short(risk.value)} a year at risk" if risk and risk.value > 0 else ""
        found.append(Tile("Slipping", f.number(view.standing["slipping"].customers), note, "slipping"))
    back = view.standing_count("won back")
    if back:
        found.append(Tile("Won back", f.number(back), "had lapsed", "won back"))
    return found


def standing_table(view: View) -> Table:
    """Everybody by standing: how many, what they bought, what is expected, what is at risk."""
    groups = [group for group in view.firm.standing if group.customers]
    columns = (
        Column("Standing", "left"),
        Column("Customers"),
        Column("Share", keep=False),
        Column("Regulars and above", keep=False),
        Column("Sales, last 12 months", keep=False),
        Column(f"Expected {view.money}, next 12 months"),
        Column("Range", keep=False),
        Column("At risk"),
    )
    kept = [0, 1, 2, 4, 5, 6] if view.firm.kind == "one_off" else range(len(columns))
    rows: list[tuple[Cell, ...]] = [(Status(group.name), *_figures(view, group)) for group in groups]
    return Table(
        "Customers by standing",
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
    words = [f"{group.name}: {MEANING[group.name]}" for group in groups if group.name in MEANING]
    lost = any(group.name == "lapsed" and group.value_at_risk.value > 0 for group in groups)
    tail = " What is at risk with the lapsed is most likely lost already." if lost else ""
    text = "; ".join(words)
    return f"{text[:1].upper()}{text[1:]}.{tail}" if text else ""

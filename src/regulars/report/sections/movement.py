"""How the customer base moved: sales and customers by standing over time, the ladder, who came and who went."""

from __future__ import annotations

from regulars.base.words import noted, say, say_many
from regulars.insight.figures import Flow, Group, Month
from regulars.report import charts, formats, theme
from regulars.report.blocks import Block, Chart, Column, Key, Section, Side, Status, Table, Text
from regulars.report.charts.time import FLOWS, ORDER, flow_sums
from regulars.report.names import called
from regulars.report.sections.today import ABOVE
from regulars.report.view import View

WHO = {
    "buyer": noted("{amount} from one who bought once"),
    "repeat": noted("{amount} from a repeat customer"),
    "regular": noted("{amount} from a regular"),
    "client": noted("{amount} from a client"),
    "extraordinary": noted("{amount} from an extraordinary one"),
}


def sales(view: View) -> Section | None:
    """Sales by standing over time, customers by standing, and the moves between standings."""
    months = view.firm.months
    if len(months) < 2 or not any(month.sales for month in months):
        return None
    chart = Chart(
        "sales-by-standing",
        _sales_title(view),
        say(
            "Columns, one a month from {first} to {last}: sales in {currency}, split by the standing that the buyers "
            "had at the end of the month.",
            first=formats.month(months[0].month),
            last=formats.month(months[-1].month),
            currency=view.firm.currency,
        ),
        charts.sales_by_standing(months, view.f.short),
        charts.sales_by_standing(months, view.f.short, wide=True),
        keys=_standing_keys(months),
        note=_unfinished(months),
    )
    flows = _told(view)
    moves = (_flow_chart(view, flows),) if sum(flow_sums(flows).values()) else ()
    return Section("sales", say("Who your sales come from"), (chart, Side((_customers_chart(view),), moves)))


def _sales_title(view: View) -> str:
    months = [month for month in view.firm.months if month.complete][-12:]
    total = sum(month.sales for month in months)
    if not months or total <= 0:
        return say("Sales by standing of the buyers")
    settled = sum(month.sales_by_standing.get(name, 0.0) for month in months for name in ("current", "recent"))
    figures = {"sales": view.f.short(total), "n": len(months), "share": formats.share(settled / total)}
    if view.firm.kind == "one_off":
        return say_many(
            "{sales} in the last {n} full month, {share} of it from customers who bought lately",
            "{sales} in the last {n} full months, {share} of it from customers who bought lately",
            len(months),
            **figures,
        )
    return say_many(
        "{sales} in the last {n} full month, {share} of it from current customers",
        "{sales} in the last {n} full months, {share} of it from current customers",
        len(months),
        **figures,
    )


def _standing_keys(months: list[Month]) -> tuple[Key, ...]:
    seen = [name for name in ORDER if any(month.sales_by_standing.get(name) for month in months)]
    return tuple(Key(called(name), theme.STANDING[name]) for name in seen)


def _unfinished(months: list[Month]) -> str:
    if months[-1].complete:
        return ""
    return say("{month} isn't over yet and drawn pale.", month=formats.month(months[-1].month))


def _customers_chart(view: View) -> Chart:
    months = view.firm.months
    now, before = months[-1].customers_by_standing, months[max(len(months) - 13, 0)].customers_by_standing
    names = ("current", "won back", "recent")
    change = sum(now.get(n, 0) for n in names) - sum(before.get(n, 0) for n in names)
    return Chart(
        "customers-by-standing",
        _change_title(view, change, None if len(months) >= 13 else len(months) - 1),
        say("Columns, one a month: all customers by the standing they had at its end."),
        charts.customers_by_standing(months, view.f.short_number),
    )


def _change_title(view: View, change: int, months: int | None) -> str:
    """How many more or fewer buy as usual than so many months ago; a year ago where it is None."""
    ago = say("a year ago") if months is None else say_many("{n} month ago", "{n} months ago", months, n=months)
    told = {"n": view.f.number(abs(change)), "ago": ago}
    one_off = view.firm.kind == "one_off"
    if not change:
        return say(
            "As many recent buyers as {ago}" if one_off else "As many customers who buy as usual as {ago}", **told
        )
    if one_off:
        return (
            say_many("{n} more recent buyer than {ago}", "{n} more recent buyers than {ago}", change, **told)
            if change > 0
            else say_many("{n} fewer recent buyer than {ago}", "{n} fewer recent buyers than {ago}", -change, **told)
        )
    if change > 0:
        return say_many(
            "{n} more customer who buys as usual than {ago}",
            "{n} more customers who buy as usual than {ago}",
            change,
            **told,
        )
    return say_many(
        "{n} fewer customer who buys as usual than {ago}",
        "{n} fewer customers who buy as usual than {ago}",
        -change,
        **told,
    )


def _told(view: View) -> list[Flow]:
    """Moves after the first month: where the orders begin, everybody looks new."""
    months = sorted({flow.month for flow in view.firm.flows})
    return [flow for flow in view.firm.flows if len(months) < 4 or flow.month > months[0]]


def _flow_chart(view: View, flows: list[Flow]) -> Chart:
    last = sorted({flow.month for flow in flows})[-12:]
    sums = flow_sums([flow for flow in flows if flow.month in last])
    n = view.f.number
    title = (
        say("In {months}: {new} new customers", months=view.months(len(last)), new=n(sums["new"]))
        if view.firm.kind == "one_off"
        else say(
            "In {months}: {new} won, {back} came back, {lapsed} lapsed",
            months=view.months(len(last)),
            new=n(sums["new"]),
            back=n(sums["back"]),
            lapsed=n(sums["lapsed"]),
        )
    )
    seen = flow_sums(flows)
    shown = [kind for kind in FLOWS if seen[kind]]
    return Chart(
        "flows",
        title,
        say(
            "Columns, one a month: above the line customers who were won or came back, below it those who began to "
            "slip or lapsed."
        ),
        charts.flows(flows, view.f.short_number),
        keys=tuple(Key(say(FLOWS[kind][0]), FLOWS[kind][1]) for kind in shown),
    )


def ladder(view: View) -> Section | None:
    """Rungs: how deep relations are, and what each brings."""
    rungs = [group for group in view.firm.rung if group.customers and group.name != "prospect"]
    if not rungs:
        return None
    above, brought = view.rung_count(*ABOVE), view.rung_share(*ABOVE)
    beside = tuple(Text((text,)) for text in (*_each(view, rungs), *_fading(view)))
    blocks: list[Block] = []
    if view.sales_year <= 0:
        blocks += beside
    else:
        title = (
            say(
                "Regulars and above: {share} of customers, {sales} of sales",
                share=formats.share(above / max(view.firm.customers, 1)),
                sales=formats.share(brought),
            )
            if above and brought is not None and view.firm.kind != "one_off"
            else say(
                "{share} of customers bought once",
                share=formats.share(view.rung_count("buyer") / max(view.firm.customers, 1)),
            )
        )
        chart = Chart(
            "ladder",
            title,
            say("Two bars a rung: its share of all customers, and its share of the last 12 months' sales.")
            + " "
            + "; ".join(
                say("{rung} {share} of customers", rung=called(g.name), share=formats.share(g.share)) for g in rungs
            ),
            charts.ladder(view.firm.rung),
            keys=(Key(say("share of customers"), theme.LINE), Key(say("share of sales"), theme.RUNG["regular"])),
        )
        blocks.append(Side((chart,), beside))
    blocks.append(rung_table(view, rungs))
    return Section("ladder", say("How deep relations go"), tuple(blocks))


def _each(view: View, rungs: list[Group]) -> list[str]:
    """What a customer of each rung brings."""
    words = [
        say(WHO[group.name], amount=view.f.about(group.sales_365 / group.customers))
        for group in rungs
        if group.sales_365 > 0
    ]
    if len(words) < 2:
        return []
    return [
        say(
            "Sales of the last 12 months, customer by customer: {all_but_last} and {last}.",
            all_but_last=", ".join(words[:-1]),
            last=words[-1],
        )
    ]


def rung_table(view: View, rungs: list[Group]) -> Table:
    """The ladder in figures, deepest rung first."""
    f = view.f
    return Table(
        say("The ladder"),
        (
            Column(say("Rung"), "left"),
            Column(say("Customers")),
            Column(say("Share"), keep=False),
            Column(say("Sales, last 12 months")),
            Column(say("Sales each"), keep=False),
            Column(view.expected),
            Column(say("Range"), keep=False),
        ),
        tuple(
            (
                Status(group.name),
                f.number(group.customers),
                formats.share(group.share),
                f.money(group.sales_365),
                f.about(group.sales_365 / group.customers),
                f.about(group.value_365.value),
                f.range(group.value_365),
            )
            for group in reversed(rungs)
        ),
    )


def _fading(view: View) -> list[str]:
    f, firm = view.f, view.firm
    parts = []
    if firm.fading and firm.kind != "one_off":
        parts.append(
            say_many(
                "{n} customer still buys but less than half as often as before: they fade before they slip.",
                "{n} customers still buy but less than half as often as before: they fade before they slip.",
                firm.fading,
                n=f.number(firm.fading),
            )
        )
    if firm.seasonal:
        parts.append(say("{n} buy by the calendar, at the same time each year.", n=f.number(firm.seasonal)))
    return [" ".join(parts)] if parts else []

"""How the customer base moved: sales and customers by standing over time, the ladder, who came and who went."""

from __future__ import annotations

from regulars.insight.figures import Flow, Group, Month
from regulars.report import charts, formats, theme
from regulars.report.blocks import Block, Chart, Column, Key, Section, Side, Status, Table, Text
from regulars.report.charts.time import FLOWS, ORDER, flow_sums
from regulars.report.sections.today import ABOVE
from regulars.report.view import View

WHO = {
    "buyer": "one who bought once",
    "repeat": "a repeat customer",
    "regular": "a regular",
    "client": "a client",
    "extraordinary": "an extraordinary one",
}


def sales(view: View) -> Section | None:
    """Sales by standing over time, customers by standing, and the moves between standings."""
    months = view.firm.months
    if len(months) < 2 or not any(month.sales for month in months):
        return None
    chart = Chart(
        "sales-by-standing",
        _sales_title(view),
        f"Columns, one a month from {formats.month(months[0].month)} to {formats.month(months[-1].month)}: sales in "
        f"{view.firm.currency}, split by the standing that the buyers had at the end of the month.",
        charts.sales_by_standing(months, view.f.short),
        charts.sales_by_standing(months, view.f.short, wide=True),
        keys=_standing_keys(months),
        note=_unfinished(months),
    )
    flows = _told(view)
    moves = (_flow_chart(view, flows),) if sum(flow_sums(flows).values()) else ()
    return Section("sales", "Who your sales come from", (chart, Side((_customers_chart(view),), moves)))


def _sales_title(view: View) -> str:
    months = [month for month in view.firm.months if month.complete][-12:]
    total = sum(month.sales for month in months)
    if not months or total <= 0:
        return "Sales by standing of the buyers"
    settled = sum(month.sales_by_standing.get(name, 0.0) for month in months for name in ("current", "recent"))
    noun = "customers who bought lately" if view.firm.kind == "one_off" else "current customers"
    return (
        f"{view.f.short(total)} in the last {view.f.count(len(months), 'full month')}, "
        f"{formats.share(settled / total)} of it from {noun}"
    )


def _standing_keys(months: list[Month]) -> tuple[Key, ...]:
    seen = [name for name in ORDER if any(month.sales_by_standing.get(name) for month in months)]
    return tuple(Key(name, theme.STANDING[name]) for name in seen)


def _unfinished(months: list[Month]) -> str:
    return "" if months[-1].complete else f"{formats.month(months[-1].month)} isn't over yet and drawn pale."


def _customers_chart(view: View) -> Chart:
    months = view.firm.months
    now, before = months[-1].customers_by_standing, months[max(len(months) - 13, 0)].customers_by_standing
    names = ("current", "won back", "recent")
    change = sum(now.get(n, 0) for n in names) - sum(before.get(n, 0) for n in names)
    period = "a year" if len(months) >= 13 else view.f.count(len(months) - 1, "month")
    one = abs(change) == 1
    who = "customer who buys as usual" if one else "customers who buy as usual"
    if view.firm.kind == "one_off":
        who = "recent buyer" if one else "recent buyers"
    title = (
        f"{view.f.number(abs(change))} {'more' if change > 0 else 'fewer'} {who} than {period} ago"
        if change
        else f"As many {who} as {period} ago"
    )
    return Chart(
        "customers-by-standing",
        title,
        "Columns, one a month: all customers by the standing they had at its end.",
        charts.customers_by_standing(months, view.f.short_number),
    )


def _told(view: View) -> list[Flow]:
    """Moves after the first month: where the orders begin, everybody looks new."""
    months = sorted({flow.month for flow in view.firm.flows})
    return [flow for flow in view.firm.flows if len(months) < 4 or flow.month > months[0]]


def _flow_chart(view: View, flows: list[Flow]) -> Chart:
    last = sorted({flow.month for flow in flows})[-12:]
    sums = flow_sums([flow for flow in flows if flow.month in last])
    n = view.f.number
    period = view.f.count(len(last), "month")
    title = f"In {period}: {n(sums['new'])} won, {n(sums['back'])} came back, {n(sums['lapsed'])} lapsed"
    if view.firm.kind == "one_off":
        title = f"In {period}: {n(sums['new'])} new customers"
    seen = flow_sums(flows)
    shown = [kind for kind in FLOWS if seen[kind]]
    return Chart(
        "flows",
        title,
        "Columns, one a month: above the line customers who were won or came back, below it those who began to slip or "
        "lapsed.",
        charts.flows(flows, view.f.short_number),
        keys=tuple(Key(FLOWS[kind][0], FLOWS[kind][1]) for kind in shown),
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
            f"Regulars and above: {formats.share(above / max(view.firm.customers, 1))} of customers, "
            f"{formats.share(brought)} of sales"
            if above and brought is not None and view.firm.kind != "one_off"
            else f"{formats.share(view.rung_count('buyer') / max(view.firm.customers, 1))} of customers bought once"
        )
        chart = Chart(
            "ladder",
            title,
            "Two bars a rung: its share of all customers, and its share of the last 12 months' sales. "
            + "; ".join(f"{g.name} {formats.share(g.share)} of customers" for g in rungs),
            charts.ladder(view.firm.rung),
            keys=(Key("share of customers", theme.LINE), Key("share of sales", theme.RUNG["regular"])),
        )
        blocks.append(Side((chart,), beside))
    blocks.append(rung_table(view, rungs))
    return Section("ladder", "How deep relations go", tuple(blocks))


def _each(view: View, rungs: list[Group]) -> list[str]:
    """What a customer of each rung brings."""
    words = [
        f"{view.f.about(group.sales_365 / group.customers)} from {WHO[group.name]}"
        for group in rungs
        if group.sales_365 > 0
    ]
    if len(words) < 2:
        return []
    return [f"Sales of the last 12 months, customer by customer: {', '.join(words[:-1])} and {words[-1]}."]


def rung_table(view: View, rungs: list[Group]) -> Table:
    """The ladder in figures, deepest rung first."""
    f = view.f
    return Table(
        "The ladder",
        (
            Column("Rung", "left"),
            Column("Customers"),
            Column("Share", keep=False),
            Column("Sales, last 12 months"),
            Column("Sales each", keep=False),
            Column(f"Expected {view.money}, next 12 months"),
            Column("Range", keep=False),
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
            f"{view.customers(firm.fading)} still {'buys' if firm.fading == 1 else 'buy'} but less than half as often "
            "as before: they fade before they slip."
        )
    if firm.seasonal:
        parts.append(f"{f.number(firm.seasonal)} buy by the calendar, at the same time each year.")
    return [" ".join(parts)] if parts else []

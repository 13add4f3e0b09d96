"""Do customers stay, who brings the sales, what do winning and keeping cost."""

from __future__ import annotations

from regulars.insight.figures import Cohort, Cost
from regulars.report import charts, formats, theme
from regulars.report.blocks import Block, Chart, Column, Key, Section, Side, Table, Text
from regulars.report.charts.cohorts import cohort_name, steps
from regulars.report.view import View


def cohorts(view: View) -> Section | None:
    """How many of those won in one period buy in the later ones."""
    rows = [cohort for cohort in view.firm.cohorts if cohort.customers and len(cohort.active) > 1]
    if not rows:
        return None
    period = rows[0].period
    limits = ["0", *(formats.share(step)[:-1] for step in steps(rows)), ""]
    keys = tuple(
        Key(f"{low}–{high}%" if high else f"{low}% and more", colour)
        for low, high, colour in zip(limits, limits[1:], theme.HEAT, strict=False)
    )
    chart = Chart(
        "cohorts",
        _cohort_title(_after_start(rows)),
        f"A table of colours: each row is the customers won in one {period}, each cell the share of them in percent "
        f"that bought in a later {period}.",
        charts.cohort_map(rows),
        keys=keys,
        note=f"Of the customers won in one {period}: percent that bought in the 1st, 2nd, 3rd … {period} after.",
    )
    beside = tuple(Text((text,)) for text in _cohort_story(view, _after_start(rows)))
    return Section("cohorts", "Do new customers stay?", (Side((chart,), beside),))


def _cohort_story(view: View, rows: list[Cohort]) -> list[str]:
    """The oldest cohort as an example, and whether newer customers come back more or less than older ones."""
    first, period = rows[0], rows[0].period
    steps = [1, len(first.active) - 1] if len(first.active) > 2 else [1]
    shares = [formats.in_hundred(first.active[k] / first.customers) for k in steps]
    found = [
        f"{view.customers(first.customers)} were won in {cohort_name(first)}. One {period} later {shares[0]} of them "
        "bought" + (f", {view.f.count(steps[-1], period)} later {shares[-1]}." if len(steps) > 1 else ".")
    ]
    known = [cohort for cohort in rows if len(cohort.active) > 2]  # whose first later period is over
    if len(known) >= 4:
        half = len(known) // 2
        older, newer = (
            sum(c.active[1] for c in part) / sum(c.customers for c in part) for part in (known[:half], known[half:])
        )
        found.append(
            f"Of newer customers {formats.share(newer)} buy again in the next {period}, of older ones it was "
            f"{formats.share(older)}: "
            + (
                "new customers stay as well as they used to."
                if abs(newer - older) < max(0.02, 0.1 * older)
                else "new customers stay better than they used to."
                if newer > older
                else "new customers stay less than they used to."
            )
        )
    return found


def _after_start(rows: list[Cohort]) -> list[Cohort]:
    """Without the first: where the orders begin, everybody looks new."""
    return rows[1:] if len(rows) > 3 else rows


def _cohort_title(rows: list[Cohort]) -> str:
    period = rows[0].period
    at = 4 if period == "quarter" else 12
    old = [cohort for cohort in rows if len(cohort.active) > at]
    where = "a year later" if old else f"in the next {period}"
    judged, at = (old, at) if old else (rows, 1)
    kept = sum(cohort.active[at] for cohort in judged) / sum(cohort.customers for cohort in judged)
    return f"{formats.in_hundred(kept)} new customers buy {where}"


def concentration(view: View) -> Section | None:
    """How much the best bring, whether they stay, and what winning and keeping cost."""
    shares = view.firm.concentration
    blocks: list[Block] = []
    kept = (_kept_table(view),) if view.firm.kept_best else ()
    if shares.curve and shares.top_tenth_share is not None:
        top = shares.top_hundredth_share
        curve = (
            Chart(
                "concentration",
                f"The best tenth of customers bring {formats.share(shares.top_tenth_share)} of sales"
                + (f", the best hundredth {formats.share(top)}" if top is not None else ""),
                "A curve: customers from best to least along the bottom, the share of the last 12 months' sales "
                "that they bring together upwards. The higher it bends above the straight line, the fewer customers "
                "matter most.",
                charts.concentration(shares),
            ),
        )
        blocks.append(Side(curve, kept))
    else:
        blocks += kept
    if view.firm.cost is not None:
        blocks += _cost(view, view.firm.cost)
    return Section("concentration", "Who matters most, and do they stay?", tuple(blocks)) if blocks else None


def _kept_table(view: View) -> Table:
    f = view.f
    return Table(
        "The best of each year: how many bought again",
        (
            Column("Year to", "left"),
            Column("Its best tenth"),
            Column("Bought in the year after"),
            Column("Kept"),
            Column("Sales in the year", keep=False),
            Column("Sales in the year after", keep=False),
        ),
        tuple(
            (
                formats.short_day(year.year_ending),
                f.number(year.best),
                f.number(year.kept),
                formats.share(year.kept / year.best if year.best else None),
                f.money(year.sales_then),
                f.money(year.sales_next),
            )
            for year in reversed(view.firm.kept_best)
        ),
    )


def _cost(view: View, cost: Cost) -> list[Block]:
    f = view.f
    span = f"{formats.month(cost.month_from)} to {formats.month(cost.month_until)}"
    sentences = []
    if cost.cost_to_win is not None:
        sentences.append(
            f"From {span}, winning a customer cost {f.money(cost.cost_to_win)} ({view.customers(cost.won)} won)."
        )
    if cost.cost_to_keep is not None:
        sentences.append(f"Keeping one cost {f.money(cost.cost_to_keep)} ({view.customers(cost.kept)} kept).")
        if cost.cost_to_win:
            ratio = cost.cost_to_win / cost.cost_to_keep if cost.cost_to_keep > 0 else 0
            if ratio >= 1.2:
                sentences.append(f"Winning is {f.number(ratio, 1)} times as dear as keeping.")
    blocks: list[Block] = [Text((" ".join(sentences),))] if sentences else []
    if cost.by_source:
        blocks.append(
            Table(
                f"Spend on winning customers, {span}",
                (Column("Source", "left", wide=True), Column("Spend"), Column("Customers won"), Column("Each")),
                tuple(
                    (source, f.money(spend), *_won(view, spend, won))
                    for source, (spend, won) in sorted(cost.by_source.items(), key=lambda item: -item[1][0])
                ),
            )
        )
    return blocks


def _won(view: View, spend: float, won: int | None) -> tuple[str, str]:
    if won is None:
        return "not known", "–"
    return view.f.number(won), view.f.money(spend / won) if won else "–"

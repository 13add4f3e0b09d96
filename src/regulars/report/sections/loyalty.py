"""Do customers stay, who brings the sales, what do winning and keeping cost."""

from __future__ import annotations

from regulars.base.words import say, say_in, say_many
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
    quarters = rows[0].period == "quarter"
    limits = ["0", *(formats.share(step) for step in steps(rows)), ""]
    keys = tuple(
        Key(f"{low}–{high}" if high else say("{share} and more", share=low), colour)
        for low, high, colour in zip(limits, limits[1:], theme.HEAT, strict=False)
    )
    chart = Chart(
        "cohorts",
        _cohort_title(_after_start(rows)),
        say(
            "A table of colours: each row is the customers won in one quarter, each cell the share of them in percent "
            "that bought in a later quarter."
            if quarters
            else "A table of colours: each row is the customers won in one month, each cell the share of them in "
            "percent that bought in a later month."
        ),
        charts.cohort_map(rows),
        keys=keys,
        note=say(
            "Of the customers won in one quarter: percent that bought in the 1st, 2nd, 3rd … quarter after."
            if quarters
            else "Of the customers won in one month: percent that bought in the 1st, 2nd, 3rd … month after."
        ),
    )
    beside = tuple(Text((text,)) for text in _cohort_story(view, _after_start(rows)))
    return Section("cohorts", say("Do new customers stay?"), (Side((chart,), beside),))


def _cohort_story(view: View, rows: list[Cohort]) -> list[str]:
    """The oldest cohort as an example, and whether newer customers come back more or less than older ones."""
    first, quarters = rows[0], rows[0].period == "quarter"
    found = [_example(view, first)]
    known = [cohort for cohort in rows if len(cohort.active) > 2]  # whose first later period is over
    if len(known) >= 4:
        half = len(known) // 2
        older, newer = (
            sum(c.active[1] for c in part) / sum(c.customers for c in part) for part in (known[:half], known[half:])
        )
        shares = {"newer": formats.share(newer), "older": formats.share(older)}
        found.append(
            say("Of newer customers {newer} buy again in the next quarter, of older ones it was {older}:", **shares)
            if quarters
            else say("Of newer customers {newer} buy again in the next month, of older ones it was {older}:", **shares)
        )
        found[-1] += " " + say(
            "new customers stay as well as they used to."
            if abs(newer - older) < max(0.02, 0.1 * older)
            else "new customers stay better than they used to."
            if newer > older
            else "new customers stay less than they used to."
        )
    return found


def _example(view: View, first: Cohort) -> str:
    """What became of one cohort."""
    quarters = first.period == "quarter"
    last = len(first.active) - 1
    shares = [formats.in_hundred(first.active[k] / first.customers) for k in (1, last)]
    won = say_many(
        "{n} customer was won in {period}.",
        "{n} customers were won in {period}.",
        first.customers,
        n=view.f.number(first.customers),
        period=cohort_name(first),
    )
    if last == 1:
        after = say(
            "One quarter later {share} of them bought." if quarters else "One month later {share} of them bought.",
            share=shares[0],
        )
        return f"{won} {after}"
    told = {"share": shares[0], "n": view.f.number(last), "last": shares[1]}
    after = (
        say("One quarter later {share} of them bought, {n} quarters later {last}.", **told)
        if quarters
        else say("One month later {share} of them bought, {n} months later {last}.", **told)
    )
    return f"{won} {after}"


def _after_start(rows: list[Cohort]) -> list[Cohort]:
    """Without the first: where the orders begin, everybody looks new."""
    return rows[1:] if len(rows) > 3 else rows


def _cohort_title(rows: list[Cohort]) -> str:
    period = rows[0].period
    at = 4 if period == "quarter" else 12
    old = [cohort for cohort in rows if len(cohort.active) > at]
    judged, at = (old, at) if old else (rows, 1)
    kept = sum(cohort.active[at] for cohort in judged) / sum(cohort.customers for cohort in judged)
    return say(
        "{share} new customers buy a year later"
        if old
        else "{share} new customers buy in the next quarter"
        if period == "quarter"
        else "{share} new customers buy in the next month",
        share=formats.in_hundred(kept),
    )


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
                say(
                    "The best tenth of customers bring {tenth} of sales"
                    if top is None
                    else "The best tenth of customers bring {tenth} of sales, the best hundredth {hundredth}",
                    tenth=formats.share(shares.top_tenth_share),
                    hundredth=formats.share(top),
                ),
                say(
                    "A curve: customers from best to least along the bottom, the share of the last 12 months' sales "
                    "that they bring together upwards. The higher it bends above the straight line, the fewer "
                    "customers matter most."
                ),
                charts.concentration(shares),
            ),
        )
        blocks.append(Side(curve, kept))
    else:
        blocks += kept
    if view.firm.cost is not None:
        blocks += _cost(view, view.firm.cost)
    return Section("concentration", say("Who matters most, and do they stay?"), tuple(blocks)) if blocks else None


def _kept_table(view: View) -> Table:
    f = view.f
    return Table(
        say("The best of each year: how many bought again"),
        (
            Column(say("Year to"), "left"),
            Column(say("Its best tenth")),
            Column(say("Bought in the year after")),
            Column(say_in("customers who stayed", "Kept")),
            Column(say("Sales in the year"), keep=False),
            Column(say("Sales in the year after"), keep=False),
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
    months = {"first": formats.month(cost.month_from), "last": formats.month(cost.month_until)}
    sentences = []
    if cost.cost_to_win is not None:
        sentences.append(
            say(
                "From {first} to {last}, winning a customer cost {cost} ({customers} won).",
                **months,
                cost=f.money(cost.cost_to_win),
                customers=view.customers(cost.won),
            )
        )
    if cost.cost_to_keep is not None:
        sentences.append(
            say(
                "Keeping one cost {cost} ({customers} kept).",
                cost=f.money(cost.cost_to_keep),
                customers=view.customers(cost.kept),
            )
        )
        if cost.cost_to_win:
            ratio = cost.cost_to_win / cost.cost_to_keep if cost.cost_to_keep > 0 else 0
            if ratio >= 1.2:
                sentences.append(say("Winning is {ratio} times as dear as keeping.", ratio=f.number(ratio, 1)))
    blocks: list[Block] = [Text((" ".join(sentences),))] if sentences else []
    if cost.by_source:
        blocks.append(
            Table(
                say("Spend on winning customers, {first} to {last}", **months),
                (
                    Column(say("Source"), "left", wide=True),
                    Column(say("Spend")),
                    Column(say("Customers won")),
                    Column(say("Each")),
                ),
                tuple(
                    (source, f.money(spend), *_won(view, spend, won))
                    for source, (spend, won) in sorted(cost.by_source.items(), key=lambda item: -item[1][0])
                ),
            )
        )
    return blocks


def _won(view: View, spend: float, won: int | None) -> tuple[str, str]:
    if won is None:
        return say("not known"), "–"
    return view.f.number(won), view.f.money(spend / won) if won else "–"

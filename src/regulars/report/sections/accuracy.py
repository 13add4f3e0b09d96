"""Did what was said come true? The charts of it, and how far this report can be trusted."""

from __future__ import annotations

from regulars.base.words import noted, say, say_many
from regulars.insight.figures import Backtest, Candidate, Origin
from regulars.report import charts, formats, theme
from regulars.report.blocks import Block, Chart, Column, Inline, Key, Section, Side, Strong, Table, Text
from regulars.report.view import View
from regulars.report.words import called

BACK = {
    "current": noted("Of the current, came back"),
    "recent": noted("Of the recent, came back"),
    "slipping": noted("Of the slipping, came back"),
    "lapsed": noted("Of the lapsed, came back"),
    "not recent": noted("Of the not recent, came back"),
}
"""Heads of columns, by standing."""


def hold(view: View) -> Section | None:
    """Tracking and calibration: predictions against what happened."""
    test = view.firm.backtest
    if test is None or not test.enough:
        return None
    weeks = (_tracking_chart(view, test),) if any(point.holdout for point in test.tracking) else ()
    chances = (_calibration_chart(test),) if sum(b.customers > 0 for b in test.return_calibration) >= 2 else ()
    if not weeks and not chances:
        return None
    return Section("hold", say("Do the predictions hold?"), (Side(weeks or chances, chances if weeks else ()),))


def _tracking_chart(view: View, test: Backtest) -> Chart:
    held = [point for point in test.tracking if point.holdout]
    inside = sum(point.low <= point.actual <= point.high for point in held)
    return Chart(
        "tracking",
        say_many(
            "{inside} of the last {n} week fell into the range that was predicted",
            "{inside} of the last {n} weeks fell into the range that was predicted",
            len(held),
            inside=view.f.number(inside),
            n=view.f.number(len(held)),
        ),
        say(
            "Two lines over weeks: repeat purchases that happened, and those that the model says; after the dashed "
            "line it predicts without knowing what happened, with its range that holds four times out of five."
        ),
        charts.tracking(test.tracking, view.f.short_number),
        keys=(
            Key(say("happened"), theme.INK),
            Key(say("said"), theme.ACCENT),
            Key(say("range"), theme.BAND),
        ),
        note=say("Repeat purchases a week. Left of the dashed line the model had seen them, right of it it had not."),
    )


def _calibration_chart(test: Backtest) -> Chart:
    bins = [b for b in test.return_calibration if b.customers]
    total = sum(b.customers for b in bins)
    off = sum(abs(b.predicted - b.actual) * b.customers for b in bins) / total
    lowest, highest = min(bins, key=lambda b: b.predicted), max(bins, key=lambda b: b.predicted)
    return Chart(
        "calibration",
        say("A stated chance is off by {points} points on average", points=formats.plain(max(off * 100, 0.1), 1)),
        say(
            "Dots near a straight line: of those told {low_said}, {low} came back; of those told {high_said}, {high} "
            "did.",
            low_said=formats.in_hundred(lowest.predicted),
            low=formats.in_hundred(lowest.actual),
            high_said=formats.in_hundred(highest.predicted),
            high=formats.in_hundred(highest.actual),
        ),
        charts.calibration(bins),
        note=say("Upwards: how many did come back. On the dashed line both agree; larger dots are more customers."),
    )


def trust(view: View) -> Section | None:
    """How far all this can be trusted: one sentence, the check of standing, every model that was tried."""
    test = view.firm.backtest
    if test is None:
        return None
    blocks: list[Block] = [Text(parts, lead=i == 0) for i, parts in enumerate(verdict(view))]
    if test.enough and test.origins:
        blocks.append(origins_table(view, test.origins))
    if test.candidates:
        blocks.append(candidates_table(view, test))
    return Section("trust", say("How far can this be trusted?"), tuple(blocks))


def verdict(view: View) -> list[tuple[Inline, ...]]:
    """The backtest in a sentence or three."""
    test, f = view.firm.backtest, view.f
    if test is None or not test.enough or not test.origins:
        why = f" {view.why(test.why)} " if test is not None else " "
        return [
            (
                Strong(say("There is too little past to test the predictions on.")),
                why + say("Take every figure about the future as a rough guess until there is more."),
            )
        ]
    last = test.origins[-1]
    first: tuple[Inline, ...] = (
        Strong(
            say(
                "On {day} we would have said {purchases} by {until}; there were {actual}.",
                day=formats.day(last.as_of),
                purchases=view.purchases(last.predicted.value),
                until=formats.day(last.until),
                actual=f.number(last.actual),
            )
        ),
        " "
        + say(
            "The range given with it, {low} to {high}, held."
            if last.predicted.low <= last.actual <= last.predicted.high
            else "The range given with it, {low} to {high}, did not hold.",
            low=f.number(last.predicted.low),
            high=f.number(last.predicted.high),
        ),
    )
    falls = "" if view.firm.kind == "one_off" else _falls(test)
    return [first, (_against_baselines(test), falls), (view.why(test.why),)]


def _against_baselines(test: Backtest) -> str:
    if test.beats_every_baseline:
        if not test.best_baseline:
            return say("It predicts better than every simple rule we tried.") + " "
        best = called(test.best_baseline)
        return say("It predicts better than every simple rule we tried, the best of them “{rule}”.", rule=best) + " "
    if test.best_baseline and test.why.code != "baseline_wins":  # which says so itself
        return say("A simple rule, “{rule}”, predicts about as well.", rule=called(test.best_baseline)) + " "
    return ""


def _falls(test: Backtest) -> str:
    if test.standing_falls is None:
        return ""
    if test.standing_falls:
        return say(
            "On every date tried, current customers came back more often than slipping ones, and those more often "
            "than lapsed ones."
        )
    return say(
        "Not on every date did current customers come back more often than slipping and lapsed ones: take standing "
        "with care."
    )


def origins_table(view: View, origins: list[Origin]) -> Table:
    """Date by date: what would have been said about the time after it, and what happened."""
    f = view.f
    names = [name for name in BACK if any(name in origin.standing for origin in origins)]
    return Table(
        say("What would have been said, and what happened"),
        (
            Column(say("Said on"), "left"),
            Column(say("about the time to"), "left", keep=False),
            Column(say("Purchases said")),
            Column(say("Range"), keep=False),
            Column(say("Happened")),
            *(Column(say(BACK[name]), keep=False) for name in names),
        ),
        tuple(
            (
                formats.short_day(origin.as_of),
                formats.short_day(origin.until),
                f.number(origin.predicted.value),
                say("{low} to {high}", low=f.number(origin.predicted.low), high=f.number(origin.predicted.high)),
                f.number(origin.actual),
                *(formats.share(origin.standing[name][2]) if name in origin.standing else "–" for name in names),
            )
            for origin in origins
        ),
    )


def candidates_table(view: View, test: Backtest) -> Table:
    """Every model and plain rule, best first; those that could not be used last, with why."""
    used = sorted((c for c in test.candidates if c.not_used is None), key=lambda c: -c.log_score)
    unused = [c for c in test.candidates if c.not_used is not None]
    rows = [_candidate(view, c) for c in used]
    rows += [(called(c.name), _kind(c), "–", "–", "–", "–", "–") for c in unused]
    chosen = frozenset(i for i, c in enumerate(used) if c.name == test.chosen)
    why = " ".join(f"{called(c.name)}: {view.why(c.not_used)}" for c in unused if c.not_used is not None)
    return Table(
        say("Everything that was tried, best first"),
        (
            Column(say("Model or rule"), "left"),
            Column(say("Kind"), "left", keep=False),
            Column(say("Score")),
            Column(say("Purchases said")),
            Column(say("Happened"), keep=False),
            Column(say("Typical miss"), keep=False),
            Column(say("In the {share} range", share=formats.share(0.8))),
        ),
        tuple(rows),
        note=say(
            "Score: average log probability of what happened, nearer to zero is better. Typical miss: purchases a "
            "customer, on average. The one in bold is used. {why}",
            why=why,
        ).strip(),
        strong_rows=chosen,
    )


def _candidate(view: View, candidate: Candidate) -> tuple[str, ...]:
    f = view.f
    return (
        called(candidate.name),
        _kind(candidate),
        f.number(candidate.log_score, 3),
        f.number(candidate.predicted),
        f.number(candidate.actual),
        f.number(candidate.mae, 2),
        formats.share(candidate.pit_80),
    )


def _kind(candidate: Candidate) -> str:
    return say("model") if candidate.kind == "model" else say("simple rule")

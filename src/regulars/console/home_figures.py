"""The five figures at the top of Home: what each is now, where it goes, and its range where it is a guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from regulars.console import customers, phrases
from regulars.console.latest import Latest
from regulars.console.phrases import Figures
from regulars.insight.figures import Firm, Group

ABOVE = ("regular", "client", "extraordinary")
Good = Literal["up", "down", "neither"]


@dataclass(frozen=True)
class Figure:
    """One figure. `change`: in words; `direction`: up, down or level; `good`: whether that is what a firm wants."""

    label: str
    value: str
    note: str = ""
    change: str = ""
    direction: str = ""
    good: bool | None = None
    link: str = ""
    status: str = ""


@dataclass(frozen=True)
class Before:
    """What to compare with: an earlier run, or the month before in the figures of this one."""

    words: str
    standing: Callable[[str], int | None]
    rungs: Callable[[Sequence[str]], int | None]


def before(firm: Firm, earlier: Latest | None) -> Before | None:
    """An earlier run of about a month ago; without one the last finished month, which every run tells of."""
    if earlier is not None:
        then = earlier.firm
        return Before(
            _("since %(day)s") % {"day": phrases.short_day(then.as_of)},
            lambda name: count(then.standing, name),
            lambda names: sum(count(then.rung, name) for name in names),
        )
    finished = [month for month in firm.months if month.complete]
    if not finished:
        return None
    last = finished[-1]
    return Before(
        _("since the end of last month"),
        lambda name: last.customers_by_standing.get(name),
        lambda names: sum(last.customers_by_rung.get(name, 0) for name in names),
    )


def count(groups: Sequence[Group], name: str) -> int:
    """Customers of one standing or rung."""
    return next((group.customers for group in groups if group.name == name), 0)


def figures(firm: Firm, earlier: Latest | None, f: Figures, *, money: bool) -> list[Figure]:
    """The five figures of the firm's kind; fewer where the data can't say."""
    then = before(firm, earlier)
    if firm.kind == "one_off":
        found = [_standing(firm, "recent", _("Bought lately"), then, f, "up"), _again(firm, then, f)]
    else:
        found = [
            _standing(firm, "current", _("Current"), then, f, "up"),
            _slipping(firm, then, f, money=money),
            _standing(firm, "won back", _("Won back"), then, f, "up"),
            _above(firm, then, f),
        ]
    kept = _kept(firm)
    found += [kept] if kept else []
    if len(found) < 5 and money:
        found += [figure for figure in [_expected(firm, f)] if figure]
    return found[:5]


def _standing(firm: Firm, name: str, label: str, then: Before | None, f: Figures, good: Good) -> Figure:
    now = count(firm.standing, name)
    share = phrases.percent(now / firm.customers) if firm.customers else ""
    note = _("%(share)s of customers") % {"share": share} if share else ""
    change = _change(now, then.standing(name) if then else None, then, f, good)
    return Figure(label, f.number(now), note, *change, link=customers.link(standing=name), status=name)


def _slipping(firm: Firm, then: Before | None, f: Figures, *, money: bool) -> Figure:
    now = count(firm.standing, "slipping")
    note = ""
    if money and firm.value_at_risk and firm.value_at_risk.value > 0:
        note = _("worth %(amount)s a year (%(range)s)") % {
            "amount": f.about(firm.value_at_risk.value),
            "range": f.between(firm.value_at_risk),
        }
    change = _change(now, then.standing("slipping") if then else None, then, f, "down")
    link = customers.link(standing="slipping", sort="risk")
    return Figure(_("Slipping"), f.number(now), note, *change, link=link, status="slipping")


def _above(firm: Firm, then: Before | None, f: Figures) -> Figure:
    now = sum(count(firm.rung, name) for name in ABOVE)
    total = sum(max(group.sales_365, 0.0) for group in firm.rung)
    brought = sum(max(group.sales_365, 0.0) for group in firm.rung if group.name in ABOVE)
    note = _("make %(share)s of sales") % {"share": phrases.percent(brought / total)} if total > 0 else ""
    change = _change(now, then.rungs(ABOVE) if then else None, then, f, "up")
    link = customers.link(rung=ABOVE)
    return Figure(_("Regulars and above"), f.number(now), note, *change, link=link)


def _again(firm: Firm, then: Before | None, f: Figures) -> Figure:
    names = ("repeat", *ABOVE)
    now = sum(count(firm.rung, name) for name in names)
    change = _change(now, then.rungs(names) if then else None, then, f, "up")
    return Figure(_("Came back"), f.number(now), "", *change, link=customers.link(rung=names))


def _kept(firm: Firm) -> Figure | None:
    if not firm.kept_best or not firm.kept_best[-1].best:
        return None
    last = firm.kept_best[-1]
    now = last.kept / last.best
    note = _("%(kept)s of %(best)s bought again") % {"kept": last.kept, "best": last.best}
    change, direction, good = "", "", None
    if len(firm.kept_best) > 1 and firm.kept_best[-2].best:
        year = firm.kept_best[-2]
        points = (now - year.kept / year.best) * 100
        direction = "level" if abs(points) < 0.5 else "up" if points > 0 else "down"
        good = None if direction == "level" else points > 0
        change = _("%(n)s points against the year before") % {"n": f"{points:+.0f}"}
    return Figure(_("Kept of last year's best"), phrases.percent(now), note, change, direction, good)


def _expected(firm: Firm, f: Figures) -> Figure | None:
    if firm.value_365 is None or firm.value_365.value <= 0:
        return None
    label = _("Expected margin, next 12 months") if firm.money == "margin" else _("Expected sales, next 12 months")
    return Figure(label, f.about(firm.value_365.value), f.between(firm.value_365))


def _change(now: int, then: int | None, before: Before | None, f: Figures, good: Good) -> tuple[str, str, bool | None]:
    """Words, direction, and whether that is good."""
    if then is None or before is None:
        return "", "", None
    if now == then:
        return _("unchanged %(since)s") % {"since": before.words}, "level", None
    direction = "up" if now > then else "down"
    words = phrases.percent(abs(now - then) / then) if then >= 50 else f.number(abs(now - then))
    sign = "+" if now > then else "\N{MINUS SIGN}"
    return f"{sign}{words} {before.words}", direction, None if good == "neither" else direction == good

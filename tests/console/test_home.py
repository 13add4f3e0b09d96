"""Home: figures with directions, what changed, what to do, goals, and what is said when something is missing."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.console import shops
from tests.members import browser, member
from tests.report import firms
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import goals, home_figures, latest, todo
from regulars.console.models import Goal
from regulars.console.phrases import figures
from regulars.customers.actions_work import add_task
from regulars.customers.models import Consent, RefreshFailure, Run, StandingChange
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import roles

HOME = "/console/home/"


@every_database
def test_it_answers_how_the_base_is_and_what_to_do(shop: Workspace) -> None:
    add_task("Call the roaster", due=clock.now().date() - timedelta(days=1))
    Consent.objects.filter(customer_id=1).update(expires_at=clock.now() + timedelta(days=20))
    run = Run.objects.get()
    for number in (4, 8, 12):
        StandingChange.objects.create(
            customer_id=number, run=run, day=run.as_of, standing_before="current", standing="slipping",
            rung_before="buyer", rung="buyer",
        )  # fmt: skip
    text = browser(member("owner")).get(HOME).text
    for words in ("Your customers on", "Slipping", "Won back", "worth €", "1 task is due", "1 of it late"):
        assert words in text
    assert "3 customers are now slipping" in text
    assert "Consent of 1 customer ends" in text
    assert text.count('<svg class="') >= 0
    assert 'role="img"' in text  # the chart says what it shows


def test_what_is_to_be_done_leads_where_the_member_may_go(shop: Workspace) -> None:
    Consent.objects.filter(customer_id=1).update(expires_at=clock.now() + timedelta(days=20))
    told = {}
    for role in roles.ROLES:
        who = member(role)
        found = todo.todos(latest.latest(), role, who.pk, clock.now().date(), figures("EUR", "en"))
        assert {browser(who).get(one.link).status_code for one in found} == {200}, role
        told[role] = any("Consent of 1 customer ends" in one.text for one in found)
    assert told == {"owner": True, "marketer": True, "agent": True, "analyst": False, "viewer": False}


def test_without_orders_it_teaches_what_to_do(workspace: Workspace) -> None:
    text = browser(member("owner")).get(HOME).text
    assert "Start with your orders" in text
    for page in ("insight/", "insight/backtest/", "insight/model/"):
        assert "Start with your orders" in browser(member("owner", email=f"{page}@kohvik.example")).get(
            f"/console/{page}"
        ).text  # fmt: skip


def test_a_failed_refresh_is_said_plainly_until_one_succeeds(shop: Workspace) -> None:
    who = member("owner")
    RefreshFailure.objects.create(at=clock.now(), stage="refresh", message="The disk is full.")
    assert "The disk is full." in browser(who).get(HOME).text
    Run.objects.update(synced_at=clock.now())
    assert "The disk is full." not in browser(who).get(HOME).text


def test_who_may_not_see_money_sees_none(shop: Workspace) -> None:
    who = member("viewer")
    type(who).objects.filter(pk=who.pk).update(role="viewer")
    f = figures("EUR", "en")
    shown = home_figures.figures(firms.repeat_shop(), None, f, money=False)
    assert not [figure for figure in shown if "€" in figure.note + figure.value]


@pytest.mark.parametrize("name", list(firms.FIRMS))
def test_every_kind_of_firm_has_figures(workspace: Workspace, name: str) -> None:
    shops.fill(firms.FIRMS[name](), names=("Mari",))
    client = browser(member("owner"))
    for page in (HOME, "/console/insight/", "/console/insight/backtest/", "/console/insight/model/"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "nan" not in answer.text.lower().replace("finance", "").replace("nano", "").split()


def test_directions_against_an_earlier_run() -> None:
    firm = firms.repeat_shop()
    f = figures("EUR", "en")
    fewer = [msgspec.structs.replace(g, customers=max(g.customers - 60, 0)) for g in firm.standing]
    then = msgspec.structs.replace(firm, standing=fewer, as_of=firm.as_of - timedelta(days=30))

    class Earlier:
        firm = then

    shown = {figure.status: figure for figure in home_figures.figures(firm, Earlier(), f, money=True)}  # type: ignore[arg-type]
    assert (shown["current"].direction, shown["current"].good) == ("up", True)
    assert (shown["slipping"].direction, shown["slipping"].good) == ("up", False)


@every_database
def test_goals_are_set_shown_and_given_up(shop: Workspace) -> None:
    client = browser(member("owner"))
    by = clock.now().date() + timedelta(days=90)
    client.post(f"{HOME}goal/", {"figure": "current", "target": "99 999", "by": by.isoformat()})
    client.post(f"{HOME}goal/", {"figure": "current", "target": "88888", "by": by.isoformat()})
    goal = Goal.objects.get()
    assert goal.target == 88888
    assert goal.start is not None
    assert "88,888" in client.get(HOME).text
    client.post(f"{HOME}goal/", {"figure": "current", "verb": "remove"})
    assert not Goal.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="goal.").count() == 3


def test_impossible_goals_are_refused(shop: Workspace) -> None:
    by = clock.now().date() + timedelta(days=9)
    for figure, target, day in (
        ("happiness", 5.0, by),
        ("kept", 101.0, by),
        ("current", float("nan"), by),
        ("current", 10.0, clock.now().date()),
    ):
        with pytest.raises(BadInput):
            goals.set_goal(figure, target, day, start=None)
    client = browser(member("owner"))
    assert client.post(f"{HOME}goal/", {"figure": "current", "target": "many", "by": by.isoformat()}).status_code == 400
    assert browser(member("analyst")).post(f"{HOME}goal/", {"figure": "current"}).status_code == 403


def test_progress_goes_from_the_start_to_the_target() -> None:
    firm = firms.repeat_shop()
    now = goals.now_of("slipping", firm)
    assert now is not None
    f, today = figures("EUR", "en"), firm.as_of
    goal = Goal(figure="slipping", start=now * 2, target=0, by_day=today + timedelta(days=1))
    assert goals._progress(goal, firm, today, f).done == pytest.approx(0.5)
    goal.target = now
    assert goals._progress(goal, firm, today, f).reached
    goal.target, goal.start = now * 4, now * 2  # it went the other way
    assert goals._progress(goal, firm, today, f).done == 0
    assert goals._progress(goal, firm, today + timedelta(days=9), f).late

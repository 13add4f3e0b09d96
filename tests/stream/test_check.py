"""`regulars check` says when what came in doesn't go on: how much, since when, and what to do."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.stores import every_database
from tests.stream.shop import NOW, SERVER, event, item, send
from typer.testing import CliRunner

from regulars.base import clock
from regulars.cli.app import app
from regulars.platform.check import Finding
from regulars.platform.workspace import Workspace
from regulars.stream import applier, check, drainer, inbox
from regulars.stream.models import Drain, Entry
from regulars.stream.orders_drain import drain_orders


def found(workspace: Workspace, *, after: timedelta) -> list[Finding]:
    with clock.fixed(NOW + after):
        return list(check.findings(workspace))


@every_database
def test_it_says_that_the_lake_is_behind(workspace: Workspace) -> None:
    assert found(workspace, after=timedelta(days=9)) == [], "nothing came in"
    with clock.fixed(NOW):
        inbox.accept(SERVER, [item("page", visit="a1"), item("page", visit="a2"), item("page", visit="a3")])
    assert found(workspace, after=timedelta(minutes=9)) == [], "the drainer has its time"
    (late,) = found(workspace, after=timedelta(minutes=11))
    assert late.what == "3 events that came in wait for the lake, the oldest since 2026-03-02 12:00 (11 minutes)."
    assert "regulars worker" in late.cure
    assert not late.serious
    (later,) = found(workspace, after=timedelta(days=3))
    assert "(3 days)" in later.what
    assert later.serious
    drainer.drain_all(workspace)
    assert found(workspace, after=timedelta(days=3)) == []


@every_database
def test_a_step_that_was_cut_off_counts_as_waiting(workspace: Workspace) -> None:
    with clock.fixed(NOW):
        inbox.accept(SERVER, [item("page", visit="a1")])
    drainer.drain_all(workspace)
    Drain.objects.update(done_at=None)
    (late,) = found(workspace, after=timedelta(hours=5))
    assert late.what.startswith("1 event that came in waits for the lake")
    assert "(5 hours)" in late.what


@every_database
def test_it_says_that_nobody_works_on_what_came_in(workspace: Workspace) -> None:
    with clock.fixed(NOW):
        inbox.accept(SERVER, [event("Order Completed", 1, user="C1", total=5)])
        drainer.drain_all(workspace)
        (unheard,) = found(workspace, after=timedelta(hours=3))
        assert unheard.what.startswith("1 event waits to be worked on, since 2026-03-02 12:00")
        while applier.apply():
            pass
        assert not Entry.objects.filter(work=Entry.Work.WAITING).exists()
        (order,) = found(workspace, after=timedelta(hours=3))
        assert order.what.startswith("1 order that came in waits for the lake")
        drain_orders(at_once=True)
    assert found(workspace, after=timedelta(hours=3)) == []


def test_the_command_says_it(workspace: Workspace) -> None:
    send(item("page", visit="a1"))
    Entry.objects.update(received_at=clock.now() - timedelta(days=2))
    answer = CliRunner().invoke(app, ["--home", str(workspace.path), "check", "--json"])
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["ok"]) == (1, False)
    assert any("wait" in one["what"] and "lake" in one["what"] for one in told["findings"])

"""Refreshing in the background: what it shows, what it says when it fails; one customer's page; fields."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.customers.test_sync_equals import buy
from tests.stores import every_database

from regulars.base.errors import Conflict, NotFound
from regulars.customers import jobs, queries, sync
from regulars.customers.fields import RUNG_WORDS, STANDING_WORDS, fields
from regulars.customers.models import Customer, Picture, RefreshFailure
from regulars.customers.queries_one import one
from regulars.customers.refresh import refresh
from regulars.customers.sync_columns import NOT_JUDGED
from regulars.insight.figures import RUNGS
from regulars.insight.standing import NAMES
from regulars.platform.workspace import Workspace


def bought(workspace: Workspace) -> None:
    buy(workspace, [(who, who * day % 300, 1000 * who) for who in range(1, 9) for day in range(1, 9)], 1)


@every_database
def test_a_refresh_ends_on_the_screens(workspace: Workspace) -> None:
    assert jobs.refresh() is None  # nothing to judge is no failure
    assert queries.trouble() is None
    bought(workspace)
    assert jobs.refresh()
    assert Picture.objects.count() == 8
    assert queries.shown_run() == queries.latest_run()
    assert jobs.sync() is False
    refresh(workspace)
    assert jobs.sync() is True


@every_database
def test_what_fails_leaves_the_last_good_picture_and_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(workspace)
    jobs.refresh()
    before = list(Picture.objects.order_by("pk").values_list())
    shown = queries.shown_run()

    def fails(*_: object, **__: object) -> None:
        raise Conflict("Somebody else has it.")

    with monkeypatch.context() as patched:
        patched.setattr(sync, "sync", fails)
        with pytest.raises(Conflict):
            jobs.refresh()
    found = queries.trouble()
    assert found is not None
    assert (found.stage, found.message, found.run) == ("sync", "Somebody else has it.", queries.latest_run())
    assert queries.shown_run() == shown
    assert list(Picture.objects.order_by("pk").values_list()) == before
    jobs.sync()
    assert queries.trouble() is None
    assert RefreshFailure.objects.count() == 1


@every_database
def test_one_customer(workspace: Workspace) -> None:
    bought(workspace)
    Customer.objects.create(pk=50, name="Uus", import_id=0)
    Customer.objects.create(pk=51, merged_into_id=3, import_id=0)
    assert one(3).picture is None  # before the first sync
    jobs.refresh()
    shown = one(51)
    assert shown.customer.pk == 3
    assert shown.picture is not None
    assert shown.as_of is not None
    assert shown.picture.return_in is not None
    assert shown.ahead.return_by == shown.as_of + timedelta(shown.picture.return_in)
    assert shown.reasons
    assert shown.recent.days[0] == shown.picture.last_day
    assert shown.recent.orders[0].day == shown.picture.last_day
    assert shown.picture.first_day == date(2024, 1, 4)
    new = one(50)
    assert new.picture is not None
    assert (new.picture.standing, new.reasons, new.recent.orders) == (NOT_JUDGED, [], [])
    with pytest.raises(NotFound, match="no customer 99"):
        one(99)


def test_fields_name_columns_and_words_that_are_there() -> None:
    assert set(STANDING_WORDS) == {*NAMES, NOT_JUDGED}
    assert set(RUNG_WORDS) == set(RUNGS)
    for field in fields():
        Customer.objects.filter(**{f"{field.column}__isnull": False}).query.sql_with_params()

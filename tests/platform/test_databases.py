"""The store starts on either database; rows go over as one JSON text; named locks hold."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from tests.stores import every_database

from regulars.base.errors import BadInput, Conflict
from regulars.platform import database, events, locks, sql
from regulars.platform.models import Event
from regulars.platform.settings import load
from regulars.platform.workspace import Workspace


@every_database
def test_rows_go_over_with_their_types(workspace: Workspace) -> None:
    columns = {"name": "text", "n": "bigint", "part": "double precision", "day": "date"}
    given = [("ä'\"", 2**52, 0.25, date(2024, 2, 29)), (None, None, None, None)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, n, part, day FROM {sql.rows(columns)} AS given", [sql.packed(given)])
        first, second = cursor.fetchall()
    assert (first[0], first[1], first[2], str(first[3])) == ("ä'\"", 2**52, 0.25, "2024-02-29")
    assert second == (None, None, None, None)


@every_database
def test_a_moment_written_by_hand_is_read_back_by_django(workspace: Workspace) -> None:
    moment = datetime(2024, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
    columns = {"message_id": "text", "at": "timestamptz"}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO platform_event (message_id, name, occurred_at, recorded_at, properties) "
            f"SELECT message_id, 'tried', at, at, '{{}}' FROM {sql.rows(columns)} AS given",
            [sql.packed([("m1", moment)])],
        )
    assert Event.objects.get(message_id="m1").occurred_at == moment
    assert Event.objects.filter(occurred_at__lte=moment).count() == 1


@every_database
def test_a_list_goes_over(workspace: Workspace) -> None:
    events.record("one", message_id="a")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM platform_event WHERE message_id IN {sql.listed('text')}", [sql.packed(["a", "b"])]
        )
        assert cursor.fetchone()[0] == 1


@every_database
def test_the_same_event_again_is_the_same_event(workspace: Workspace) -> None:
    events.record("order placed", message_id="x", customer_id=1)
    events.record("order placed", message_id="x", customer_id=1)
    assert Event.objects.count() == 1


@every_database
def test_a_named_lock_keeps_others_out_until_it_is_let_go(workspace: Workspace) -> None:
    refused: list[str] = []

    def other() -> None:
        try:
            with locks.held("tried", timeout_seconds=0.2, what="The trial"):
                refused.append("got it")
        except Conflict as error:
            refused.append(str(error))
        finally:
            connection.close()

    with locks.held("tried"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused[0].startswith("The trial is in use")
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert refused[1] == "got it"


def test_an_address_of_another_database_is_refused(workspace: Workspace) -> None:
    from tests.stores import on_database

    with pytest.raises(BadInput, match="postgresql://"):
        database.configuration(on_database(workspace, "mysql://root@localhost/x"))


def test_the_database_comes_from_the_environment(workspace: Workspace) -> None:
    settings = load(workspace.settings_path, {"DATABASE_URL": "postgresql://u@h/d", "REGULARS_MAIL_HOST": "mx"})
    assert settings.store.database == "postgresql://u@h/d"
    assert settings.mail.host == "mx"

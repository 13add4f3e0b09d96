"""/health says what works, to anybody, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from tests.stores import every_database

from regulars.base import clock
from regulars.customers.models import Run
from regulars.platform.jobs import workers
from regulars.platform.workspace import Workspace
from regulars.web import health

Browse = Callable[..., Client]
pytestmark = every_database


@pytest.fixture(autouse=True)
def _not_yet_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


def asked(browse: Browse) -> tuple[int, dict[str, object]]:
    answer = browse().get("/health")
    assert answer["Cache-Control"].startswith("max-age=0")
    return answer.status_code, json.loads(answer.content)


def test_all_is_well(browse: Browse, workspace: Workspace) -> None:
    workers.begin()
    finished = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    Run.objects.create(
        as_of=finished.date(),
        started_at=finished,
        finished_at=finished,
        seconds=1,
        versions={},
        standing_version=0,
        parameters={},
        firm={},
    )
    code, said = asked(browse)
    seen = said.pop("worker_seconds_ago")
    assert isinstance(seen, float)
    assert seen < 30
    assert (code, said) == (
        200,
        {
            "status": "ok",
            "database": True,
            "migrations": True,
            "lake": True,
            "last_refresh": "2026-01-02T03:04:00Z",
        },
    )


def test_without_a_worker_it_is_degraded(browse: Browse) -> None:
    code, said = asked(browse)
    assert (code, said["status"], said["worker_seconds_ago"]) == (200, "degraded", None)
    with clock.fixed(datetime.now(UTC) - timedelta(minutes=5)):
        workers.begin()
    code, said = asked(browse)
    assert (code, said["status"]) == (200, "degraded")


def test_without_a_database_it_is_down_and_says_no_more(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    client = browse()

    def fails(*_: object) -> None:
        raise OperationalError("secret host is gone")

    monkeypatch.setattr(connection, "cursor", fails)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["database"] is answer.json()["migrations"] is False
    assert b"secret" not in answer.content


def test_with_a_migration_missing_it_is_down(browse: Browse) -> None:
    client = browse()
    MigrationRecorder(connection).record_unapplied("platform", "0003_drained_events")
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["migrations"], answer.json()["database"]) == (503, False, True)


@pytest.mark.parametrize("head", ['{"versions": {"orders": 1}}', "{"])
def test_with_a_broken_lake_it_is_down(browse: Browse, workspace: Workspace, head: str) -> None:
    workspace.lake_path.mkdir(parents=True, exist_ok=True)
    (workspace.lake_path / "head.json").write_text(head)
    code, said = asked(browse)
    assert (code, said["lake"], said["database"]) == (503, False, True)
    log = workspace.lake_path / "orders" / "_delta_log"
    log.mkdir(parents=True)
    assert (asked(browse)[0] == 200) == (head != "{")


def test_only_looking_is_answered(browse: Browse) -> None:
    assert browse().post("/health").status_code == 405
    assert browse().head("/health").status_code == 200


def test_the_guide_explains_every_field(browse: Browse) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
    fields = re.findall(
        r"^\| `(\w+)` \|", guide.partition("## Is it well?")[2].partition("\n## ")[0], flags=re.MULTILINE
    )
    assert fields == list(asked(browse)[1])

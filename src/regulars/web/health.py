"""Is the server well? For load balancers and monitors: no sign-in, no personal data, no paths and no error texts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from regulars.base import clock
from regulars.platform import store
from regulars.platform.jobs import workers

log = logging.getLogger(__name__)

T = TypeVar("T")
STALE_SECONDS = 60.0
"""Without a sign of a worker for so long, background work stands still."""
_migrated = False


class _Head(msgspec.Struct):
    versions: dict[str, int] = {}


@require_safe
@never_cache
def health(_request: HttpRequest) -> JsonResponse:
    """200 when requests can be answered, else 503; `status` is `degraded` when only background work stands still."""
    found = examine()
    return JsonResponse(found, status=503 if found["status"] == "down" else 200)


def examine() -> dict[str, Any]:
    """What works: `{status, database, migrations, lake, worker_seconds_ago, last_refresh}`."""
    database = _database()
    migrations = database and _migrations()
    lake = _lake(store.opened().lake_path)
    seen = _asked(_worker_seconds_ago) if migrations else None
    refreshed = _asked(_last_refresh) if migrations else None
    working = seen is not None and seen < STALE_SECONDS
    status = "down" if not (database and migrations and lake) else "ok" if working else "degraded"
    return {
        "status": status,
        "database": database,
        "migrations": migrations,
        "lake": lake,
        "worker_seconds_ago": seen,
        "last_refresh": refreshed,
    }


def _database() -> bool:
    def answers() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone()[0] == 1)

    return bool(_asked(answers))


def _migrations() -> bool:
    """Whether the database has every table of this release; one that had them keeps them."""
    global _migrated
    if not _migrated:
        _migrated = bool(_asked(_all_applied))
    return _migrated


def _all_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _lake(folder: Path) -> bool:
    """Whether the head can be read and the tables it names are there. Without `regulars.lake`, which weighs 80 MB."""
    try:
        versions = msgspec.json.decode((folder / "head.json").read_bytes(), type=_Head).versions
    except FileNotFoundError:
        return True  # nothing was imported yet
    except (OSError, msgspec.DecodeError):
        return False
    return all((folder / name / "_delta_log").is_dir() for name in versions)


def _worker_seconds_ago() -> float | None:
    seen = workers.last_beat()
    return None if seen is None else round((clock.now() - seen).total_seconds(), 1)


def _last_refresh() -> datetime | None:
    from regulars.customers.models import Run

    return Run.objects.order_by("-id").values_list("finished_at", flat=True).first()


def _asked(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except (DatabaseError, OSError):
        log.exception("health")
        return None

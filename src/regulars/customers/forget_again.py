"""After a backup was restored: whom somebody forgot since then is forgotten again, before anybody may look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import connection

from regulars.customers import forget, suppression
from regulars.customers.models import Customer, Forgotten, Identity
from regulars.customers.suppression import Entry
from regulars.platform.workspace import Workspace


def forget_again(workspace: Workspace, made_at: datetime, folders: Iterable[Path]) -> int:
    """Ask for everybody to be forgotten whom the logs in these folders name from after the backup was made.

    Outside a transaction it is done as well; else `forget.work` is left to do. How many customers it is.
    """
    in_backup = suppression.known()
    entries = newest(suppression.read(folder / suppression.LOG) for folder in [workspace.path, *folders])
    Forgotten.objects.bulk_create(
        [Forgotten(digest=one.digest, request=one.request, at=one.at) for one in entries.values()],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["request", "at"],
    )
    suppression.note(workspace, list(entries.values()))
    # Who was forgotten before the backup and is in it has come back since: if the backup knows that they were. A
    # request that was being put down when its copy was taken has an earlier moment, and isn't in it.
    since = {
        digest
        for digest, one in entries.items()
        if one.at >= made_at or digest not in in_backup or in_backup[digest] < one.at
    }
    found = _known_by(workspace, since) if since else set()
    if found:
        forget.ask(workspace, sorted(found))
        if not connection.in_atomic_block:
            forget.work(workspace)
    return len(found)


def newest(logs: Iterable[list[Entry]]) -> dict[str, Entry]:
    """Hash -> its last entry in any of the logs."""
    found: dict[str, Entry] = {}
    for entry in sorted((one for log in logs for one in log), key=lambda one: one.at):
        found[entry.digest] = entry
    return found


def _known_by(workspace: Workspace, digests: set[str]) -> set[int]:
    secret = suppression.secret(workspace)
    rows = Identity.objects.values_list("shop", "kind", "key", "customer_id")
    by_key = {
        customer
        for shop, kind, key, customer in rows.iterator(chunk_size=10_000)
        if suppression.digest(secret, shop, kind, key) in digests
    }
    numbers = Customer.objects.values_list("pk", flat=True).iterator(chunk_size=10_000)
    return by_key | {number for number in numbers if suppression.of_customer(secret, number) in digests}

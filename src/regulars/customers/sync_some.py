"""A few pictures at once: what staff change of a customer is on the screens before the next sync."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from regulars.customers import sync_blocks, sync_people, sync_write
from regulars.customers.models import Picture
from regulars.customers.sync_columns import NO_RUNG, NOT_JUDGED
from regulars.customers.sync_words import sort_name
from regulars.platform import sql


@transaction.atomic
def sync_some(customer_ids: Iterable[int]) -> None:
    """Bring label, country and organisation of these customers' pictures up to date, in the caller's transaction.

    To be called by whoever makes, edits, merges, parts or forgets customers, after the change. A new one gets a picture
    of somebody not judged yet, one who is gone or merged away loses theirs; what insight says of them and their latest
    orders come with the next sync, which is made to look at them.
    """
    ids = sorted(set(customer_ids))
    rows = _rows(ids)
    gone = sorted(set(ids) - {row[0] for row in rows})
    if gone:
        sync_write.remove(gone)
    before = dict(Picture.objects.filter(pk__in=[row[0] for row in rows]).values_list("customer_id", "label"))
    Picture.objects.bulk_create(
        [
            Picture(
                customer_id=who,
                label=label,
                sort_name=sort_name(label),
                country=country,
                organisation=organisation,
                standing=NOT_JUDGED,
                rung=NO_RUNG,
            )
            for who, label, country, organisation in rows
        ],
        update_conflicts=True,
        update_fields=["label", "sort_name", "country", "organisation"],
        unique_fields=["customer_id"],
    )
    renamed = [(who, label) for who, label, *_ in rows if before.get(who) != label]
    sync_write.name(renamed, known=[who for who, _ in renamed if who in before])
    sync_blocks.mark(ids)


def _rows(ids: list[int]) -> list[tuple[int, str, str | None, str | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sync_people.SELECTED} WHERE c.merged_into_id IS NULL AND c.id IN {sql.listed()}", [sql.packed(ids)]
        )
        return [(who, label, country, organisation) for who, label, country, organisation, _ in cursor.fetchall()]

"""Entries of the data inventory for tables whose rows name their customer: counted, told and erased in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Min

from regulars.platform.registry import PersonalData

OPERATIONS = "operations store"


@dataclass(frozen=True)
class Held:
    """One table: the fields that name the customer, and those that hold something of them (with blanks between)."""

    model: type[models.Model]
    owners: str
    fields: str = ""
    moment: str = ""
    """The field that says when a row came, where there is one."""

    @property
    def columns(self) -> tuple[str, ...]:
        """As the registry names fields."""
        meta = self.model._meta
        own = [name for name in self.owners.split() if "__" not in name]
        return tuple(f"{meta.app_label}.{meta.object_name}.{name}" for name in [*own, *self.fields.split()])

    def of(self, customer_ids: Sequence[int]) -> models.QuerySet[Any]:
        """The rows of these customers."""
        wanted = models.Q(pk__in=[])
        for owner in self.owners.split():
            wanted |= models.Q(**{f"{owner}__in": list(customer_ids)})
        return self.model._default_manager.filter(wanted)

    def people(self) -> set[int] | int:
        """Of how many customers it holds something; which ones, where a row may name several."""
        names = self.owners.split()
        if not names:
            return 0
        rows = self.model._default_manager
        if len(names) == 1:
            return int(rows.filter(**{f"{names[0]}__isnull": False}).values(names[0]).distinct().count())
        return {number for name in names for number in rows.values_list(name, flat=True) if number is not None}

    def told(self, customer_ids: Sequence[int]) -> Iterable[dict[str, Any]]:
        """The rows, as plain values by field."""
        for row in self.of(customer_ids).values(*self.fields.split()):
            yield {"table": self.model._meta.object_name} | row


def entry(
    name: str,
    label: str,
    room: str,
    purpose: str,
    tables: Sequence[Held],
    *,
    erase: Callable[[Sequence[int]], int] | None = None,
    **more: Any,
) -> PersonalData:
    """An entry over tables. `erase` where their rows don't simply go; `more` as PersonalData takes it."""

    def people() -> int:
        counted = [table.people() for table in tables]
        groups = [one for one in counted if isinstance(one, set)]
        plain = [one for one in counted if isinstance(one, int)]
        return max([len(set().union(*groups)), *plain])

    def export(customer_ids: Sequence[int]) -> Iterable[Mapping[str, Any]]:
        for table in tables:
            if table.fields:
                yield from table.told(customer_ids)

    def remove(customer_ids: Sequence[int]) -> int:
        return sum(table.of(customer_ids).delete()[0] for table in tables)

    def since() -> datetime | None:
        moments = [
            table.model._default_manager.aggregate(first=Min(table.moment))["first"] for table in tables if table.moment
        ]
        return min((one for one in moments if one is not None), default=None)

    return PersonalData(
        name=name,
        label=label,
        room=room,
        purpose=purpose,
        where=OPERATIONS,
        columns=tuple(column for table in tables for column in table.columns),
        people=people,
        export=export,
        erase=erase or remove,
        since=since,
        **more,
    )

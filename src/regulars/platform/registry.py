"""Registries: how an upper room adds to a lower one without being known to it. Filled when the program starts.

A room registers in its `AppConfig.ready`. Names are unique, so two rooms can't claim one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

from regulars.platform.traces import Traces

T = TypeVar("T", bound="Named")


class Named(Protocol):
    """What every entry has."""

    @property
    def name(self) -> str: ...


class Registry(Generic[T]):
    """Entries by name, in the order in which they were added."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, T] = {}

    def add(self, *entries: T) -> None:
        """Register entries. Raises ValueError for a name that is taken by another one."""
        for entry in entries:
            if self._entries.setdefault(entry.name, entry) != entry:
                raise ValueError(f"there is a {self._what} '{entry.name}' already")

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> T:
        return self._entries[name]

    def get(self, name: str) -> T | None:
        """The entry of that name, or None."""
        return self._entries.get(name)


@dataclass(frozen=True)
class Field:
    """What can be asked about a customer: filters of the list, audiences and templates use the same ones."""

    name: str
    label: str
    type: Literal["text", "number", "money", "share", "day", "truth", "choice"]
    answered_by: Literal["store", "lake"]
    room: str
    column: str = ""
    """Path from the customer in the operations store, as Django writes it (`picture__standing`)."""
    choices: tuple[tuple[str, str], ...] = ()
    permission: str = ""
    """What a member of staff must be allowed to, beyond seeing customers at all; see `staff.roles`."""


@dataclass(frozen=True)
class Step:
    """What a journey can do: `run(customer_id, settings)` does it, and the same again does nothing more."""

    name: str
    label: str
    room: str
    run: Callable[[int, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Panel:
    """A part of the customer's page: `show(customer_id)` gives the template's context, None for nothing to show."""

    name: str
    title: str
    room: str
    template: str
    show: Callable[[int], dict[str, Any] | None]
    order: int = 100
    permission: str = ""


@dataclass(frozen=True)
class Reaction:
    """`handle` is called at least once for every event of that name, in a transaction of its own.

    wanted : whether anybody wants it now, asked once for many events; where nobody does, they pass by without a mark.
    """

    name: str
    event: str
    room: str
    handle: Callable[[Any], None]
    wanted: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Importer:
    """A kind of file that can be taken in."""

    name: str
    label: str
    room: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal data that a room holds: where, why, how long; how it is counted, told and erased.

    people : number of people of whom it is held.  export : what is held of some customers, as rows for machines.
    erase : remove it for these customers, within the caller's transaction; returns the number of rows.
    sweep : remove what lies outside these tables (files, rows about something else that quote them), by what the
    person may be known by; called after `erase` is committed, and again after a crash.
    keep : how long it is kept, as the firm's settings say now.  expire : delete what is older than a moment, which is
    now where there is no `keep`; None where it lives as long as the customer.
    columns : the model fields this entry answers for, as `app_label.Model.field`; a test finds fields without an entry.
    due : how many `expire` would delete, without deleting.
    since : when the oldest of it came here.
    by_keys : it is found by the customers' keys, and so is erased before these go.
    orders : shop and number of those orders of theirs that it holds: no file and no program brings these in again.
    needs : which of some customers it speaks of without a reference of the database: they stay when the import that
    made them is undone.
    """

    name: str
    label: str
    room: str
    purpose: str
    where: str
    columns: tuple[str, ...]
    people: Callable[[], int]
    export: Callable[[Sequence[int]], Iterable[Mapping[str, Any]]]
    erase: Callable[[Sequence[int]], int]
    sweep: Callable[[Traces], int] | None = None
    keep: Callable[[], timedelta] | None = None
    expire: Callable[[datetime], int] | None = None
    due: Callable[[datetime], int] | None = None
    since: Callable[[], datetime | None] | None = None
    last_used: Callable[[], datetime | None] | None = None
    by_keys: bool = False
    orders: Callable[[Sequence[int]], Iterable[tuple[str, str]]] | None = None
    needs: Callable[[Sequence[int]], Iterable[int]] | None = None


@dataclass(frozen=True)
class NotPersonal:
    """Fields of one table that tell nothing of a customer, and why: the test of the inventory asks about every field.

    name : the table, as `app_label.Model`.
    """

    name: str
    fields: tuple[str, ...]
    why: str


fields: Registry[Field] = Registry("field")
steps: Registry[Step] = Registry("step")
panels: Registry[Panel] = Registry("panel")
reactions: Registry[Reaction] = Registry("reaction")
importers: Registry[Importer] = Registry("importer")
personal_data: Registry[PersonalData] = Registry("kind of personal data")
not_personal: Registry[NotPersonal] = Registry("table without personal data")

"""What staff do with customers day by day: notes, tags, tasks, who looks after whom.

Each verb is one transaction on behalf of `audit.actor()`, and answers the same when repeated: the same note or task
again within a few minutes (a form sent twice) is the one that is there. A customer who was merged meanwhile, as a page
opened earlier may name, is whoever they are now. The audit log names a customer who was the only one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q

from regulars.base import clock
from regulars.base.errors import BadInput, NotFound
from regulars.customers import merges
from regulars.customers.models import Customer, CustomerTag, Note, Tag, Task
from regulars.platform import audit, events

SENT_TWICE = timedelta(minutes=5)
LONGEST_TAG = 60
LONGEST_TITLE = 200
LONGEST_TEXT = 10_000
_CHUNK = 2_000


@transaction.atomic
def add_note(customer_id: int, text: str) -> int:
    """Write a note about a customer; its id.

    Raises BadInput for an empty or endless one, NotFound for a customer who isn't there.
    """
    wanted = _text(text, LONGEST_TEXT, "a note")
    if not wanted:
        raise BadInput("An empty note says nothing. Write a few words.")
    customer_id = _there(customer_id)
    who, now = audit.actor(), clock.now()
    same = Note.objects.filter(customer_id=customer_id, by_staff_id=_staff(), text=wanted, at__gt=now - SENT_TWICE)
    found = same.first()
    if found is not None:
        return int(found.pk)
    note = Note.objects.create(customer_id=customer_id, by_staff_id=_staff(), by_name=who.name, at=now, text=wanted)
    _noted("note added", "note.added", customer_id, f"note {note.pk}")
    return int(note.pk)


@transaction.atomic
def remove_note(note_id: int) -> None:
    """Take a note away; nothing happens where it is gone already."""
    note = Note.objects.filter(pk=note_id).first()
    if note is None:
        return
    customer_id = note.customer_id
    note.delete()
    _noted("note removed", "note.removed", customer_id, f"note {note_id}")


def tag(customer_ids: Iterable[int], name: str) -> int:
    """Give customers a tag, which is made when there is none of that name; how many didn't have it.

    Raises BadInput for a name that can't be one.
    """
    wanted = _tag_name(name)
    with transaction.atomic():
        made, _new = Tag.objects.get_or_create(name=wanted)
        before = CustomerTag.objects.filter(tag=made).count()
        now = clock.now()
        named: set[int] = set()
        for some in _chunks(customer_ids):
            known = Customer.objects.filter(pk__in=some).exclude(tags__tag=made).values_list("pk", flat=True)
            named.update(known)
            CustomerTag.objects.bulk_create(
                [CustomerTag(customer_id=number, tag=made, at=now) for number in known], ignore_conflicts=True
            )
        added = CustomerTag.objects.filter(tag=made).count() - before
        if added:
            audit.note("customers.tagged", customer_id=_only(named), object=f"tag {made.pk}", customers=added)
    return added


def untag(customer_ids: Iterable[int], name: str) -> int:
    """Take a tag from customers; how many had it. A tag that nobody has any more goes."""
    with transaction.atomic():
        known = Tag.objects.filter(name=" ".join(name.split())).first()
        if known is None:
            return 0
        named: set[int] = set()
        for some in _chunks(customer_ids):
            held = CustomerTag.objects.filter(tag=known, customer_id__in=some)
            named.update(held.values_list("customer_id", flat=True))
            held.delete()
        removed = len(named)
        if removed:
            audit.note("customers.untagged", customer_id=_only(named), object=f"tag {known.pk}", customers=removed)
        if not CustomerTag.objects.filter(tag=known).exists():
            known.delete()
    return removed


@transaction.atomic
def add_task(
    title: str,
    *,
    customer_id: int | None = None,
    text: str = "",
    due: date | None = None,
    for_staff_id: int | None = None,
) -> int:
    """Give a task, to a member of staff or to whoever takes it; its id.

    Raises BadInput without a title, NotFound for a customer who isn't there.
    """
    wanted = _text(title, LONGEST_TITLE, "the title of a task")
    if not wanted:
        raise BadInput("Say in a few words what is to be done.")
    if customer_id is not None:
        customer_id = _there(customer_id)
    now = clock.now()
    same = Task.objects.filter(title=wanted, by_staff_id=_staff(), due=due, created_at__gt=now - SENT_TWICE)
    about = Q(customer_id__isnull=True) if customer_id is None else Q(customer_id=customer_id)
    found = same.filter(about, done_at=None).first()
    if found is not None:
        return int(found.pk)
    task = Task.objects.create(
        title=wanted,
        customer_id=customer_id,
        text=_text(text, LONGEST_TEXT, "a task"),
        due=due,
        for_staff_id=for_staff_id,
        by_staff_id=_staff(),
        created_at=now,
    )
    _noted("task given", "task.given", customer_id, f"task {task.pk}")
    return int(task.pk)


@transaction.atomic
def finish_task(task_id: int) -> None:
    """The task is done. Raises NotFound where there is none."""
    _change_task(task_id, done=True)


@transaction.atomic
def reopen_task(task_id: int) -> None:
    """The task isn't done after all. Raises NotFound where there is none."""
    _change_task(task_id, done=False)


def set_owner(customer_ids: Iterable[int], staff_id: int | None) -> int:
    """Say who of the staff looks after these customers, None for nobody; how many changed."""
    named: set[int] = set()
    with transaction.atomic():
        for some in _chunks(customer_ids):
            others = list(
                Customer.objects.filter(pk__in=some).exclude(owner_staff_id=staff_id).values_list("pk", flat=True)
            )
            Customer.objects.filter(pk__in=others).update(owner_staff_id=staff_id)
            named.update(others)
        if named:
            whom = f"staff {staff_id}" if staff_id else ""
            audit.note("customers.owner_set", customer_id=_only(named), object=whom, customers=len(named))
    return len(named)


def _change_task(task_id: int, *, done: bool) -> None:
    task = Task.objects.select_for_update().filter(pk=task_id).first()
    if task is None:
        raise NotFound("That task isn't there any more.")
    if (task.done_at is not None) == done:
        return
    task.done_at, task.done_by_staff_id = (clock.now(), _staff()) if done else (None, None)
    task.save(update_fields=["done_at", "done_by_staff_id"])
    verb = "finished" if done else "reopened"
    _noted(f"task {verb}", f"task.{verb}", task.customer_id, f"task {task_id}")


def _noted(event: str, action: str, customer_id: int | None, thing: str) -> None:
    events.record(event, customer_id=customer_id)
    audit.note(action, customer_id=customer_id, object=thing)


def _there(customer_id: int) -> int:
    """Who they are now."""
    if not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(f"There is no customer {customer_id}.")
    return merges.current(customer_id)


def _only(customer_ids: Collection[int]) -> int | None:
    return next(iter(customer_ids)) if len(customer_ids) == 1 else None


def _staff() -> int | None:
    who = audit.actor()
    return who.id if who.kind == "staff" else None


def _tag_name(name: str) -> str:
    wanted = " ".join(_text(name, LONGEST_TAG, "a tag").split())
    if not wanted:
        raise BadInput("Give the tag a name.")
    return wanted


def _text(text: str, longest: int, what: str) -> str:
    clean = "".join(letter for letter in text.replace("\r\n", "\n") if letter >= " " or letter in "\n\t").strip()
    if len(clean) > longest:
        raise BadInput(f"That is too long for {what}: {len(clean):,} letters, {longest:,} fit.")
    return clean


def _chunks(numbers: Iterable[int]) -> Iterator[Sequence[int]]:
    """All of them, as who they are now, some at a time."""
    left = iter(numbers)
    while some := list(islice(left, _CHUNK)):
        yield sorted(set(merges.current_of(some).values()))

"""Notes, tags, tasks and owners: once, on whose behalf, and told to the audit log."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, NotFound
from regulars.customers import actions_merges
from regulars.customers import actions_work as work
from regulars.customers.models import Customer, CustomerTag, Note, Tag, Task
from regulars.platform.audit import Actor, acting
from regulars.platform.models import AuditEntry, Event
from regulars.platform.workspace import Workspace

pytestmark = every_database
AGENT = Actor("staff", 7, "Mari")


@pytest.fixture
def customers(workspace: Workspace) -> list[int]:
    Customer.objects.bulk_create(Customer(id=number, import_id=0) for number in range(1, 6))
    return [1, 2, 3, 4, 5]


def test_a_note_sent_twice_is_one(customers: list[int]) -> None:
    with acting(AGENT):
        first = work.add_note(1, " Likes\r\ndark\x07 roast ")
        assert work.add_note(1, "Likes\ndark roast") == first
        assert work.add_note(2, "Likes\ndark roast") != first
    note = Note.objects.get(pk=first)
    assert (note.text, note.by_staff_id, note.by_name) == ("Likes\ndark roast", 7, "Mari")
    with time_machine.travel(clock.now() + timedelta(hours=1)), acting(AGENT):
        assert work.add_note(1, "Likes\ndark roast") != first  # meant, after an hour
    work.remove_note(first)
    work.remove_note(first)
    assert Note.objects.count() == 2
    assert AuditEntry.objects.filter(action="note.added", actor_id=7).count() == 3
    assert AuditEntry.objects.filter(action="note.removed").count() == 1
    assert "roast" not in str(list(Event.objects.values())) + str(list(AuditEntry.objects.values()))


def test_tags_are_given_and_taken(customers: list[int]) -> None:
    assert work.tag([1, 2, 2, 99], " Early  bird ") == 2
    assert work.tag(iter([2, 3]), "Early bird") == 1
    assert Tag.objects.get().name == "Early bird"
    assert work.untag([1, 4], "Early bird") == 1
    assert work.untag([1, 4], "Early bird") == 0
    assert work.untag([1], "Unknown") == 0
    assert work.untag([2, 3], "Early bird") == 2
    assert not Tag.objects.exists()  # nobody has it any more
    assert not CustomerTag.objects.exists()
    for name in ("", "  ", "x" * 61):
        with pytest.raises(BadInput):
            work.tag([1], name)


def test_a_task_is_given_once_and_done_once(customers: list[int]) -> None:
    with acting(AGENT):
        task = work.add_task("Call", customer_id=1, due=date(2030, 1, 2), for_staff_id=9)
        assert work.add_task("Call", customer_id=1, due=date(2030, 1, 2)) == task
        general = work.add_task("Order cups")
        assert work.add_task("Order cups") == general
        work.finish_task(task)
        work.finish_task(task)
    done = Task.objects.get(pk=task)
    assert (done.by_staff_id, done.for_staff_id, done.done_by_staff_id) == (7, 9, 7)
    assert AuditEntry.objects.filter(action="task.finished").count() == 1
    work.reopen_task(task)
    assert Task.objects.get(pk=task).done_at is None
    with pytest.raises(NotFound):
        work.finish_task(10_000)
    with pytest.raises(NotFound):
        work.add_task("Call", customer_id=10_000)
    with pytest.raises(BadInput):
        work.add_task(" ")


def test_owners_change_only_where_they_differ(customers: list[int]) -> None:
    assert work.set_owner(customers, 7) == 5
    assert work.set_owner(customers, 7) == 0
    assert work.set_owner([1, 2], 8) == 2
    assert work.set_owner(customers, None) == 5
    assert work.set_owner(customers, None) == 0
    assert AuditEntry.objects.filter(action="customers.owner_set").count() == 3


def test_what_a_page_opened_before_a_merge_says_goes_to_who_they_are_now(customers: list[int]) -> None:
    """Written on the source it would lie out of sight, and a tag that moved already could not go back."""
    work.tag([1], "vip")
    merge = actions_merges.merge(1, 2)
    assert work.tag([1], "vip") == 0
    note, task = work.add_note(1, "Likes tea"), work.add_task("Call", customer_id=1)
    assert work.set_owner([1, 2], 7) == 1
    assert Note.objects.get(pk=note).customer_id == Task.objects.get(pk=task).customer_id == 2
    assert Customer.objects.get(pk=2).owner_staff_id == 7
    assert work.untag([1], "vip") == 1
    work.tag([1], "vip")
    actions_merges.undo(merge)
    assert list(CustomerTag.objects.values_list("customer_id", flat=True)) == [2]


def test_a_tag_written_on_the_source_does_not_keep_a_merge_from_being_undone(customers: list[int]) -> None:
    work.tag([1], "vip")
    merge = actions_merges.merge(1, 2)
    CustomerTag.objects.create(customer_id=1, tag=Tag.objects.get(), at=clock.now())  # as it could be written once
    actions_merges.undo(merge)
    assert sorted(CustomerTag.objects.values_list("customer_id", flat=True)) == [1, 2]


def test_the_audit_log_names_a_customer_who_was_the_only_one(customers: list[int]) -> None:
    work.tag([3], "vip")
    work.set_owner([3], 7)
    work.untag([3], "vip")
    work.tag([3, 4], "club")
    entries = AuditEntry.objects.order_by("id").values_list("action", "customer_id")
    assert list(entries) == [
        ("customers.tagged", 3),
        ("customers.owner_set", 3),
        ("customers.untagged", 3),
        ("customers.tagged", None),
    ]

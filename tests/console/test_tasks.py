"""Tasks: given, seen by whom they are for, finished and opened again."""

from __future__ import annotations

from tests.members import browser, member
from tests.stores import every_database

from regulars.customers.models import Task
from regulars.platform.workspace import Workspace

TASKS = "/console/tasks/"


@every_database
def test_a_task_from_beginning_to_end(shop: Workspace) -> None:
    agent, other = member("agent"), member("marketer")
    mine, theirs = browser(agent), browser(other)
    mine.post(f"{TASKS}change/", {"verb": "add", "text": "Order <cups>", "for": str(agent.pk), "due": "2031-05-01"})
    task = Task.objects.get()
    assert "Order &lt;cups&gt;" in mine.get(TASKS).text
    assert "Order &lt;cups&gt;" not in theirs.get(TASKS).text
    assert "Order &lt;cups&gt;" in theirs.get(f"{TASKS}?whose=all").text
    mine.post(f"{TASKS}change/", {"verb": "done", "thing": str(task.pk)})
    assert "Order &lt;cups&gt;" not in mine.get(TASKS).text
    assert "Order &lt;cups&gt;" in mine.get(f"{TASKS}?whose=done").text
    mine.post(f"{TASKS}change/", {"verb": "reopen", "thing": str(task.pk)})
    task.refresh_from_db()
    assert task.done_at is None


def test_only_looking_for_who_may_only_look(shop: Workspace) -> None:
    client = browser(member("viewer"))
    assert client.post(f"{TASKS}change/", {"verb": "add", "text": "x"}).status_code == 403
    assert "Nothing to do here" in client.get(TASKS).text


def test_a_task_that_is_not_there(shop: Workspace) -> None:
    assert browser(member("owner")).post(f"{TASKS}change/", {"verb": "done", "thing": "999"}).status_code == 404

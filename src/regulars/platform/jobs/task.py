"""The one task that django-tasks knows: it does the job whose name it is given. Only the server loads it."""

from __future__ import annotations

from typing import Any

from django_tasks import task

from regulars.platform.jobs.definition import jobs


@task()
def perform(name: str, **arguments: Any) -> None:
    """Do the job `name`. Raises KeyError when no room has defined it."""
    jobs[name].do(**arguments)

"""Background work: jobs, when they run by themselves, and the worker that does them. Over django-tasks-db.

A room defines a job with `@job(name=...)` in its `jobs.py` and registers when it runs with `schedule(...)`; both are
plain entries that any process may import. `some_job.enqueue(...)` puts it down in the caller's transaction; a worker
takes it up (`worker`), tries it again when it fails, and gives up after its last try, which `queries.dead` shows and
`actions.restart` takes back.
"""

from regulars.platform.jobs.definition import HEAVY, QUICK, Job, Planned, job, jobs, schedule, schedules

__all__ = ["HEAVY", "QUICK", "Job", "Planned", "job", "jobs", "schedule", "schedules"]

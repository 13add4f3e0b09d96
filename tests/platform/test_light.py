"""The command line knows which jobs there are, without loading what runs them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from regulars.platform import store
store.prepare()
from regulars.platform.jobs import jobs, schedules
assert "prune jobs" in jobs and "prune jobs" in schedules
heavy = {"django_tasks", "django_tasks_db", "cronsim", "httpx", "granian"} & set(sys.modules)
assert not heavy, heavy
try:
    jobs["prune jobs"].enqueue()
except RuntimeError as error:
    print(error)
"""


def test_jobs_are_known_but_only_the_server_puts_them_down() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "by the server only" in done.stdout

"""A worker with a job and a reaction whose effects can be counted; and what puts them down. Run as a process.

python -m hard.platform.one_worker HOME put N SECONDS      puts N jobs of so many seconds down
python -m hard.platform.one_worker HOME work [die] [unmarked]
    works until SIGTERM. die: kills itself right after the third reaction's transaction. unmarked: reactions don't mark
    what they have done (the negative control).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from regulars.platform import store

store.prepare(store.SERVER)

from regulars.platform import audit, events, logs  # noqa: E402 - needs Django
from regulars.platform.jobs import job  # noqa: E402
from regulars.platform.models import Event  # noqa: E402
from regulars.platform.reactions import dispatcher  # noqa: E402
from regulars.platform.registry import Reaction, reactions  # noqa: E402
from regulars.platform.workspace import open_workspace  # noqa: E402


@job(name="hard: count", retries=50, wait_seconds=0.1, longest_wait_seconds=0.5)
def count(number: int, seconds: float) -> None:
    """Its effect is an event, which is the same when the job is done again."""
    time.sleep(seconds)
    events.record("counted", message_id=f"counted {number}", customer_id=number)


def note(event: Event) -> None:
    """Its effect, one entry, would double when it is had again."""
    audit.note("counted", customer_id=event.customer_id)


reactions.add(Reaction("hard: note", "counted", "hard", note))
_first_try = dispatcher._first_try
_tried = 0


def _handle_only(event: Event, reaction: Reaction) -> None:
    reaction.handle(event)


def _die_after_third(event: Event, reaction: Reaction) -> None:
    global _tried
    (_handle_only if "unmarked" in sys.argv else _first_try)(event, reaction)
    _tried += 1
    if _tried == 3:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """See the module's docstring."""
    workspace = open_workspace(Path(sys.argv[1]))
    logs.configure("worker")
    if sys.argv[2] == "put":
        from regulars.web.serving import configure

        configure(workspace)
        for number in range(int(sys.argv[3])):
            count.enqueue(number=number, seconds=float(sys.argv[4]))
        return
    if "die" in sys.argv:
        dispatcher._first_try = _die_after_third
    elif "unmarked" in sys.argv:
        dispatcher._first_try = _handle_only
    from regulars.web.background import work

    work(workspace)


if __name__ == "__main__":
    main()

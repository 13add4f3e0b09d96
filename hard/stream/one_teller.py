"""A worker that tells other systems, and what it has to tell. Run as a process.

python -m hard.stream.one_teller HOME PORT put N        lets http://127.0.0.1:PORT be told, and makes N things happen;
                                                        prints the secret
python -m hard.stream.one_teller HOME PORT work [die] [forgetful]
    works until SIGTERM. die: kills itself when it has claimed messages for the second time, before any is sent.
    forgetful: what is claimed counts as sent (the negative control).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from regulars.platform import store

store.prepare(store.SERVER)

from regulars.platform import events, logs  # noqa: E402 - needs Django
from regulars.platform.egress import Egress  # noqa: E402
from regulars.platform.workspace import open_workspace  # noqa: E402
from regulars.stream import webhook_sender, webhooks  # noqa: E402
from regulars.stream.models import Outgoing  # noqa: E402
from regulars.stream.webhook_sender import Call  # noqa: E402

_claimed = webhook_sender._claimed
_rounds = 0


def _claims(now: datetime) -> Sequence[Call]:
    global _rounds
    found = _claimed(now)
    if "forgetful" in sys.argv:
        Outgoing.objects.filter(pk__in=[one.message for one in found]).update(state=Outgoing.State.DONE)
    _rounds += bool(found)
    if "die" in sys.argv and _rounds == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return found


def main() -> None:
    """See the module's docstring."""
    workspace, port = open_workspace(Path(sys.argv[1])), int(sys.argv[2])
    logs.configure("worker")
    # The receiver is on this machine, and a message that was claimed by who died comes sooner than in a minute.
    client = Egress(ports=(port,), allowed=("127.0.0.0/8",), redirects=0, timeout_seconds=5.0)
    webhook_sender.outside = lambda: client
    webhooks.SCHEMES = ("http://",)  # type: ignore[assignment]  # a tuple of another length
    webhook_sender.CLAIM = timedelta(seconds=3)
    webhook_sender._claimed = _claims  # type: ignore[assignment]  # a list as well
    if sys.argv[3] == "put":
        from regulars.web.serving import configure

        configure(workspace)
        print(webhooks.add(f"http://127.0.0.1:{port}/told", ["customer.created"])[1])
        for number in range(int(sys.argv[4])):
            events.record("customer created", customer_id=number + 1)
        return
    from regulars.web.background import work

    work(workspace)


if __name__ == "__main__":
    main()

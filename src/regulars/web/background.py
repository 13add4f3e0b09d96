"""The worker part: jobs, schedules, reactions and the way to the lake of one workspace, in one process."""

from __future__ import annotations

import os

from regulars.platform.workspace import Workspace
from regulars.web.lifeline import end_with_parent


def work(workspace: Workspace) -> None:
    """Do background work until SIGTERM."""
    os.environ["REGULARS_HOME"] = str(workspace.path)
    os.environ["REGULARS_PROCESS"] = "worker"
    end_with_parent()
    from regulars.web.serving import configure

    configure(workspace)
    from regulars.platform.jobs.worker import Worker
    from regulars.platform.reactions.dispatcher import dispatch
    from regulars.stream.applier import apply
    from regulars.stream.drainer import drain
    from regulars.stream.orders_drain import drain_orders
    from regulars.stream.webhook_sender import send

    worker = Worker(beside=[dispatch, drain, apply, drain_orders, send])
    worker.obey_signals()
    worker.run()

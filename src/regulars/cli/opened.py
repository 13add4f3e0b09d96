"""Open what a command works on: workspace, operations store, lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regulars.base.errors import NotFound
from regulars.platform.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from regulars.customers.models import Run
    from regulars.insight.figures import Firm


def started(home: Path | None) -> Workspace:
    """The workspace with its operations store ready."""
    from regulars.platform import store

    workspace = open_workspace(home)
    store.start(workspace)
    return workspace


def last_run(workspace: Workspace) -> tuple[Run, Firm]:
    """The last refresh and its figures.

    Raises NotFound when nothing was refreshed yet.
    """
    import msgspec

    from regulars.customers import queries
    from regulars.insight.figures import Firm

    run = queries.latest_run()
    if run is None:
        raise NotFound(
            f"There is nothing to report in {workspace.path} yet. Give it your orders: regulars run orders.csv "
            "(or try regulars demo --no-serve)."
        )
    return run, msgspec.convert(run.firm, Firm)

"""`regulars demo`: the sample shop's files, the main job on them, and the console on the outcome."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import typer

from regulars.base import clock
from regulars.base.errors import NotAllowed
from regulars.platform.workspace import Workspace, open_workspace

EARLIER_DAYS = (35, 7)
"""So many days ago the shop is judged as well, so that the console shows what changed since."""


def demo(home: Path | None, *, serve: bool, seed: int, customers: int, json: bool) -> None:
    """Write the shop, run the main job on it, and with `serve` open the console, until Ctrl-C.

    Raises NotAllowed where the workspace holds another firm already.
    """
    from regulars.cli import main_job
    from regulars.demo import write_shop

    workspace = open_workspace(home or "regulars-demo")
    folder = workspace.path / "sample-shop"
    if workspace.lake_path.exists() and not folder.exists():
        raise NotAllowed(
            f"{workspace.path} holds a firm's own orders; the sample shop would mix with them. "
            "Name another folder: regulars demo --home DIR"
        )
    if not workspace.settings.firm.name:
        workspace = workspace.remember(name="Sample shop", time_zone="Europe/Tallinn", country="EE")
    shop = write_shop(folder, seed=seed, today=clock.today(workspace.settings.firm.time_zone), customers=customers)
    if not json:
        typer.echo(
            f"A sample shop, as it would export itself: {', '.join(file.name for file in shop.files)} in {folder}"
        )
    main_job.run(workspace.path, shop.files, json=json)
    if serve:
        _open_console(workspace)
    elif not json:
        typer.echo(
            f"Look around: regulars --home {workspace.path} report, backtest, export customers --to customers.csv"
        )


def _open_console(workspace: Workspace) -> None:
    from regulars.cli import serving

    typer.echo("Getting the console ready: the shop as it was some weeks ago, and now.")
    _live_through(workspace)
    serving.serve(workspace.path)


def _live_through(workspace: Workspace) -> None:
    """Judge and show the shop as of earlier days and then of the last one, as nights would have done."""
    from regulars.cli.opened import started
    from regulars.customers import queries
    from regulars.customers.models import Run
    from regulars.customers.refresh import refresh
    from regulars.customers.sync import sync

    workspace = started(workspace.path)
    last = queries.latest_run()
    if last is None:
        return
    if not Run.objects.filter(synced_at__isnull=False).exists():
        for days in EARLIER_DAYS:
            refresh(workspace, as_of=last.as_of - timedelta(days=days))
            sync(workspace)
        refresh(workspace, as_of=last.as_of)
    sync(workspace)

"""`regulars demo`: the sample shop's files, and the main job on them."""

from __future__ import annotations

from pathlib import Path

import typer

from regulars.base import clock
from regulars.base.errors import NotAllowed
from regulars.platform.workspace import open_workspace


def demo(home: Path | None, *, serve: bool, seed: int, customers: int, json: bool) -> None:
    """Write the shop and run the main job on it.

    Raises NotAllowed where the workspace holds another firm already, or the console is asked for.
    """
    if serve:
        raise NotAllowed("There is no console to open yet. Give: regulars demo --no-serve")
    from regulars.cli import main_job
    from regulars.demo import write_shop

    workspace = open_workspace(home or "regulars-demo")
    folder = workspace.path / "sample-shop"
    if workspace.lake_path.exists() and not folder.exists():
        raise NotAllowed(
            f"{workspace.path} holds a firm's own orders; the sample shop would mix with them. "
            "Name another folder: regulars demo --no-serve --home DIR"
        )
    if not workspace.settings.firm.name:
        workspace = workspace.remember(name="Sample shop", time_zone="Europe/Tallinn", country="EE")
    shop = write_shop(folder, seed=seed, today=clock.today(workspace.settings.firm.time_zone), customers=customers)
    if not json:
        typer.echo(
            f"A sample shop, as it would export itself: {', '.join(file.name for file in shop.files)} in {folder}"
        )
    main_job.run(workspace.path, shop.files, json=json)
    if not json:
        typer.echo(
            f"Look around: regulars --home {workspace.path} report, backtest, export customers --to customers.csv"
        )

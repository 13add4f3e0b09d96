"""`regulars backup`, `restore` and `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from regulars.base.errors import Damaged
from regulars.cli.edge import print_json
from regulars.cli.progress import shown
from regulars.platform.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from regulars.platform.backups.archive import Manifest


def backup(home: Path | None, to: Path, *, json: bool) -> None:
    """Write a backup. Raises BadInput where it can't be written."""
    from regulars.platform import store

    workspace = open_workspace(home)
    store.start(workspace, store.SERVER)
    from regulars.platform import audit  # its table needs the store to be started
    from regulars.platform.backups.make import make

    with audit.acting(audit.Actor("command", name="regulars backup")), shown(json=json) as progress:
        manifest = make(workspace, to.expanduser().resolve(), progress=progress)
        audit.note("backup.made", object=to.name)
    if json:
        print_json({"file": str(to), "bytes": to.stat().st_size, **_summary(manifest)})
    else:
        typer.echo(
            f"{to} has everything as of {manifest.made_at:%Y-%m-%d %H:%M} UTC ({to.stat().st_size / 1e6:,.1f} MB)."
        )
        typer.echo("Keep the workspace's secret.key apart from it: restoring elsewhere needs both.")


def restore(home: Path | None, path: Path, *, replace: bool, new_key: bool, json: bool) -> None:
    """Bring the workspace back to a backup. Raises BadInput for what isn't one, Conflict where it can't be put."""
    from regulars.platform.backups.restore import restore as bring_back

    with shown(json=json) as progress:
        manifest = bring_back(
            open_workspace(home),
            path.expanduser().resolve(),
            replace=replace,
            new_key=new_key,
            before=_forget_again,
            after=_finish,
            progress=progress,
        )
    if json:
        print_json(_summary(manifest))
    else:
        typer.echo(f"The workspace is as it was on {manifest.made_at:%Y-%m-%d %H:%M} UTC. Start the server again.")


def _forget_again(workspace: Workspace, manifest: Manifest, folders: list[Path]) -> None:
    from regulars.customers.forget_again import forget_again

    forget_again(workspace, manifest.made_at, folders)


def _finish(workspace: Workspace) -> None:
    from regulars.customers import forget

    forget.work(workspace)


def _summary(manifest: Manifest) -> dict[str, object]:
    return {
        "made_at": manifest.made_at,
        "release": manifest.release,
        "database": manifest.database,
        "rows": sum(manifest.tables.values()),
        "files": len(manifest.members),
    }


def check(home: Path | None, *, json: bool) -> None:
    """Say what isn't as it should be. Raises Damaged where something serious was found."""
    from regulars.platform import store

    workspace = open_workspace(home)
    store.start(workspace, store.SERVER)
    from regulars.customers import check as customers
    from regulars.platform import check as platform
    from regulars.stream import check as stream

    found = [*platform.findings(workspace), *customers.findings(workspace), *stream.findings(workspace)]
    serious = [one for one in found if one.serious]
    if json:
        listed = [{"what": one.what, "cure": one.cure, "serious": one.serious} for one in found]
        print_json({"ok": not serious, "findings": msgspec.to_builtins(listed)})
        if serious:
            raise typer.Exit(1)
        return
    for one in found:
        typer.echo(f"{'!' if one.serious else '-'} {one.what}\n  {one.cure}")
    if serious:
        raise Damaged(f"{len(serious)} of {len(found)} findings need to be mended.")
    typer.echo("Everything is as it should be." if not found else "Nothing is wrong with the data.")

"""`regulars key`: a key for a program, without the console."""

from __future__ import annotations

from pathlib import Path

import typer

from regulars.cli.edge import print_json
from regulars.platform.workspace import open_workspace


def make(home: Path | None, name: str, scopes: list[str], *, json: bool = False) -> None:
    """Make a key and print it: it can't be had a second time. Raises BadInput for a scope that doesn't exist."""
    from regulars.platform import audit, store

    store.start(open_workspace(home), store.SERVER)  # members and keys are tables of the server
    from regulars.staff import keys

    with audit.acting(audit.Actor("command", name="regulars key")):
        key, text = keys.make(name, scopes)
    if json:
        print_json({"name": key.name, "scopes": key.scopes, "key": text})
        return
    typer.echo(text)
    typer.echo(f"The key of {key.name}, for: {', '.join(key.scopes)}. It isn't shown again.", err=True)

"""`regulars key` and `regulars password`: what must work without the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from regulars.cli.edge import print_json
from regulars.platform.workspace import open_workspace


def make_key(home: Path | None, name: str, scopes: list[str], *, shop: str = "shop", json: bool = False) -> None:
    """Make a key and print it: it can't be had a second time. Raises BadInput for a scope that doesn't exist."""
    with _server(home, "regulars key"):
        from regulars.staff import keys

        key, text = keys.make(name, scopes, shop=shop)
    if json:
        print_json({"name": key.name, "scopes": key.scopes, "shop": key.shop, "key": text})
        return
    typer.echo(text)
    typer.echo(f"The key of {key.name}, for: {', '.join(key.scopes)}. It isn't shown again.", err=True)


def reset_password(home: Path | None, email: str, *, without_two_factor: bool = False, json: bool = False) -> None:
    """Print a link with which a member chooses a new password. Raises NotFound when there is no such member."""
    with _server(home, "regulars password"):
        from regulars.base.errors import NotFound
        from regulars.staff import actions, second_factor
        from regulars.staff.models import Staff

        member = Staff.objects.filter(email=email.strip().lower()).first()
        if member is None:
            raise NotFound(f"Nobody has the address {email}. Look at it again; an owner sees all members.")
        address = actions.make_reset_link(None, member.pk)
        if without_two_factor:
            second_factor.switch_off(member)
    if json:
        print_json({"link": address})
        return
    typer.echo(address)
    typer.echo(f"{member.name or member.email} chooses a new password there, within 24 hours, once.", err=True)


@contextmanager
def _server(home: Path | None, command: str) -> Iterator[None]:
    """The server's settings, as members and keys are its tables; the audit log says which command it was."""
    from regulars.platform import store

    store.start(open_workspace(home), store.SERVER)
    from regulars.platform import audit  # its table needs the store to be started

    with audit.acting(audit.Actor("command", name=command)):
        yield

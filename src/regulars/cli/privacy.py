"""`regulars forget`: somebody is forgotten everywhere, after a look at what that does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from regulars.base.errors import BadInput
from regulars.cli.edge import print_json
from regulars.platform.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from regulars.customers.forget_preview import Preview
    from regulars.customers.models.privacy import Erasure


def forget(
    home: Path | None, customer: str | None, *, yes: bool, unfinished: bool, export: Path | None, json: bool
) -> None:
    """Forget a customer, or only write down what is held of them, or go on with what is not done yet.

    Raises NotFound where nobody is known so, BadInput where it may be several or nobody said yes.
    """
    if (customer is None) == (not unfinished):
        raise BadInput("Say whom to forget: the customer's number, the shop's id, the e-mail or the phone number.")
    from regulars.platform import store

    workspace = open_workspace(home)
    store.start(workspace, store.SERVER)  # every room has something to forget
    from regulars.platform import audit  # its table needs the store to be started

    with audit.acting(audit.Actor("command", name="regulars forget")):
        if customer is None:
            _go_on(workspace, json=json)
        elif export is not None:
            _export(workspace, customer, export, json=json)
        else:
            _forget(workspace, customer, yes=yes, json=json)


def _number(workspace: Workspace, customer: str) -> int:
    from regulars.customers import named

    return named.customer(customer, country=workspace.settings.firm.country)


def _forget(workspace: Workspace, customer: str, *, yes: bool, json: bool) -> None:
    from regulars.customers import forget
    from regulars.customers.forget_preview import preview

    number = _number(workspace, customer)
    if not yes:
        if json:
            raise BadInput("This can't be undone: say --yes as well.")
        _show(workspace, preview(workspace, number))
        if not typer.confirm("Forget them for good?"):
            raise BadInput("Nothing was changed.")
    asked = forget.ask(workspace, [number])
    forget.work(workspace)
    asked.refresh_from_db()
    _told(asked, json=json)


def _go_on(workspace: Workspace, *, json: bool) -> None:
    from regulars.customers import forget, suppression
    from regulars.customers.models import Forgotten

    done = forget.work(workspace)
    rows = Forgotten.objects.order_by("pk")
    entries = [suppression.Entry(row.digest, row.request, row.at) for row in rows]
    suppression.note(workspace, entries, suppression.folders(workspace))
    if json:
        print_json({"done": len(done)})
    else:
        typer.echo(f"{len(done)} requests were finished.")


def _export(workspace: Workspace, customer: str, to: Path, *, json: bool) -> None:
    from regulars.customers import subject
    from regulars.report.one_customer import reasons

    number = _number(workspace, customer)
    files = subject.write(workspace, number, to, reasons(workspace, number))
    if json:
        print_json({"customer": number, "files": [str(path) for path in files]})
    else:
        typer.echo(f"Everything held of customer #{number} is in {' and '.join(map(str, files))}.")


def _show(workspace: Workspace, found: Preview) -> None:
    from regulars.base.money import digits

    currency = workspace.settings.firm.currency or "EUR"
    places = digits(currency)
    typer.echo(f"{found.name} (customer {', '.join(f'#{number}' for number in found.customer_ids)})")
    for label, rows in found.held.items():
        typer.echo(f"  {rows:>6,}  {label}")
    typer.echo(
        f"  {found.orders:>6,}  orders; their {found.net / 10**places:,.{places}f} {currency} stay in the firm's totals"
    )
    if found.backups:
        oldest = min(made for _, made in found.backups)
        typer.echo(
            f"  {len(found.backups):>6,}  backups still have them (the oldest of {oldest:%Y-%m-%d}); restoring one "
            "forgets them again"
        )
    typer.echo("This can't be undone.")


def _told(asked: Erasure, *, json: bool) -> None:
    found: dict[str, Any] = {"request": asked.request, "done": asked.done_at is not None, "erased": asked.counts}
    if json:
        print_json(found)
    elif found["done"]:
        typer.echo("They are forgotten. Lists and figures leave them out from the next refresh on.")
    else:
        typer.echo("They will be forgotten as soon as the work under way has ended.")

"""`regulars export`: a table of the lake as CSV or Parquet, readable by people and spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import typer

from regulars.base.errors import BadInput
from regulars.cli.edge import print_json
from regulars.cli.opened import last_run, started
from regulars.lake import events
from regulars.platform.workspace import Workspace

PLAIN = ("orders", "lines", "refunds", "occasions", "products", "costs", "rates", "spend", "people", "contracts")


def export(home: Path | None, table: str, to: Path, *, json: bool) -> None:
    """Write `table` to `to`.

    Raises BadInput for an unknown table or ending, NotFound when nothing was refreshed yet.
    """
    if table not in ("customers", "events", *PLAIN):
        raise BadInput(f"There is no table '{table}' to export; there are customers, events, {', '.join(PLAIN)}.")
    if to.suffix.lower() not in (".csv", ".parquet"):
        raise BadInput(f"{to.name}: the name must end in .csv or .parquet.")
    if not to.parent.is_dir():
        raise BadInput(f"There is no folder {to.parent} to write {to.name} into.")
    workspace = started(home)
    rows = {"customers": _customers, "events": _events}.get(table, partial(_plain, name=table))(workspace, to=to)
    if json:
        print_json({"table": table, "rows": rows, "file": str(to)})
    else:
        typer.echo(f"{rows:,} rows of {table} written to {to}.")


def _customers(workspace: Workspace, to: Path) -> int:
    from regulars import insight
    from regulars.customers import queries
    from regulars.customers.refresh import open_lake

    run, firm = last_run(workspace)
    with open_lake(workspace).snapshot({"standing": run.standing_version}) as snapshot:
        snapshot.con.con.register("external_ids", queries.external_ids())
        ids = snapshot.con.table("external_ids")
        found = snapshot.table("standing").left_join(ids, "customer_id")
        first = ["customer_id", "external_id"]
        names = [*first, *(name for name in insight.CUSTOMERS.names if name not in first)]
        table = found.select(*names).order_by("customer_id")
        return _write(snapshot.con, table, to, insight.MONEY_COLUMNS, firm.currency)


def _events(workspace: Workspace, to: Path) -> int:
    """Each with the customer that it is of, as far as is known today."""
    from regulars.customers.refresh import open_lake
    from regulars.stream.queries import whose

    visits, merges = whose()
    with open_lake(workspace).snapshot() as snapshot:
        return _write(snapshot.con, events.resolved(snapshot, visits, merges), to, (), "")


def _plain(workspace: Workspace, name: str, to: Path) -> int:
    from regulars.customers.refresh import open_lake
    from regulars.lake.tables import MONEY_COLUMNS

    with open_lake(workspace).snapshot() as snapshot:
        currency = workspace.settings.firm.currency or "EUR"
        return _write(snapshot.con, snapshot.table(name), to, MONEY_COLUMNS, currency)


def _major(minor: Any, currency: str) -> Any:
    from regulars.base.money import digits

    places = digits(currency)
    return (minor.cast("decimal(24, 6)") / 10**places).cast(f"decimal(18, {places})")


def _original(table: Any) -> Any:
    """Each order's amount in its own currency, whose minor unit may differ from the firm's."""
    import ibis

    from regulars.base.money import digits

    found = table.currency.value_counts().currency.execute()
    cases = [(table.currency == code, ibis.literal(10 ** digits(code))) for code in found]
    scale = ibis.cases(*cases, else_=ibis.literal(1)) if cases else ibis.literal(1)
    return table.original.cast("float64") / scale


def _write(con: Any, table: Any, to: Path, money: Iterable[str], currency: str) -> int:
    types = table.schema()
    columns = []
    for name in table.columns:
        column = table[name]
        if name in money:
            column = _major(column, currency)
        elif name == "original":
            column = _original(table)
        elif name.endswith("_id") and types[name].is_integer():
            column = column.cast("string")
        elif types[name].is_string() and to.suffix.lower() == ".csv":
            # A spreadsheet runs a cell that begins so as a formula, and parts cells at one of these signs.
            column = column.re_replace(r'([;|\t\r\n])([\s"]*[=+\-@])', r"\1'\2")
            column = column.re_search(r"^[=+\-@\t\r]").ifelse("'" + column, column)
        columns.append(column.name(name))
    shown = table.select(*columns)
    temporary = to.with_name(to.name + ".part")
    if to.suffix.lower() == ".csv":
        con.to_csv(shown, temporary, header=True)
    else:
        con.to_parquet(shown, temporary)
    temporary.replace(to)
    return int(table.count().execute())

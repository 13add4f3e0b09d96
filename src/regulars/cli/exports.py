"""`regulars export`: a table of the lake as CSV or Parquet, readable by people and spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from regulars.base.errors import BadInput
from regulars.cli.edge import print_json
from regulars.cli.opened import last_run, started
from regulars.platform.workspace import Workspace

PLAIN = ("orders", "lines", "refunds", "occasions", "products", "costs", "rates", "spend", "people")


def export(home: Path | None, table: str, to: Path, *, json: bool) -> None:
    """Write `table` to `to`.

    Raises BadInput for an unknown table or ending, NotFound when nothing was refreshed yet.
    """
    if table != "customers" and table not in PLAIN:
        raise BadInput(f"There is no table '{table}' to export; there are customers, {', '.join(PLAIN)}.")
    if to.suffix.lower() not in (".csv", ".parquet"):
        raise BadInput(f"{to.name}: the name must end in .csv or .parquet.")
    if not to.parent.is_dir():
        raise BadInput(f"There is no folder {to.parent} to write {to.name} into.")
    workspace = started(home)
    rows = _customers(workspace, to) if table == "customers" else _plain(workspace, table, to)
    if json:
        print_json({"table": table, "rows": rows, "file": str(to)})
    else:
        typer.echo(f"{rows:,} rows of {table} written to {to}.")


def _customers(workspace: Workspace, to: Path) -> int:
    from regulars.customers import queries
    from regulars.customers.refresh import open_lake

    run, firm = last_run(workspace)
    snapshot = open_lake(workspace).snapshot({"standing": run.standing_version})
    con = snapshot.con
    ids = con.create_table("external_ids", queries.external_ids(), temp=True)
    table = snapshot.table("standing").left_join(ids, "customer_id").drop("customer_id_right")
    first = ["customer_id", "external_id"]
    table = table.select(*first, *[name for name in table.columns if name not in first]).order_by("customer_id")
    return _write(con, table, to, firm.currency)


def _plain(workspace: Workspace, name: str, to: Path) -> int:
    from regulars.customers.refresh import open_lake

    snapshot = open_lake(workspace).snapshot()
    return _write(snapshot.con, snapshot.table(name), to, workspace.settings.firm.currency or "EUR")


def _write(con: Any, table: Any, to: Path, currency: str) -> int:
    from regulars.base.money import digits
    from regulars.lake.tables import MONEY_COLUMNS

    names = table.columns
    types = dict(table.schema().items())
    columns = []
    for name in names:
        column = table[name]
        if name.endswith("_id") and types[name].is_integer():
            column = column.cast("string")
        elif name in MONEY_COLUMNS:
            column = column.cast(f"decimal(18, {digits(currency)})") / 10 ** digits(currency)
        elif types[name].is_string() and to.suffix.lower() == ".csv":
            # A cell that begins so is run as a formula by spreadsheets.
            column = (column.re_search(r"^[=+\-@\t\r]")).ifelse("'" + column, column)
        columns.append(column.name(name))
    shown = table.select(*columns)
    temporary = to.with_name(to.name + ".part")
    if to.suffix.lower() == ".csv":
        con.to_csv(shown, temporary, header=True)
    else:
        con.to_parquet(shown, temporary)
    temporary.replace(to)
    return int(shown.count().execute())

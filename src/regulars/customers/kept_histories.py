"""Histories of a refresh kept beside the lake, so that the next one reads only the customers whose occasions changed.

One file in the lake's folder, derived from its tables: numbers of customers, days and sums. It goes whenever somebody
is forgotten, is in no backup, and counts only for the run that names it: another one, or none, and all is read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa

if TYPE_CHECKING:
    from regulars.insight.histories import Histories
    from regulars.insight.onward import Earlier
    from regulars.lake import Lake

LEAST = 50_000
"""Customers below which all are read as fast."""
_NAME = "histories.arrow"


def keep(root: Path, known: Histories, basis: str, versions: Mapping[str, int]) -> str:
    """Keep histories of occasions as of `versions` of the tables; returns what the run is to call them."""
    from regulars.insight.histories import PER_CUSTOMER

    if len(known) < LEAST:
        forget(root)
        return ""
    token = uuid4().hex
    told = {"token": token, "as_of": known.as_of, "basis": basis, "versions": dict(versions)}
    columns = {name: pa.array(getattr(known, name), from_pandas=False) for name in PER_CUSTOMER}
    days = pa.LargeListArray.from_arrays(pa.array(known.offsets), pa.array(known.days))
    table = pa.table({**columns, "days": days}, metadata={"regulars": json.dumps(told)})
    temporary = root / f"{_NAME}.new"
    try:
        with pa.OSFile(str(temporary), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table)
        temporary.replace(root / _NAME)
    except OSError:  # it only saves time: a full disk is no reason to fail
        forget(root)
        return ""
    return token


def earlier(root: Path, token: str, lake: Lake, now: Mapping[str, int]) -> Earlier | None:
    """The histories that a run calls `token`, and who changed until the versions `now`; None when they are gone."""
    from regulars.insight.histories import PER_CUSTOMER, Histories
    from regulars.insight.onward import Earlier

    if not token:
        return None
    try:
        with pa.memory_map(str(root / _NAME)) as file:
            table = pa.ipc.open_file(file).read_all()
        told = json.loads((table.schema.metadata or {})[b"regulars"])
    except (OSError, pa.ArrowInvalid, KeyError, ValueError):
        return None
    changed = lake.changed_customers(told["versions"], now) if told["token"] == token else None
    if changed is None or set(table.column_names) != {*PER_CUSTOMER, "days"}:
        return None
    columns = {name: table.column(name).chunk(0).to_numpy() for name in PER_CUSTOMER}
    days = table.column("days").chunk(0)
    known = Histories(as_of=told["as_of"], offsets=days.offsets.to_numpy(), days=days.values.to_numpy(), **columns)
    return Earlier(known, changed, told["basis"])


def forget(root: Path) -> None:
    """Remove what is kept."""
    for name in (_NAME, f"{_NAME}.new"):
        (root / name).unlink(missing_ok=True)

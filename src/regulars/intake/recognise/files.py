"""Recognition of one or several files: tables, kinds, mappings, formats, joins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Given
from pathlib import Path

import msgspec

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.intake import presets
from regulars.intake.fields import KINDS, Kind, normal
from regulars.intake.mapping import Mapping
from regulars.intake.open.sample import Table, tables
from regulars.intake.recognise import formats, joins, kinds
from regulars.intake.recognise.assign import per_line
from regulars.intake.recognise.content import Profile, profiles
from regulars.intake.recognise.result import Defaults, Example, Join, Recognised, RecognisedFile, Skipped

_KEYS = ("order_number", "customer_ref", "product_id")


def recognise(
    paths: Sequence[Path],
    *,
    kind: Kind | None = None,
    mapping: Mapping | None = None,
    defaults: Defaults | None = None,
    corrections: Given[str, Mapping] | None = None,
    known: Callable[[Sequence[str]], Mapping | None] = lambda _titles: None,
) -> Recognised:
    """Say what the files are. Reads samples only; keeps nothing.

    `kind` and `mapping` overrule recognition; a mapping with columns is taken as it stands. `corrections` do so for
    single tables, by the name under which they are shown. `known` is asked, with its titles, for the mapping of a table
    of which nothing is recognised. Raises BadInput when a
    file can't be opened, when the mapping names what isn't there, or when none of the files is of a known kind.
    """
    if kind is not None and kind not in KINDS:
        raise BadInput(f"There is no kind '{kind}'; there are {', '.join(KINDS)}.")
    files: list[RecognisedFile] = []
    keys: list[dict[str, frozenset[str]]] = []
    skipped: list[Skipped] = []
    for path in paths:
        for table in tables(path, mapping):
            columns = profiles(table)
            by_hand = (corrections or {}).get(table.name)
            found = _file(path, table, columns, None if by_hand else kind, by_hand or mapping, defaults or Defaults())
            if isinstance(found, Skipped) and (before := known(table.layout.titles)) is not None:
                found = _file(path, table, columns, kind, before, defaults or Defaults())
            if isinstance(found, Skipped):
                skipped.append(found)
                continue
            files.append(found)
            by_title = {column.title: column for column in columns}
            keys.append(
                {f: frozenset(by_title[t].all_cells) for f in _KEYS if (t := found.mapping.columns.get(f)) is not None}
            )
    if not files:
        raise BadInput("\n".join(one.sentence for one in skipped) or told("No file was named."))
    plan = joins.plan(files, keys)
    return Recognised(files, plan, _lonely(files, plan), skipped)


def _file(
    path: Path, table: Table, columns: list[Profile], kind: Kind | None, given: Mapping | None, defaults: Defaults
) -> RecognisedFile | Skipped:
    titles = table.layout.titles
    if not table.head and not table.scattered:
        why = told("it has titles but no rows under them. Export it again for a period with orders.")
        return Skipped(table.name, why)
    if given is not None and given.columns:
        mapping = _checked(msgspec.structs.replace(given, dates=dict(given.dates)), titles, table.name)
    else:
        found = presets.find(titles, [bool(c.cells) for c in columns], kind or (given.kind if given else None))
        found = found or _by_columns(table, columns, kind or (given.kind if given else None), path, given)
        if found is None:
            return Skipped(table.name, _unknown(titles))
        mapping = _with_given(found, given)
    cautions = [*table.cautions, *formats.settle(mapping, columns, table, defaults)]
    examples = [Example(i + 1, tuple(row)) for i, row in enumerate(table.head[:10])]
    size = path.stat().st_size
    return RecognisedFile(
        path, table.name, mapping.kind, table.layout, mapping, examples, cautions, size, table.rows_about, table.exact
    )


def _by_columns(
    table: Table, columns: list[Profile], kind: Kind | None, path: Path, given: Mapping | None
) -> Mapping | None:
    ignored = set(given.ignore) if given else set()
    free = [column for column in columns if column.title not in ignored]
    name = f"{path.name} {table.layout.sheet} {table.layout.member}"
    decided = kinds.decide(table, free, name.removesuffix(path.suffix), kind)
    if decided is None:
        return None
    found, assigned = decided
    mapping = Mapping(kind=found, columns={field: column.title for field, (column, _) in assigned.items()})
    if found == "customers":
        _person_behind(mapping, free)
    if found == "lines" and "order_number" in mapping.columns:
        mapping.blank_repeats = _blank_continuations(mapping, columns, table)
        mapping.per_line = per_line(assigned, table)
    return mapping


def _person_behind(mapping: Mapping, columns: list[Profile]) -> None:
    """A customers' file with one id that is unique and another that repeats: the second is the person."""
    key = next((c for c in columns if c.title == mapping.columns.get("customer_ref")), None)
    if key is None or key.distinct < 1 or "person_ref" in mapping.columns:
        person = next((c for c in columns if c.title == mapping.columns.get("person_ref")), None)
        if person is not None and key is not None and person.distinct == 1 and key.distinct < 1:
            mapping.columns["customer_ref"], mapping.columns["person_ref"] = person.title, key.title
        return
    used = set(mapping.columns.values())
    for column in columns:
        words = set(normal(column.title).split())
        if (
            column.title not in used
            and words & {"id", "key", "number", "person", "unique", "customer", "client"}
            and column.filled > 0.99
            and 0.3 < column.distinct < 1
            and column.words < 0.1
            and not column.fractions
        ):
            mapping.columns["person_ref"] = column.title
            return


def _blank_continuations(mapping: Mapping, columns: list[Profile], table: Table) -> bool:
    """True when an order's date is only in its first row: later rows of the same order leave it blank."""
    at = {c.title: c.index for c in columns}
    when, number = mapping.columns.get("ordered_at"), mapping.columns["order_number"]
    if when is None:
        return False
    previous, blank, again = None, 0, 0
    for row in table.head:
        same = row[at[number]] is not None and row[at[number]] == previous
        blank += not row[at[when]]
        again += same and not row[at[when]]
        previous = row[at[number]]
    return again > 0 and again >= 0.9 * blank


def _checked(mapping: Mapping, titles: list[str], name: str) -> Mapping:
    missing = [title for title in mapping.columns.values() if title not in titles]
    if missing:
        shown = ", ".join(f"'{title}'" for title in titles[:30])
        raise BadInput(f"{name} has no column '{missing[0]}', which the mapping names. Its columns are {shown}.")
    mapping.check()
    return mapping


def _with_given(found: Mapping, given: Mapping | None) -> Mapping:
    """What recognition found, with everything that the given mapping says about formats."""
    if given is None:
        return found
    found.dates.update(given.dates)
    found.statuses.update(given.statuses)
    for name in ("decimal", "currency", "time_zone", "country", "sheet", "delimiter", "encoding"):
        setattr(found, name, getattr(given, name) or getattr(found, name))
    found.per_line = given.per_line or found.per_line
    found.header_row, found.ignore = given.header_row, list(given.ignore)
    found.blank_repeats = found.blank_repeats or given.blank_repeats
    return found


def _unknown(titles: list[str]) -> str:
    shown = ", ".join(f"'{title}'" for title in titles[:12]) + (", ..." if len(titles) > 12 else "")
    return told(
        f"it isn't clear what its columns ({shown}) mean. Orders need at least a date and a customer or an amount; "
        "name the kind with --kind, or say which column is which in a mapping (--map, see docs/files.md)."
    )


def _lonely(files: list[RecognisedFile], plan: list[Join]) -> list[str]:
    """Files that lack what only another file could give."""
    joined = {join.left for join in plan}
    return [
        told(f"{file.name} has no dates of its own, and no file of orders was given with it: its rows can't be dated.")
        for index, file in enumerate(files)
        if file.kind == "lines" and "ordered_at" not in file.mapping.columns and index not in joined
    ]

"""Rows into the store, a block of customers in each transaction, so that nobody else waits long.

Rows come as Arrow tables and are staged in a temporary table (PostgreSQL: COPY; SQLite: before the transaction begins,
so that its lock isn't held meanwhile); the rest is the same SQL on both. Where the store has nothing yet they go
straight into their table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
from django.db import connection, transaction

from regulars.base import clock
from regulars.customers import ahead, sync_blocks, sync_words
from regulars.customers.models import NameWord, Picture, Recent, Run, StandingChange
from regulars.customers.sync_blocks import Difference, Guesses, Ids
from regulars.customers.sync_columns import NOT_JUDGED, Column
from regulars.platform import sql
from regulars.platform.models import Event

STANDING_CHANGED = "standing changed"


@contextmanager
def roomy() -> Iterator[None]:
    """More memory for SQLite's pages within the block: rows fall all over its indexes, and reading the same pages
    again and again takes a third of the time."""
    if sql.on_postgresql():
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute("PRAGMA cache_size = -65536")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {before}")


@contextmanager
def without_indexes() -> Iterator[None]:
    """Within the block the tables of pictures have no index but their keys; they get them afterwards.

    For the first sync of many customers: rows fall all over an index, which takes ten times as long as building it
    when all are there. Indexes that are missing after a crash are made by `complete_indexes`.
    """
    with connection.cursor() as cursor:
        for name in _indexes():
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')
    yield
    complete_indexes()


def complete_indexes() -> None:
    """Make the indexes of the tables of pictures that aren't there."""
    with connection.cursor() as cursor:
        there: set[str] = set()
        for model in (Picture, NameWord):
            there |= set(connection.introspection.get_constraints(cursor, model._meta.db_table))
        for name, statement in _indexes().items():
            if name not in there:
                cursor.execute(statement)


def settle() -> None:
    """After many rows were written: PostgreSQL's planner learns of them, and that indexes alone can answer for them."""
    if sql.on_postgresql():
        with connection.cursor() as cursor:
            for model in (Picture, NameWord, Recent):
                cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")


def _indexes() -> dict[str, str]:
    editor = connection.schema_editor(collect_sql=True)
    statements = [str(s) for model in (Picture, NameWord) for s in editor._model_indexes_sql(model)]  # type: ignore[attr-defined]  # what migrations use
    return {statement.split('"')[1]: statement for statement in statements}


class PictureWriter:
    """Writes pictures of one run. `first`: nothing was synced before, so nothing has changed yet."""

    def __init__(self, run: Run, columns: Sequence[Column], *, first: bool) -> None:
        self._run, self._first = run, first
        self._empty = not (Picture.objects.exists() or NameWord.objects.exists())
        self._columns = {"customer_id": "bigint", "sort_name": "text"} | {c.name: c.kind for c in columns}

    def write(self, difference: Difference, rows: pa.Table, guesses: Guesses) -> bool:
        """Write `rows`, remove the pictures of those who are gone, and note what the block has then.

        False, with nothing done, when the block is no longer as it was before: somebody changed a customer.
        """
        block, gone = difference.block, difference.gone.tolist()
        names = sync_words.folded(rows["label"].to_pylist())
        cut = pa.array([name[: sync_words.LONGEST_NAME] for name in names], pa.string())
        rows = rows.append_column("sort_name", cut).select(list(self._columns))
        if self._empty and not difference.before.any():
            return self._write_first(difference, rows, names, guesses)
        with _staged("incoming_picture", self._columns, rows):
            if not sync_blocks.still("fingerprints", block, difference.before):
                return False
            if rows.num_rows:
                if not self._first:
                    _spare("incoming_picture", ahead.ahead(self._run.versions), Picture)
                if not self._first:
                    self._note_changes()
                self._name()
                _upsert(Picture._meta.db_table, "incoming_picture", list(self._columns))
            if gone:
                remove(gone)
            sync_blocks.write("fingerprints", block, difference.after)
            sync_blocks.write_guesses(block, guesses)
        return True

    def _write_first(self, difference: Difference, rows: pa.Table, names: list[str], guesses: Guesses) -> bool:
        """The same for a block of which the store has nothing."""
        put = _ready(Picture._meta.db_table, rows)
        given = zip(names, rows["customer_id"].to_pylist(), strict=True)
        named = sorted([(word, who) for folded, who in given for word in sync_words.words_of(folded)])
        with transaction.atomic():
            if not sync_blocks.still("fingerprints", difference.block, difference.before):
                return False
            put()
            _put_words(named)
            sync_blocks.write("fingerprints", difference.block, difference.after)
            sync_blocks.write_guesses(difference.block, guesses)
        return True

    def _note_changes(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.customer_id, p.standing, i.standing, p.rung, i.rung FROM incoming_picture i "
                "LEFT JOIN customers_picture p ON p.customer_id = i.customer_id WHERE i.standing <> %s AND "
                "(p.standing IS NULL OR p.standing <> i.standing OR p.rung <> i.rung) ORDER BY i.customer_id",
                [NOT_JUDGED],
            )
            changes = [
                (who, *((None, now, None, rung) if was in (None, NOT_JUDGED) else (was, now, rung_was, rung)))
                for who, was, now, rung_was, rung in cursor.fetchall()
            ]
        names = ("standing_before", "standing", "rung_before", "rung")
        StandingChange.objects.bulk_create(
            StandingChange(customer_id=who, run=self._run, day=self._run.as_of, **dict(zip(names, values, strict=True)))
            for who, *values in changes
        )
        now = clock.now()
        Event.objects.bulk_create(
            [
                Event(
                    message_id=f"{STANDING_CHANGED}:{self._run.pk}:{who}",
                    name=STANDING_CHANGED,
                    customer_id=who,
                    occurred_at=now,
                    recorded_at=now,
                    properties={"run": self._run.pk} | dict(zip(names, values, strict=True)),
                )
                for who, *values in changes
            ],
            ignore_conflicts=True,
        )

    def _name(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.customer_id, i.label, p.label IS NULL FROM incoming_picture i LEFT JOIN customers_picture p "
                "ON p.customer_id = i.customer_id WHERE p.label IS NULL OR p.label <> i.label"
            )
            named = cursor.fetchall()
        name([(who, label) for who, label, _ in named], known=[who for who, _, new in named if not new])


def name(labels: Sequence[tuple[int, str]], *, known: Sequence[int]) -> None:
    """Let customers be found by the words of their labels; `known` had others before. In the caller's transaction."""
    if known:
        NameWord.objects.filter(customer_id__in=known).delete()
    names = sync_words.folded([label for _, label in labels])
    given = zip(names, labels, strict=True)
    _put_words([(word, who) for folded, (who, _) in given for word in sync_words.words_of(folded)])


def _put_words(given: Sequence[tuple[str, int]]) -> None:
    if not given:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_nameword (word, customer_id) "
            f"SELECT word, customer_id FROM {sql.rows({'word': 'text', 'customer_id': 'bigint'})} AS new "
            "WHERE true ON CONFLICT DO NOTHING",
            [sql.packed(given)],
        )


def remove(customer_ids: Sequence[int]) -> None:
    """Take the pictures of these customers away, with all that belongs to them; in the caller's transaction."""
    for model in (Picture, NameWord, Recent):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE customer_id IN {sql.listed()}", [sql.packed(map(int, customer_ids))]
            )


def write_recent(difference: Difference, rows: pa.Table, newer: Callable[[], Ids], *, empty: bool) -> bool:
    """The same for the latest orders: `rows` has `customer_id` and `packed`. empty : of nobody there were any."""
    block = difference.block
    columns = {"customer_id": "bigint", "packed": "text"}
    rows = rows.select(list(columns))
    if empty and not difference.before.any():
        put = _ready(Recent._meta.db_table, rows)
        with transaction.atomic():
            if not sync_blocks.still("recent", block, difference.before):
                return False
            put()
            sync_blocks.write("recent", block, difference.after)
        return True
    with _staged("incoming_recent", columns, rows):
        if not sync_blocks.still("recent", block, difference.before):
            return False
        spared = newer()
        gone = np.setdiff1d(difference.gone, spared).tolist()
        _spare("incoming_recent", spared, Recent)
        _upsert(Recent._meta.db_table, "incoming_recent", list(columns))
        if gone:
            _delete(Recent._meta.db_table, gone)
        sync_blocks.write("recent", block, difference.after)
    return True


def _spare(incoming: str, newer: Ids, model: type[Picture | Recent]) -> None:
    """Don't write those of whom the store knows more by now than whoever made these rows."""
    if len(newer):
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {incoming} WHERE customer_id IN {sql.listed()} "
                f"AND customer_id IN (SELECT customer_id FROM {model._meta.db_table})",
                [sql.packed(newer.tolist())],
            )


def _delete(table: str, customer_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE customer_id IN {sql.listed()}", [sql.packed(customer_ids)])


def _upsert(table: str, incoming: str, columns: Sequence[str]) -> None:
    listed = ", ".join(columns)
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "customer_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {incoming} WHERE true "
            f"ON CONFLICT (customer_id) DO UPDATE SET {changed}"
        )


def _ready(table: str, rows: pa.Table) -> Callable[[], None]:
    """What puts new rows into a table, made ready: the transaction, and SQLite's lock, is only for the writing."""
    listed = ", ".join(rows.column_names)
    if sql.on_postgresql():
        content = _csv(rows)

        def copy() -> None:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(content)

        return copy
    values = list(zip(*map(_plain, rows.columns), strict=True))
    marks = ", ".join(["%s"] * rows.num_columns)

    def insert() -> None:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", values)

    return insert


@contextmanager
def _staged(name: str, columns: dict[str, str], rows: pa.Table) -> Iterator[None]:
    """A transaction with a temporary table of that name that has the rows."""
    described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    if sql.on_postgresql():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE {name} ({described}) ON COMMIT DROP")
            with cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
                copy.write(_csv(rows))
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({described})")
        cursor.execute(f"DELETE FROM temp.{name}")
        marks = ", ".join(["%s"] * len(columns))
        values = [_plain(column) for column in rows.columns]
        cursor.executemany(f"INSERT INTO temp.{name} VALUES ({marks})", list(zip(*values, strict=True)))
    with transaction.atomic():
        yield


def _csv(rows: pa.Table) -> bytes:
    from pyarrow import csv

    sink = pa.BufferOutputStream()
    csv.write_csv(rows, sink, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return bytes(sink.getvalue())


def _plain(column: pa.ChunkedArray) -> list[object]:
    kind = pa.string() if pa.types.is_date(column.type) else pa.int8() if pa.types.is_boolean(column.type) else None
    found: list[object] = (column.cast(kind) if kind else column).to_pylist()
    return found

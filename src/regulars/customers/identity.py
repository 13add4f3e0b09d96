"""Who is who: keys of files (shop's customer id, e-mail, phone) become integer customer ids, the same ones each time.

Keys in order of trust: the shop's own id, then e-mail, then phone. A row belongs to the customer of its most trusted
key; its other keys are attached to that customer unless they mean somebody already. An e-mail known from orders
without an id is taken over by the first id that comes with it. A row without any key is a guest: a customer of its
own, known by its order number, so that the same file twice makes the same guest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Self, TypeVar

import duckdb
import pyarrow as pa
from django.db import connection, transaction

from regulars.customers import merges
from regulars.customers.models import Counter, Identity
from regulars.platform import sql
from regulars.platform.locks import held

KINDS = ("ref", "email", "phone", "guest")
CHUNK = 100_000
LARGEST_ID = 2**53 - 1  # what JavaScript and Excel still show exactly
_T = TypeVar("_T")
RAW = "COALESCE(origin_id, customer_id)"
"""The number under which the lake keeps what comes with a key: whom it meant before any merge."""
FEW = 1_000
"""So few keys are looked up without asking how large the map is: counting a million takes longer."""
_LOOK_UP_COST = 4
"""Looking a key up costs so many times as much as reading a key of the whole map."""

_KNOWN = pa.schema([("key", pa.string()), ("customer_id", pa.int64()), ("has_ref", pa.bool_())])


def assign(keys: pa.Table, *, shop: str = "shop", import_id: int) -> pa.Table:
    """The customer of each row of keys; unknown ones are made.

    Parameters
    keys : `key` int64 (the caller's, unique), `customer_ref`, `email`, `phone`, `guest` (strings or null). `guest` is
        looked at only where the other three are null.
    import_id : noted on customers made here.

    Returns `key`, `customer_id` (int64) and `new` (bool), ordered by `key`. Repeating the call gives the same ids, and
    so does a call that was interrupted and made again. Raises ValueError for a row whose keys are all null.
    """
    with Handing(shop, import_id) as handing:
        answer = handing.assign(keys)
        handing.keep()
        return answer


class Handing:
    """Customers handed out at once and kept in the store a little later, so that other work can go on beside.

    Nothing may rest on new customers before `keep` has returned; left without it, nobody was made. From `assign` to
    `keep` no other process hands any out.
    """

    def __init__(self, shop: str, import_id: int) -> None:
        self._shop, self._import_id = shop, import_id
        self._open = ExitStack()
        self._con: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._con = None
        self._open.close()

    def assign(self, keys: pa.Table) -> pa.Table:
        """As the function `assign`, without keeping it."""
        self._open.enter_context(alone())
        con = self._open.enter_context(duckdb.connect())
        con.register("given", keys)
        con.execute(_WANTED)
        nameless = con.sql(_NAMELESS).fetchall()[0][0]
        if nameless:
            raise ValueError(f"{nameless} rows have no key at all: give guests their order number")
        asked: list[str] = []
        for kind in KINDS:
            wanted = con.sql(f"SELECT DISTINCT {kind} FROM wanted WHERE {kind} IS NOT NULL").to_arrow_table()
            con.register(f"known_{kind}", _known(self._shop, kind, wanted.column(0)))
            asked += [kind] if len(wanted) else []
        con.execute(_RESOLVE)
        # Owners are numbered in the order of their keys, chunk by chunk: a call that was cut off and made again goes on
        # with the same numbers, and the store's index grows at its end only.
        con.execute(f"CREATE TEMP TABLE owners AS {_owners(asked)}")
        con.execute(
            "CREATE TEMP TABLE made AS SELECT *, row_number() OVER (ORDER BY owner_kind, owner) + "
            f"{_next_id() - 1} AS customer_id FROM owners"
        )
        self._con = con
        return con.sql(_answer(asked)).to_arrow_table()

    def keep(self) -> None:
        """Put new customers and keys into the store; again does nothing."""
        if self._con is not None:
            _create(self._con, self._shop, self._import_id)
            self._con = None
            self._open.close()


def alone(timeout_seconds: float = 600.0) -> AbstractContextManager[None]:
    """One process at a time: between looking a key up and inserting it nobody else may hand out an id for it.

    Raises Conflict when somebody else still holds it after `timeout_seconds`.
    """
    return held("identity", timeout_seconds=timeout_seconds, what="The identity map")


_WANTED = """
CREATE TEMP TABLE wanted AS
SELECT key, customer_ref AS ref, email, phone,
       CASE WHEN coalesce(customer_ref, email, phone) IS NULL THEN guest END AS guest
FROM given
"""

_NAMELESS = "SELECT count(*) FROM wanted WHERE coalesce(ref, email, phone, guest) IS NULL"

# An owner is the most trusted key of a customer in this batch; `target` is the customer it means, null when new.
_RESOLVE = """
CREATE TEMP TABLE taken_over AS          -- ids that take over a customer known by e-mail only
SELECT min(ref) AS ref, customer_id FROM (
    SELECT w.ref, min(e.customer_id) AS customer_id
    FROM wanted w JOIN known_email e ON w.email = e.key AND NOT e.has_ref
    WHERE w.ref IS NOT NULL AND w.ref NOT IN (SELECT key FROM known_ref)
    GROUP BY w.ref)
GROUP BY customer_id;
CREATE TEMP TABLE by_ref AS
SELECT r.ref AS key, 'ref' AS owner_kind, r.ref AS owner, coalesce(k.customer_id, t.customer_id) AS target
FROM (SELECT DISTINCT ref FROM wanted WHERE ref IS NOT NULL) r
LEFT JOIN known_ref k ON k.key = r.ref LEFT JOIN taken_over t ON t.ref = r.ref;
CREATE TEMP TABLE by_email AS
SELECT m.email AS key,
       CASE WHEN b.key IS NULL THEN 'email' ELSE 'ref' END AS owner_kind,
       CASE WHEN b.key IS NULL THEN m.email ELSE b.owner END AS owner,
       CASE WHEN k.key IS NULL THEN b.target ELSE k.customer_id END AS target
FROM (SELECT email, min(ref) AS ref FROM wanted WHERE email IS NOT NULL GROUP BY email) m
LEFT JOIN known_email k ON k.key = m.email LEFT JOIN by_ref b ON b.key = m.ref;
CREATE TEMP TABLE by_phone AS
SELECT m.phone AS key,
       coalesce(b.owner_kind, e.owner_kind, 'phone') AS owner_kind,
       coalesce(b.owner, e.owner, m.phone) AS owner,
       CASE WHEN k.key IS NULL THEN coalesce(b.target, e.target) ELSE k.customer_id END AS target
FROM (SELECT phone, min(ref) AS ref, min(email) FILTER (WHERE ref IS NULL) AS email
      FROM wanted WHERE phone IS NOT NULL GROUP BY phone) m
LEFT JOIN known_phone k ON k.key = m.phone
LEFT JOIN by_ref b ON b.key = m.ref LEFT JOIN by_email e ON m.ref IS NULL AND e.key = m.email;
CREATE TEMP TABLE by_guest AS
SELECT g.guest AS key, 'guest' AS owner_kind, g.guest AS owner, k.customer_id AS target
FROM (SELECT DISTINCT guest FROM wanted WHERE guest IS NOT NULL) g LEFT JOIN known_guest k ON k.key = g.guest;
"""


def _owners(kinds: Sequence[str]) -> str:
    """SQL: owners among these kinds of keys that are new."""
    # Of one kind alone, keys are their own owners and stand there once.
    return " UNION ".join(f"SELECT owner_kind, owner FROM by_{kind} WHERE target IS NULL" for kind in kinds or KINDS)


# Keys that the store doesn't have yet, each with the customer it will mean; owners of new customers are among `made`.
_NEW_KEYS = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, b.key, coalesce(b.target, m.customer_id) AS customer_id, b.target IS NULL AS of_new "
    f"FROM by_{kind} b LEFT JOIN made m ON b.target IS NULL AND m.owner_kind = b.owner_kind AND m.owner = b.owner "
    f"WHERE b.key NOT IN (SELECT key FROM known_{kind}) "
    f"AND NOT (b.target IS NULL AND b.owner_kind = '{kind}' AND b.owner = b.key)"
    for kind in KINDS
)


def _answer(kinds: Sequence[str]) -> str:
    """SQL: the customer of every row, by the most trusted of its keys."""
    parts = [
        f"""SELECT w.key, coalesce(b.target, m.customer_id) AS customer_id, b.target IS NULL AS new
        FROM wanted w JOIN by_{kind} b ON b.key = w.{kind}
        LEFT JOIN made m ON b.target IS NULL AND m.owner_kind = b.owner_kind AND m.owner = b.owner
        WHERE {" AND ".join(f"w.{other} IS NULL" for other in KINDS[: KINDS.index(kind)]) or "true"}"""
        for kind in kinds or KINDS
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY key"


def _create(con: duckdb.DuckDBPyConnection, shop: str, import_id: int) -> None:
    first = _next_id()
    con.execute(f"CREATE TEMP TABLE new_keys AS {_NEW_KEYS}")
    owners = con.sql("SELECT owner_kind, owner FROM made ORDER BY customer_id").to_arrow_table()
    end = first + len(owners)
    for start in range(first, end, CHUNK):
        stop = min(start + CHUNK, end)
        keys = con.sql(
            f"SELECT kind, key, customer_id FROM new_keys WHERE of_new AND customer_id BETWEEN {start} "
            f"AND {stop - 1} ORDER BY kind, key"
        ).to_arrow_table()
        with transaction.atomic():
            _insert_customers(start, stop, import_id)
            for kind, id_, own in _runs(owners.slice(start - first, stop - start), start):
                _insert_own_keys(shop, kind, id_, own)
            _insert_keys(shop, keys)
            Counter.objects.update_or_create(name="customer", defaults={"next_id": stop})
    attached = con.sql("SELECT kind, key, customer_id FROM new_keys WHERE NOT of_new ORDER BY kind, key")
    ends = merges.ends()
    for batch in attached.to_arrow_table().to_batches(CHUNK):
        with transaction.atomic():
            _insert_keys(shop, pa.Table.from_batches([batch]))
            for origin in ends.keys() & set(batch.column("customer_id").to_pylist()):
                theirs = Identity.objects.filter(customer_id=origin)
                theirs.update(origin_id=origin, customer_id=ends[origin])


def _runs(owners: pa.Table, first: int) -> Iterator[tuple[str, int, list[str]]]:
    """Owners (owner_kind, owner), numbered from `first` in the order of their kinds, kind by kind."""
    kinds = owners["owner_kind"].value_counts().to_pylist()
    for one in kinds:
        yield one["values"], first, owners["owner"].slice(0, one["counts"]).to_pylist()
        owners, first = owners.slice(one["counts"]), first + one["counts"]


def shops() -> list[str]:
    """All shops that have keys: from each to the next in the index, as DISTINCT would read a million keys."""
    found: list[str] = []
    while True:
        later = Identity.objects.filter(shop__gt=found[-1] if found else "").order_by("shop")
        shop = later.values_list("shop", flat=True).first()
        if shop is None:
            return found
        found.append(shop)


def next_number() -> int:
    """The number of a customer that the caller makes now, in its transaction and within `alone`."""
    number = _next_id()
    if number > LARGEST_ID:
        raise OverflowError("customer ids are used up")
    Counter.objects.update_or_create(name="customer", defaults={"next_id": number + 1})
    return number


def _next_id() -> int:
    counter = Counter.objects.filter(name="customer").first()
    return counter.next_id if counter else 1


def _insert_customers(start: int, stop: int, import_id: int) -> None:
    if stop > LARGEST_ID:
        raise OverflowError("customer ids are used up")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE span(id) AS (SELECT %s UNION ALL SELECT id + 1 FROM span WHERE id < %s) "
            "INSERT INTO customers_customer (id, kind, import_id) SELECT id, 'person', %s FROM span",
            [start, stop - 1, import_id],
        )


def _insert_keys(shop: str, keys: pa.Table) -> None:
    if not keys.num_rows:
        return
    columns = [column.to_pylist() for column in keys.columns]
    if sql.on_postgresql():
        _copy_keys(shop, *columns)
        return
    given = sql.rows({"kind": "text", "key": "text", "customer_id": "bigint"})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_identity (shop, kind, key, customer_id) "
            f"SELECT %s, kind, key, customer_id FROM {given} AS given",
            [shop, sql.packed(list(zip(*columns, strict=True)))],
        )


def _insert_own_keys(shop: str, kind: str, start: int, keys: Sequence[str]) -> None:
    """Keys of new customers whose ids count up from `start`: with no number beside each, twice as fast again."""
    if sql.on_postgresql():
        _copy_keys(shop, [kind] * len(keys), keys, range(start, start + len(keys)))
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_identity (shop, kind, key, customer_id) "
            "SELECT %s, %s, value, %s + key FROM json_each(%s)",
            [shop, kind, start, sql.packed(keys)],
        )


def _copy_keys(shop: str, kinds: Sequence[str], keys: Sequence[str], customers: Sequence[int]) -> None:
    """PostgreSQL's fastest way in: COPY, with its text written in one go."""
    name = _escaped(shop)
    lines = "\n".join(
        f"{name}\t{kind}\t{key}\t{customer}"
        for kind, key, customer in zip(kinds, map(_escaped, keys), customers, strict=True)
    )
    with connection.cursor() as cursor, cursor.copy(_COPY_KEYS) as copy:
        copy.write(lines)


_COPY_KEYS = "COPY customers_identity (shop, kind, key, customer_id) FROM STDIN"
_MEANT_BY_COPY = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(text: str) -> str:
    return text if text.isalnum() else text.translate(_MEANT_BY_COPY)


def _known(shop: str, kind: str, keys: pa.ChunkedArray) -> pa.Table:
    few = len(keys) <= FEW or len(keys) * _LOOK_UP_COST < _size(shop, kind)
    found = _look_up(shop, kind, keys.to_pylist()) if few else _whole_map(shop, kind)
    columns = list(zip(*found, strict=True)) or [(), ()]
    holders = _holders_of_refs(shop, columns[1]) if kind == "email" else set()
    return pa.table(
        [list(columns[0]), list(columns[1]), [customer in holders for customer in columns[1]]], schema=_KNOWN
    )


def _look_up(shop: str, kind: str, keys: Sequence[str]) -> list[tuple[str, int]]:
    rows: list[tuple[str, int]] = []
    with connection.cursor() as cursor:
        for some in _chunks(keys, CHUNK):
            cursor.execute(
                f"SELECT key, {RAW} FROM customers_identity "
                f"WHERE shop = %s AND kind = %s AND key IN {sql.listed('text')}",
                [shop, kind, sql.packed(some)],
            )
            rows += cursor.fetchall()
    return rows


def _size(shop: str, kind: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_identity WHERE shop = %s AND kind = %s", [shop, kind])
        return int(cursor.fetchone()[0])


def _whole_map(shop: str, kind: str) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, {RAW} FROM customers_identity WHERE shop = %s AND kind = %s", [shop, kind])
        return list(cursor.fetchall())


def _holders_of_refs(shop: str, customers: Sequence[int]) -> set[int]:
    holders: set[int] = set()
    with connection.cursor() as cursor:
        for some in _chunks(customers, CHUNK):
            cursor.execute(
                f"SELECT customer_id FROM customers_identity WHERE customer_id IN {sql.listed()} AND kind = 'ref' "
                "AND shop = %s",
                [sql.packed(some), shop],
            )
            holders.update(row[0] for row in cursor.fetchall())
    merged = Identity.objects.filter(shop=shop, kind="ref", origin_id__isnull=False)
    return holders | {number for number in merged.values_list("origin_id", flat=True) if number is not None}


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]

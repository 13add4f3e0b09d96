"""What the store has of each customer, as fingerprints in blocks: eight bytes a customer instead of a row to read.

A block changes in the transaction that writes its rows. Whoever changes rows by another way (a name edited, a merge)
marks their customers in the same transaction, so that the next sync looks at them, and one that is running notices.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from regulars.customers.models import SyncedBlock

SPAN = 5_000
MARKS = 2**32
"""Fingerprints are above, marks of `mark` below; 0 is no row."""

T = TypeVar("T")
Fingerprints = NDArray[np.uint64]
Guesses = NDArray[np.float32]
Ids = NDArray[np.int64]
Of = Literal["fingerprints", "recent"]
_NOTHING = np.zeros(SPAN, dtype="<u8")


def read(of: Of, size: int) -> Fingerprints:
    """Fingerprints by customer id, 0 to at least `size` - 1, in whole blocks."""
    stored = dict(SyncedBlock.objects.values_list("number", of))
    blocks = max([-(-size // SPAN), *(block + 1 for block in stored)], default=0)
    found = np.zeros(blocks * SPAN, dtype=np.uint64)
    for block, content in stored.items():
        found[block * SPAN : (block + 1) * SPAN] = unpacked(content)
    return found


def known(of: Of) -> int:
    """How many rows the store should have, marked ones not counted."""
    return int((read(of, 0) >= MARKS).sum())


def unpacked(content: bytes | memoryview | None) -> Fingerprints:
    """A block's fingerprints; zeros for an empty one."""
    return np.frombuffer(content, dtype="<u8") if content else _NOTHING


def still(of: Of, block: int, expected: Fingerprints) -> bool:
    """Within a transaction: whether the block is as it was read, and stays so until the end of the transaction."""
    return bool(np.array_equal(unpacked(getattr(_held(block), of)), expected))


def _held(block: int) -> SyncedBlock:
    # Made first, because only a row that is there can be locked (PostgreSQL; on SQLite the transaction is the lock).
    SyncedBlock.objects.bulk_create([SyncedBlock(number=block, fingerprints=b"", recent=b"")], ignore_conflicts=True)
    return SyncedBlock.objects.select_for_update().get(number=block)


def lock(customer_ids: Iterable[int]) -> None:
    """Within a transaction: let no sync write these customers' blocks until its end, without marking them."""
    if connection.vendor != "postgresql":
        return  # the transaction is the lock
    blocks = sorted({int(number) // SPAN for number in customer_ids})
    SyncedBlock.objects.bulk_create(
        [SyncedBlock(number=block, fingerprints=b"", recent=b"") for block in blocks], ignore_conflicts=True
    )
    held = SyncedBlock.objects.select_for_update().filter(number__in=blocks).order_by("number")
    list(held.values_list("number", flat=True))


def write(of: Of, block: int, fingerprints: Fingerprints) -> None:
    """Put the fingerprints of a block that is `still` the same into the store, in the caller's transaction."""
    SyncedBlock.objects.filter(number=block).update(**{of: fingerprints.astype("<u8").tobytes()})


def mark(customer_ids: Iterable[int]) -> None:
    """Let the next sync look at these customers, whatever it finds unchanged; in the caller's transaction."""
    for block, places in _by_block(customer_ids):
        row = _held(block)
        for of in ("fingerprints", "recent"):
            content = unpacked(getattr(row, of)).copy()
            # Another mark each time: a sync that saw the one before must see that something happened since.
            content[places] = 1 + secrets.randbelow(MARKS - 1)
            setattr(row, of, content.tobytes())
        row.save()


def _by_block(customer_ids: Iterable[int]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    ids = np.unique(np.fromiter(customer_ids, dtype=np.int64))
    for block in np.unique(ids // SPAN):
        yield int(block), ids[ids // SPAN == block] % SPAN


@dataclass(frozen=True)
class Written:
    """Rows written and taken away; `disturbed`: a block was left out because somebody changed a customer in it."""

    rows: int
    removed: int
    disturbed: bool


@dataclass(frozen=True)
class Difference:
    """One block in which the store differs from what it should have: ids to write, ids to take away."""

    block: int
    changed: Ids
    gone: Ids
    before: Fingerprints
    after: Fingerprints


def differences(
    wanted: Fingerprints, stored: Fingerprints, drifted: NDArray[np.bool_] | None = None
) -> Iterator[Difference]:
    """Blocks in which the two (of the same length, whole blocks) differ, or somebody has `drifted`, in order."""
    differ = np.flatnonzero(wanted != stored if drifted is None else (wanted != stored) | drifted)
    for block in np.unique(differ // SPAN):
        start, end = int(block) * SPAN, (int(block) + 1) * SPAN
        ids = differ[np.searchsorted(differ, start) : np.searchsorted(differ, end)]
        there = wanted[ids] != 0
        yield Difference(int(block), ids[there], ids[~there], stored[start:end], wanted[start:end])


def read_guesses(length: int, count: int) -> Guesses:
    """(length, count) guesses as they were written; NaN where nothing was, or where there were others then."""
    found = np.full((length, count), np.nan, dtype=np.float32)
    for block, content in SyncedBlock.objects.values_list("number", "guesses"):
        kept = np.frombuffer(content, dtype="<f4")
        if kept.size == SPAN * count:
            found[block * SPAN : (block + 1) * SPAN] = kept.reshape(SPAN, count)
    return found


def write_guesses(block: int, guesses: Guesses) -> None:
    """The same into the store, in the caller's transaction, for a block that is there."""
    SyncedBlock.objects.filter(number=block).update(guesses=guesses.astype("<f4").tobytes())


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made while the one before is being used: DuckDB reads while the store writes."""
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, source, None)
            yield item

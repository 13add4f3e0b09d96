"""Big files are read block by block, and one broken row costs its own block only (CHECKS 10)."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.reading.readings import HEAD, Readings, good

from regulars.intake.open import blocks
from regulars.intake.open.records import Record, fit
from regulars.intake.open.sniff import Dialect
from regulars.intake.read import original_rows


def test_quotation_marks_that_never_close(readings: Readings) -> None:
    staged = readings.take(
        HEAD
        + good(100)
        + 'A1,2024-01-05,"C1,5.00\n'
        + good(200, 200)
        + 'A2,2024-01-05,5" pipe,5.00\n'
        + '"A3",2024-01-05,"say ""hi""\nthere",5.00\n'
        + good(5, 900)
    )
    assert staged.kept == 307
    assert staged.reasons == {"unclosed_quote": 1}
    assert ('5" pipe',) in readings.rows("customer_ref")
    assert ('say "hi"\nthere',) in readings.rows("customer_ref")
    assert "Row 101 has a quotation mark" in readings.reasons()[0]


def cut(data: bytes, block: int, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    monkeypatch.setattr(blocks, "_BLOCK", block)
    found: list[Record] = []
    for piece in blocks.pieces(io.BytesIO(data), Dialect(","), "cp1252", 4, 1):
        if isinstance(piece, Record):
            found.append(fit(piece, 4))
        else:
            found.extend(Record(list(row.values())) for row in piece.to_pylist())
    return found


_PIECES = st.sampled_from(
    # plain, short, wide, quoted, over lines, never closed, inch sign, blank, Windows, beyond ASCII, NUL, malformed
    [
        "A,B,C,D\n",
        "A,,C,\n",
        "A,B\n",
        "A,B,C,D,E\n",
        '"A","B, B",C,D\n',
        '"A\nA",B,C,D\n',
        '"A,B,C,D\n',
        'A,5",C,D\n',
        "\n",
        "  \n",
        "A,B,C,D\r\n",
        "Ä,B,C,D\n",
        "A\x00,B,C,D\n",
        '"A""A\n\n",B,C,D\n',
        'A,"B"x,C,D\n',
    ]
)


@given(lines=st.lists(_PIECES, max_size=25), end=st.sampled_from(["", "Z,Z,Z,Z", '"Z']))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blocks_of_any_size_give_the_same_rows(lines: list[str], end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = ("t,u,v,w\n" + "".join(lines) + end).encode("cp1252" if len(lines) % 3 == 0 else "utf-8")
    whole = cut(data, 1 << 20, monkeypatch)
    for block in (1, 7, 30, 200):
        assert cut(data, block, monkeypatch) == whole


def test_one_broken_row_among_many_blocks(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", 1 << 14)
    text = HEAD + good(3000) + 'B1,2024-01-05,"two\nlines",5.00\nB2,2024-01-05\n' + good(3000, 3000)
    staged = readings.take(text)
    assert (staged.kept, staged.reasons) == (6001, {"missing_total": 1})
    assert readings.column("order_number") == [
        *(f"A{i}" for i in range(3000)),
        "B1",
        *(f"A{i}" for i in range(3000, 6000)),
    ]
    assert original_rows(readings.file, [3002, 3003])[1] == [
        ["B2", "2024-01-05", "", ""],
        ["A3000", "2024-01-05", "C4", "3000.50"],
    ]


def test_cells_over_many_lines_in_a_big_file(readings: Readings) -> None:
    rows = "".join(f'A{i},2024-01-05,"C{i}\nsecond line, with comma\n\nfourth",{i}.50\n' for i in range(30_000))
    staged = readings.take(HEAD + rows)
    assert (staged.kept, staged.set_aside) == (30_000, 0)

"""A file cut at any byte, imported, and then the whole file: the same as the whole file alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hard.intake.shops import state

from regulars.platform import store
from regulars.platform.workspace import open_workspace

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "full") == "full"
STEP = 1 if FULL else 25
NUMBERED = "order_id,customer,date,total\n" + "".join(
    f"{1000 + i},c{i % 4},2024-01-{i % 28 + 1:02d},{'-' if i % 5 == 4 else ''}{i * 37 % 90 + 10}.{i % 100:02d}\n"
    for i in range(8)
)
UNNUMBERED = "customer,date,pieces,total\n" + "".join(
    f"c{i % 4},2024-01-{i % 28 + 1:02d},{i % 12 + 1},{i * 37 % 90 + 10}\n" for i in range(9)
)
LINES = "invoice no,date,customer,stock code,quantity,unit price\n" + "".join(
    f"{'C' if i == 6 else ''}{i // 2 + 100},2024-01-{i // 2 + 1:02d},c{i // 2 % 2},p{i % 2},"
    f"{-1 if i == 6 else i + 1},2.{i}0\n"
    for i in range(8)
)


def take(home: Path, file: Path) -> None:
    from regulars.base.errors import BadInput
    from regulars.intake.pipeline import import_files

    workspace = open_workspace(home)
    store.start(workspace)
    with contextlib.suppress(BadInput):  # raised where too little is left to say what it is
        import_files(workspace, [file])


@pytest.mark.parametrize("text", [NUMBERED, UNNUMBERED, LINES], ids=["numbered", "unnumbered", "lines"])
def test_cut_at_any_byte_and_then_whole(tmp_path: Path, text: str) -> None:
    whole = tmp_path / "whole.csv"
    whole.write_text(text, encoding="utf-8")
    take(tmp_path / "whole", whole)
    expected = state(tmp_path / "whole")
    cut = tmp_path / "cut.csv"
    for at in range(len(text) - 1, text.index("\n") + 1, -STEP):
        cut.write_text(text[:at], encoding="utf-8")
        home = tmp_path / str(at)
        take(home, cut)
        take(home, whole)
        assert state(home) == expected, f"cut at byte {at}: ...{text[max(0, at - 30) : at]!r}"

"""No cell of any CSV that the product writes starts a formula, whatever customers and files are called."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path

import pytest
from django.conf import settings
from tests.members import browser, member
from tests.stores import other_database_when_hard
from typer.testing import CliRunner

from regulars.cli.app import app
from regulars.cli.exports import PLAIN
from regulars.console.customers_export import safe
from regulars.customers.refresh import refresh
from regulars.customers.sync import sync
from regulars.intake import pipeline
from regulars.intake.rejects import guarded
from regulars.platform.workspace import Workspace

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "regulars"
WRITERS = {"cli/exports.py", "console/customers_export.py", "intake/rejects.py"}
"""Where files for people's spreadsheets are written; `demo` writes a shop's own, and reading takes files apart."""
NOT_FOR_PEOPLE = ("demo/", "intake/open/", "intake/read/")
STARTS = ("=1+1", "+SUM(A1)", "-2+3|cmd", "@SUM(1)", "\t=1", '=HYPERLINK("http://evil.example","x")')


def formulas(text: str) -> list[str]:
    """Cells that a spreadsheet would run; a number with its sign is none."""
    found = [cell for row in csv.reader(text.splitlines()) for cell in row]
    return [cell for cell in found if re.match(r"[=+\-@\t\r]", cell) and not re.fullmatch(r"[+-]?[\d.,]+", cell)]


def hostile(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            [
                "order number",
                "date",
                "customer id",
                "name",
                "city",
                "product id",
                "category",
                "quantity",
                "price",
                "channel",
            ]
        )
        for number in range(40):
            text = STARTS[number % len(STARTS)]
            day = f"2024-0{number % 9 + 1}-1{number % 9}" if number % 10 else "no day"
            out.writerow(
                [
                    f"{text}{number}",
                    day,
                    f"{text}{number % 12}",
                    text,
                    text,
                    f"{text}p",
                    text,
                    1,
                    "-5.00" if number == 7 else "5.00",
                    text,
                ]
            )
    return path


@other_database_when_hard
def test_no_file_starts_a_formula(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])
    pipeline.import_files(workspace, [hostile(tmp_path / "lines.csv")], kind="lines")
    refresh(workspace)
    sync(workspace)
    for table in ("customers", *PLAIN):
        to = tmp_path / f"{table}.csv"
        done = CliRunner().invoke(app, ["--home", str(workspace.path), "export", table, "--to", str(to)])
        assert done.exit_code == 0, done.output
        assert formulas(to.read_text(encoding="utf-8")) == [], table
    assert "'=1+1" in (tmp_path / "orders.csv").read_text(encoding="utf-8")
    (rejects,) = workspace.rejects_path.glob("*.csv")
    assert formulas(rejects.read_text(encoding="utf-8")) == []
    owner = browser(member("owner"))
    answer = owner.post("/console/customers/export/")
    shown = b"".join(answer.streaming_content).decode().lstrip("\ufeff")  # type: ignore[attr-defined]
    assert shown.count("\n") > 10
    assert formulas(shown) == []
    downloaded = owner.get("/console/imports/1/rejects/0/download/")
    assert downloaded.status_code == 200
    assert formulas(downloaded.text) == []


def test_a_formula_would_be_seen() -> None:
    """Negative control."""
    assert formulas("a,=1+1\n-5.00,+2\n") == ["=1+1"]


@pytest.mark.parametrize(
    "cell", ["a;=1+1", "a; =1", 'a;"=1', "a|@x", "a\t+1", "a\n=1", "a\r-2+3|cmd", ";\u00a0=1", "=1;=2"]
)
def test_no_formula_hides_behind_another_separator(cell: str) -> None:
    for written in (safe(cell), guarded(cell.replace("\u00a0", " "))):
        for piece in re.split(r"[;|\t\r\n]", str(written)):
            assert not piece.lstrip(' "\u00a0').startswith(("=", "+", "-", "@")), written


def test_every_place_that_writes_such_files_is_looked_at() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        name = str(path.relative_to(SOURCE))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                if (of, node.func.attr) == ("csv", "writer") or node.func.attr in ("to_csv", "DictWriter"):
                    found.add(name)
    assert {name for name in found if not name.startswith(NOT_FOR_PEOPLE)} == WRITERS

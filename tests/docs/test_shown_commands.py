"""What README and the quick start show can be typed: targets and commands exist, and run, in the order shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.documents import DOCS, ROOT, commands, documents, fenced

from regulars.cli.app import app
from regulars.demo import write_shop

REGULARS = Path(sys.executable).parent / "regulars"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands
SHOWN = [(path.name, line) for path in documents() for line in commands(path.read_text(encoding="utf-8"))]


def of_program(line: str) -> list[str] | None:
    """Arguments of a `regulars` command line, None for other lines."""
    words = shlex.split(line)
    return words[1:] if words[0] in (".venv/bin/regulars", "regulars") else None


@pytest.mark.parametrize("shown", [line for _, line in SHOWN if line.startswith("make ")])
def test_make_targets_exist(shown: str) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert shlex.split(shown)[1] in targets


@pytest.mark.parametrize("shown", [line for _, line in SHOWN if of_program(line)])
def test_commands_and_their_options_exist(shown: str) -> None:
    name, *words = of_program(shown) or []
    known = {option for p in COMMANDS[name].params for option in [*p.opts, *p.secondary_opts]}
    assert {word.split("=")[0] for word in words if word.startswith("-")} <= known | {"--help"}


def test_every_shown_line_is_of_a_known_sort() -> None:
    others = [line for _, line in SHOWN if of_program(line) is None and not line.startswith(("make ", "cd "))]
    assert others == []


@pytest.fixture
def evening(tmp_path: Path) -> Path:
    """A folder with a small shop's `orders.csv` in it, as the reader has one."""
    write_shop(tmp_path, today=date(2025, 11, 21), customers=120)
    return tmp_path


@pytest.mark.parametrize("document", ["README.md", pytest.param("docs/quickstart.md", marks=pytest.mark.hard)])
def test_shown_commands_run_in_order(document: str, evening: Path) -> None:
    lines = [line for line in commands((ROOT / document).read_text(encoding="utf-8")) if of_program(line)]
    assert lines
    for line in lines:
        done = subprocess.run(
            [str(REGULARS), *(of_program(line) or [])],
            cwd=evening,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert (evening / "regulars-home" / "report.html").stat().st_size > 10_000
    assert (evening / "customers.csv").exists()


def test_python_of_the_readme_runs(evening: Path) -> None:
    import pandas as pd

    sold = pd.read_csv(evening / "orders.csv", sep=";", decimal=",", dtype=str)
    sold = sold[sold["Status"].eq("Completed") & sold["Customer number"].notna()]
    orders = pd.DataFrame(
        {
            "customer_id": sold["Customer number"],
            "date": pd.to_datetime(sold["Order date"], format="%d.%m.%Y %H:%M", errors="coerce"),
            "total": pd.to_numeric(sold["Line total"].str.replace(",", "."), errors="coerce"),
        }
    ).dropna()
    blocks = fenced((ROOT / "README.md").read_text(encoding="utf-8"), "python")
    assert blocks
    for block in blocks:
        names: dict[str, Any] = {"orders": orders}
        exec(compile(block, "README.md", "exec"), names)
        assert len(names["picture"].customers) == orders["customer_id"].nunique()


def test_the_sample_shop_has_the_files_that_the_quick_start_promises(evening: Path) -> None:
    text = (DOCS / "quickstart.md").read_text(encoding="utf-8")
    kinds = {row.split()[1] for row in re.findall(r"^\| \w+ \(", text, flags=re.MULTILINE)}
    assert kinds == {path.stem for path in evening.glob("*.csv")} - {"orders"}

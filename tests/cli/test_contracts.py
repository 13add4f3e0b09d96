"""A contract with dates, from the file to the exported standing."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from regulars.cli.app import app

LAST = date(2024, 12, 20)
CONTRACTS = """contract number,customer id,start date,end date,cancelled on,plan
S-1,member-0,2024-01-01,,,gold
S-2,member-1,2024-01-01,,2024-12-10,gold
S-3,member-2,2024-01-01,2025-06-30,2024-12-10,gold
S-4,member-3,2023-01-01,2023-12-31,,gold
S-4,member-3,2024-01-01,2024-12-31,,gold
S-5,member-4,2025-02-01,,,gold
"""


@pytest.fixture
def regulars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result

    return run


def orders(path: Path) -> Path:
    """Thirty members who pay on the 20th of every month of 2024; member-5 stopped in March."""
    days = [date(2024, month, 20) for month in range(1, 13)]
    rows = [f"{i}-{day},{day},member-{i},20.00" for i in range(30) for day in days if i != 5 or day.month < 4]
    path.write_text("order number,date,customer id,total\n" + "\n".join(rows) + "\n")
    return path


def standing(regulars: Any, folder: Path, *options: str) -> dict[str, dict[str, str]]:
    regulars("refresh", *options)
    regulars("export", "customers", "--to", folder / "customers.csv")
    with (folder / "customers.csv").open(encoding="utf-8") as file:
        return {row["external_id"]: row for row in csv.DictReader(file)}


def test_a_cancelled_contract_decides_from_its_own_day_on(regulars: Any, tmp_path: Path) -> None:
    (tmp_path / "contracts.csv").write_text(CONTRACTS)
    regulars("import", orders(tmp_path / "orders.csv"))
    assert standing(regulars, tmp_path)["member-1"]["standing"] == "current", "the model alone"

    first = json.loads(regulars("import", "contracts.csv", "--json").output)
    assert (first["files"][0]["kind"], first["kept"]) == ("contracts", 6)
    found = standing(regulars, tmp_path)
    assert {name: found[f"member-{i}"]["standing"] for i, name in enumerate("01234")} == {
        "0": "current",
        "1": "lapsed",  # cancelled ten days ago, although the last payment is of today
        "2": "current",  # cancelled, but runs until June
        "3": "current",  # by its newer term
        "4": "current",  # not begun: the orders decide
    }
    assert found["member-1"]["sure"] in ("1", "1.0")
    assert "contract_over" in found["member-1"]["reasons"]
    assert "under_contract" in found["member-2"]["reasons"]
    assert "contract" not in found["member-4"]["reasons"]

    before = standing(regulars, tmp_path, "--as-of", str(date(2024, 12, 10) - timedelta(days=1)))
    assert before["member-1"]["standing"] == "current"
    assert "under_contract" in before["member-1"]["reasons"], "nobody knew of the cancellation yet"


@pytest.mark.hard
def test_contracts_twice_are_once_and_changed_ones_are_replaced(regulars: Any, tmp_path: Path) -> None:
    file = tmp_path / "contracts.csv"
    file.write_text(CONTRACTS)
    regulars("import", orders(tmp_path / "orders.csv"), file)
    assert json.loads(regulars("import", file, "--json").output)["unchanged"] == 6
    file.write_text(CONTRACTS.replace("S-1,member-0,2024-01-01,,,", "S-1,member-0,2024-01-01,,2024-12-01,"))
    again = json.loads(regulars("import", file, "--dry-run", "--json").output)
    assert (again["unchanged"], again["replaced"]) == (5, 1)
    assert json.loads(regulars("import", file, "--json").output)["replaced"] == 1
    assert standing(regulars, tmp_path)["member-0"]["standing"] == "lapsed"
    regulars("export", "contracts", "--to", tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 7
    assert "S-1" not in (tmp_path / "out.csv").read_text(), "the shop's number stays out of the lake"

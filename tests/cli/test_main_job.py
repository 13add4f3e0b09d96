"""The main job as its users type it: files of every kind of quality in, a report or a plain refusal out."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from regulars.cli.app import app
from regulars.customers.refresh_process import RefreshProcess

STANDINGS = {"current", "slipping", "lapsed", "won back", "prospect", "recent", "not recent", "too early"}
EXPORTED = {
    "customer_id",
    "external_id",
    "occasions",
    "first_day",
    "last_day",
    "standing",
    "sure",
    "rung",
    "p_alive",
    "p_return",
    "return_by",
    "late_after_day",
    "expected_occasions_365",
    "next_occasion_day",
    "value_365",
    "value_365_low",
    "value_365_high",
    "value_if_staying",
    "value_at_risk",
    "realised_value",
    "client_score",
    "fading",
    "seasonal",
    "reasons",
}


@pytest.fixture
def regulars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command line on a workspace of its own."""
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    # Here everything is loaded already: another process for each test would only take time.
    monkeypatch.setattr(RefreshProcess, "refresh", lambda *_: None)
    monkeypatch.setattr(RefreshProcess, "__init__", lambda self, **_: setattr(self, "_child", None))

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


def shop(path: Path, customers: int = 60, days: int = 500) -> Path:
    """A small CSV: customer i buys every 5 + i days until the end, or (every third one) for half of the time."""
    first = date(2024, 1, 1)
    rows = []
    for customer in range(customers):
        last = days if customer % 3 else days // 2
        for number, day in enumerate(range(customer % 7, last, 5 + customer)):
            rows.append(
                (f"{customer}-{number}", first + timedelta(day), f"C{customer:03}", f"{10 + customer + number % 3}.50")
            )
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Order number", "Date", "Customer id", "Total"])
        writer.writerows(sorted(rows, key=lambda row: (row[1], row[0])))
    return path


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_from_a_file_to_the_whole_picture(regulars: Any, tmp_path: Path) -> None:
    file = shop(tmp_path / "orders.csv")
    found = answer(regulars("run", file, "--json"))
    rows = len(file.read_text().splitlines()) - 1
    taken, refreshed, report = found["import"], found["refresh"], found["report"]
    assert (taken["rows_in"], taken["kept"], taken["set_aside"]) == (rows, rows, 0)
    assert (refreshed["customers"], refreshed["orders"]) == (60, rows)
    assert set(report["standing"]) <= STANDINGS
    assert sum(group["customers"] for group in report["standing"].values()) == 60
    assert sum(group["customers"] for group in report["rung"].values()) == 60
    assert (tmp_path / "home" / "report.html").read_text().startswith("<!doctype html>")

    again = answer(regulars("import", file, "--json"))
    assert (again["kept"], again["unchanged"]) == (0, rows)

    assert regulars("export", "customers", "--to", "customers.csv").exit_code == 0
    with (tmp_path / "customers.csv").open(newline="") as exported:
        table = list(csv.DictReader(exported))
    assert set(table[0]) >= EXPORTED
    assert {row["external_id"] for row in table} == {f"C{i:03}" for i in range(60)}
    with file.open(newline="") as orders:
        total = sum(round(float(row["Total"]) * 100) for row in csv.DictReader(orders))
    assert sum(round(float(row["realised_value"]) * 100) for row in table) == total, "to the cent"

    test = answer(regulars("backtest", "--json"))
    assert {"chosen", "why", "candidates"} <= set(test)
    assert regulars("report", "--pdf", "report.pdf").exit_code == 0
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_who_is_known_by_an_email_alone_is_called_by_it(regulars: Any, tmp_path: Path) -> None:
    file = shop(tmp_path / "orders.csv")
    told = re.sub(r"C(\d{3})", r"c\1@kohvik.example", file.read_text().replace("Customer id", "E-mail"))
    file.write_text(told)
    assert regulars("run", file, "--json").exit_code == 0
    assert re.search(r"c\d{3}@kohvik\.example", (tmp_path / "home" / "report.html").read_text())


def test_as_a_command_of_its_own(tmp_path: Path) -> None:
    """As above with every helper process, and the report's drawings begun before the figures are kept."""
    file = shop(tmp_path / "orders.csv", 20, 300)
    command = [sys.executable, "-m", "regulars.cli", "--home", str(tmp_path / "home"), "run", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["refresh"]["customers"] == 20
    assert (tmp_path / "home" / "report.html").read_text().count("<svg") >= 5


def test_every_table_can_be_exported(regulars: Any, tmp_path: Path) -> None:
    from regulars.cli.exports import PLAIN

    answer(regulars("run", shop(tmp_path / "orders.csv", 8, 100), "--json"))
    for table in ("customers", *PLAIN):
        for ending in ("csv", "parquet"):
            result = regulars("export", table, "--to", f"{table}.{ending}", "--json")
            assert answer(result)["rows"] >= 0
    header = (tmp_path / "orders.csv").read_text()
    assert "0-0," in header


def test_a_cell_never_starts_a_formula(regulars: Any, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "order number,date,customer id,total\n=1+1,2024-05-01,@SUM(A1),10\nA2;=2+2,2024-06-01,-x,5\n"
    )
    answer(regulars("run", tmp_path / "o.csv", "--json"))
    regulars("export", "customers", "--to", "c.csv")
    regulars("export", "orders", "--to", "orders.csv")
    with (tmp_path / "c.csv").open(newline="") as file:
        assert {row["external_id"] for row in csv.DictReader(file)} == {"'@SUM(A1)", "'-x"}
    with (tmp_path / "orders.csv").open(newline="") as file:
        assert {row["external_id"] for row in csv.DictReader(file)} == {"'=1+1", "A2;'=2+2"}


@pytest.mark.parametrize("as_of", ["2024-01-03", "2024-08-01", "2030-01-01"])
def test_any_day_can_be_judged(regulars: Any, tmp_path: Path, as_of: str) -> None:
    found = answer(regulars("run", shop(tmp_path / "o.csv", 20, 300), "--as-of", as_of, "--json"))
    assert found["refresh"]["as_of"] == as_of


@pytest.mark.parametrize("orders", [1, 2, 5, 30])
def test_few_orders_get_honest_answers(regulars: Any, tmp_path: Path, orders: int) -> None:
    lines = [f"A{i},2024-{1 + i % 12:02}-{1 + i % 28:02},C{i % 4},1{i}.00" for i in range(orders)]
    (tmp_path / "o.csv").write_text("order number,date,customer id,total\n" + "\n".join(lines) + "\n")
    result = regulars("run", tmp_path / "o.csv")
    assert result.exit_code == 0, result.output
    found = answer(regulars("report", "--json"))
    assert "nan" not in json.dumps(found).lower().replace("finan", "")
    assert "Infinity" not in json.dumps(found)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"order number,date,customer id,total\n", "no "),
        (bytes(range(256)) * 40, ""),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, ""),
        (b"lorem ipsum dolor sit amet\nconsectetur adipiscing\n" * 20, ""),
    ],
    ids=["empty", "header only", "every byte", "a picture", "prose"],
)
def test_rubbish_is_refused_with_a_reason(regulars: Any, tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    result = regulars("run", tmp_path / "orders.csv")
    assert result.exit_code == 1, result.output
    assert "orders.csv" in result.stderr
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert "fault in Regulars" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "missing.csv"], 1, "There is no file missing.csv"),
        (["run", "."], 1, "is a folder"),
        (["run"], 2, "Missing argument"),
        (["report"], 1, "regulars run orders.csv"),
        (["refresh"], 1, "No order has been taken in"),
        (["backtest"], 1, "nothing to report"),
        (["export", "customers", "--to", "c.xlsx"], 1, "must end in .csv or .parquet"),
        (["export", "clients", "--to", "c.csv"], 1, "There is no table 'clients'"),
        (["refresh", "--as-of", "31.12.2024"], 1, "year-month-day"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_what_can_not_be_done_is_said(regulars: Any, arguments: list[str], code: int, says: str) -> None:
    result = regulars(*arguments)
    assert (result.exit_code, says in result.stderr) == (code, True), result.output


def test_a_day_before_the_first_order(regulars: Any, tmp_path: Path) -> None:
    result = regulars("run", shop(tmp_path / "o.csv", 3, 50), "--as-of", "2001-01-01")
    assert result.exit_code == 1
    assert "The first order is of 2024-01-01" in result.stderr


def test_wrong_thresholds_are_named(regulars: Any, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    settings = tmp_path / "home" / "regulars.toml"
    settings.write_text("[thresholds]\nslipping_chnce = 0.2\n")
    result = regulars("run", shop(tmp_path / "o.csv", 3, 50))
    assert (result.exit_code, "slipping_chnce" in result.stderr) == (1, True)
    settings.write_text("[thresholds]\nslipping_chance = 'much'\n")
    result = regulars("refresh")
    assert (result.exit_code, "slipping_chance" in result.stderr) == (1, True)


def test_the_home_may_stand_before_or_after(regulars: Any, tmp_path: Path) -> None:
    file = shop(tmp_path / "o.csv", 3, 50)
    answer(regulars("--home", tmp_path / "a", "run", file, "--json"))
    answer(regulars("run", file, "--json", "--home", tmp_path / "b"))
    assert (tmp_path / "a" / "report.html").exists()
    assert (tmp_path / "b" / "report.html").exists()

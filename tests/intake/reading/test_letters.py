"""Encodings, line ends and delimiters of every kind (CHECKS 10)."""

from __future__ import annotations

from datetime import date

import pytest
from tests.intake.reading.readings import HEAD, Readings, good


def test_mixed_encodings_in_one_file(readings: Readings) -> None:
    utf8 = "".join(f"A{i},2024-01-05,Jäppinen {i},5.00\n" for i in range(3000)).encode()
    latin = "B1,2024-01-06,Kärkkäinen,6.00\n".encode("cp1252")
    staged = readings.take(HEAD.encode() + utf8 + latin + utf8)
    assert staged.kept == 6001
    assert ("Kärkkäinen",) in readings.rows("customer_ref")


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-16-le",
        "utf-16-be",
        "utf-16",
        "utf-32",
        "utf-8-sig",
        "iso8859-15",
        "iso8859-13",
        "cp775",
        "mac_roman",
        "cp1251",
    ],
)
def test_encodings(readings: Readings, encoding: str) -> None:
    names = {"cp1251": "Иванов Пётр", "iso8859-13": "Bērziņš Šķēle", "cp775": "Bērziņš Šķēle"}
    name = names.get(encoding, "Jäppinen Böök Åström")
    text = "Numero,Päivämäärä,Asiakas,Summa\n" if encoding in ("iso8859-15", "mac_roman") else HEAD
    rows = "".join(f"A{i},2024-01-05,{name} {i % 9},5.00\n" for i in range(300))
    staged = readings.take((text + rows).encode(encoding))
    assert staged.kept == 300
    assert readings.column("customer_ref")[0] == f"{name} 0"


def test_old_line_ends_and_windows_ones(readings: Readings) -> None:
    assert readings.take((HEAD + good(50)).replace("\n", "\r")).kept == 50
    assert readings.take((HEAD + good(50)).replace("\n", "\r\n")).kept == 50
    assert readings.column("total")[0] == readings.query("SELECT 0.5::DECIMAL(38,6)")[0][0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_excels_hint(readings: Readings, delimiter: str) -> None:
    assert readings.take((HEAD + good(50)).replace(",", delimiter)).kept == 50
    assert readings.take(f"sep={delimiter}\r\n" + (HEAD + good(50)).replace(",", delimiter)).kept == 50


def test_aligned_by_spaces(readings: Readings) -> None:
    rows = "".join(f" {i:05} 199701{i % 28 + 1:02} {i % 5 + 1:2}  {i * 1.1:6.2f}\r\n" for i in range(200))
    staged = readings.take(" customer_id  date number_of_cds  dollar_value\r\n" + rows, "master.txt")
    assert readings.file.layout.delimiter == " "
    assert staged.kept == 200
    assert readings.rows("customer_ref", "day", "quantity")[1] == ("00001", date(1997, 1, 2), 2.0)

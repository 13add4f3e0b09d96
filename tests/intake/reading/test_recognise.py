"""Recognition: kinds, columns in six languages, files that belong together, unusual exports."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.intake.reading.readings import Readings

from regulars.base.errors import BadInput
from regulars.intake.mapping import Mapping
from regulars.intake.read import read
from regulars.intake.recognise import Join, recognise

TITLES = {
    "en": "Order number;Order date;Customer number;E-mail;Total;Status",
    "fi": "Tilausnumero;Tilauspäivä;Asiakasnumero;Sähköposti;Yhteensä;Tila",
    "et": "Tellimuse number;Kuupäev;Kliendi number;E-post;Summa;Olek",
    "lv": "Pasūtījuma numurs;Datums;Klienta numurs;E-pasts;Kopā;Statuss",
    "pl": "Numer zamówienia;Data zamówienia;Numer klienta;Adres e-mail;Kwota;Status",
    "de": "Bestellnummer;Bestelldatum;Kundennummer;E-Mail;Gesamtbetrag;Status",
}


@pytest.mark.parametrize("language", TITLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1257", "cp1250", "cp1252"])
def test_orders_in_six_languages_and_encodings(readings: Readings, language: str, encoding: str) -> None:
    rows = "".join(
        f"A{i};{i % 28 + 1}.{i % 12 + 1}.2024;C{i % 40};m{i % 40}@example.com;{i},50;paid\n" for i in range(1, 200)
    )
    text = f"{TITLES[language]}\n{rows}"
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip(f"{encoding} has no letters for {language}")
    staged = readings.take(content)
    assert readings.file.kind == "orders"
    assert set(readings.file.mapping.columns) == {
        "order_number",
        "ordered_at",
        "customer_ref",
        "email",
        "total",
        "status",
    }
    assert readings.file.mapping.dates == {readings.file.titles[1]: "day.month.year"}
    assert readings.file.mapping.decimal == ","
    assert staged.kept == 199
    assert readings.rows("order_number", "day", "total", "status")[0] == ("A1", date(2024, 2, 2), 1.5, "placed")
    assert readings.file.titles == TITLES[language].split(";")


LINES = {
    "en": "invoice no,date,customer,product code,product name,quantity,unit price",
    "fi": "laskunumero,päivämäärä,asiakas,tuotekoodi,tuotenimi,määrä,yksikköhinta",
    "et": "arve number,kuupäev,klient,tootekood,nimetus,kogus,ühikuhind",
    "lv": "rēķina numurs,datums,klients,preces kods,preces nosaukums,daudzums,cena",
    "pl": "numer faktury,data sprzedaży,klient,kod produktu,nazwa produktu,ilość,cena jednostkowa",
    "de": "rechnungsnummer,datum,kunde,artikelnummer,bezeichnung,menge,einzelpreis",
}


@pytest.mark.parametrize("language", LINES)
def test_lines_in_six_languages(readings: Readings, language: str) -> None:
    rows = "".join(
        f"R{i // 3},2024-03-{i % 28 + 1:02},C{i // 9},P{i % 7},Thing {i % 7},{i % 4 + 1},{i}.25\n" for i in range(120)
    )
    file = readings.recognise(f"{LINES[language]}\n{rows}")
    assert file.kind == "lines"
    assert set(file.mapping.columns) == {
        "order_number",
        "ordered_at",
        "customer_ref",
        "product_id",
        "product_name",
        "quantity",
        "unit_price",
    }


OTHERS = {
    "customers": "customer id,first name,last name,email,country\n"
    + "".join(f"{i},A,B,a{i}@x.com,FI\n" for i in range(30)),
    "products": "sku,product name,category,brand\n" + "".join(f"S{i},Thing {i},Food,Acme\n" for i in range(30)),
    "costs": "sku,cost price,valid from\n" + "".join(f"S{i},{i}.20,2024-01-01\n" for i in range(1, 30)),
    "rates": "date,currency,rate\n" + "".join(f"2024-01-{i:02},SEK,0.0{i}9\n" for i in range(1, 29)),
    "spend": "source,month,spend\n" + "".join(f"google,2024-{i:02},{i}00.50\n" for i in range(1, 13)),
    "refunds": "order id,refund amount,refund date,reason\n"
    + "".join(f"{i},{i}.10,2024-01-05,broken\n" for i in range(1, 30)),
    "payments": "order id,payment type,payment value\n" + "".join(f"{i},card,{i}.10\n" for i in range(1, 30)),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds(readings: Readings, kind: str) -> None:
    staged = readings.take(OTHERS[kind], "export.csv")
    assert readings.file.kind == kind
    assert staged.set_aside == 0


def test_files_that_name_each_other_are_joined(tmp_path: Path) -> None:
    """As in exports with a customer number for each order: the person is who repeats behind it."""
    files = {
        "orders.csv": "order_id,customer_id,order_status,order_purchase_timestamp\n"
        + "".join(f"o{i:05x},c{i:05x},delivered,2018-01-{i % 28 + 1:02} 10:00:00\n" for i in range(80)),
        "order_items.csv": "order_id,order_item_id,product_id,price,freight_value\n"
        + "".join(f"o{i:05x},1,p{i % 5},{i}.90,3.10\n" for i in range(80)),
        "order_payments.csv": "order_id,payment_type,payment_value\n"
        + "".join(f"o{i:05x},card,{i + 3}.00\n" for i in range(80)),
        "customers.csv": "customer_id,customer_unique_id,customer_city\n"
        + "".join(f"c{i:05x},u{i // 2:05x},Tartu\n" for i in range(80)),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = recognise([tmp_path / name for name in files])
    assert [f.kind for f in found.files] == ["orders", "lines", "payments", "customers"]
    assert found.joins == [
        Join(0, 3, "customer_ref", "customer_ref", "person_ref"),
        Join(1, 0, "order_number", "order_number"),
        Join(2, 0, "order_number", "order_number"),
    ]
    assert found.files[3].mapping.columns["person_ref"] == "customer_unique_id"
    assert found.cautions == []
    alone = recognise([tmp_path / "order_items.csv"])
    assert "can't be dated" in alone.cautions[0]


def test_total_in_lines_is_the_lines_or_the_orders(readings: Readings) -> None:
    head = "order no,date,customer,sku,quantity,unit price,total\n"
    file = readings.recognise(
        head
        + "".join(f"{i // 2},2024-01-05,C{i},P{i % 3},{i % 3 + 1},10.50,{(i % 3 + 1) * 10.5:.2f}\n" for i in range(40))
    )
    assert file.mapping.columns["line_total"] == "total"
    file = readings.recognise(
        head
        + "".join(f"{i // 2},2024-01-05,C{i // 2},P{i % 3},{i % 3 + 1},10.50,{i // 2 + 100}.00\n" for i in range(40))
    )
    assert file.mapping.columns["total"] == "total"


def test_a_file_without_titles(readings: Readings) -> None:
    rows = "".join(f"{1000 + i},C{i % 9},2024-01-{i % 28 + 1:02},{i % 5 + 1},{i}.95\n" for i in range(90))
    staged = readings.take(rows)
    assert readings.file.layout.header_row == 0
    assert readings.file.mapping.columns == {
        "ordered_at": "column 3",
        "total": "column 5",
        "customer_ref": "column 2",
        "order_number": "column 1",
        "quantity": "column 4",
    }
    assert staged.kept == 90


def test_a_file_that_is_no_known_kind_says_what_to_do(readings: Readings) -> None:
    with pytest.raises(BadInput, match="--map"):
        readings.recognise("colour,shape\nred,round\nblue,square\n")


def test_an_excel_workbook_with_titles_below_a_report_head(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Myynti"
    sheet.append(["Myyntiraportti 2024"])
    sheet.append([])
    sheet.append(["Tilausnumero", "Päivämäärä", "Asiakas", "Summa"])
    for i in range(30):
        sheet.append([1000 + i, date(2024, 1, 1) + timedelta(days=i), f"C{i % 5}", 10.25 + i])
    sheet.append([None, "Yhteensä", None, 12345.0])
    notes = book.create_sheet("Notes")
    notes.append(["Remember the milk"])
    path = tmp_path / "myynti.xlsx"
    book.save(path)
    found = recognise([path])
    assert [f.layout.sheet for f in found.files] == ["Myynti"]
    assert [s.name for s in found.skipped] == ["myynti.xlsx, sheet 'Notes'"]
    staged = read(found.files[0], tmp_path / "out")
    assert (staged.rows_in, staged.kept, staged.reasons) == (31, 30, {"not_a_date": 1})


def test_json_lines_and_arrays(readings: Readings) -> None:
    lines = (
        '{"order": {"id": 1, "date": "2024-03-05T10:00:00Z"}, "customer": {"email": "A@x.com"}, "total": 12.5}\n' * 3
        + "{broken\n"
    )
    staged = readings.take(
        lines,
        "orders.jsonl",
        mapping=Mapping(
            "orders",
            columns={
                "order_number": "order.id",
                "ordered_at": "order.date",
                "email": "customer.email",
                "total": "total",
            },
        ),
    )
    assert (staged.kept, staged.reasons) == (3, {"broken_json": 1})
    lines_ = [{"sku": "A", "price": "1.50", "quantity": 2}, {"sku": "B", "price": "2.50", "quantity": 1}]
    array = json.dumps([{"order id": 7, "created_at": "2024-03-05", "email": "a@x.com", "line_items": lines_}])
    staged = readings.take(array, "orders.json")
    assert readings.file.kind == "lines"
    assert readings.rows("order_number", "product_id", "unit_price") == [("7", "A", 1.5), ("7", "B", 2.5)]


def test_amounts_given_line_by_line_are_told_from_the_orders(readings: Readings) -> None:
    head = "order no,date,sku,price,shipping\n"
    text = "".join(f"{i // 3},2024-01-05,P{i % 5},9.50,{i % 3 + 1}.20\n" for i in range(60))
    assert readings.recognise(head + text).mapping.per_line == ["shipping"]
    text = "".join(f"{i // 3},2024-01-05,P{i % 5},9.50,{i // 3 + 1}.20\n" for i in range(60))
    assert readings.recognise(head + text).mapping.per_line == []


UNUSUAL = {
    "donor_id,gift_date,gift_amount\n1,2024-01-01,10.00\n2,2024-01-05,20.00\n1,2024-02-01,10.00\n": (
        "orders",
        {"customer_ref", "ordered_at", "total"},
    ),
    "member id,payment date,amount,plan\n1,2024-01-01,10.00,basic\n1,2024-02-01,10.00,basic\n": (
        "orders",
        {"customer_ref", "ordered_at", "total"},
    ),
    "Rēķina nr.;Datums;Klients;Summa bez PVN;PVN;Summa ar PVN\nR1;05.03.2024.;SIA Alfa;100,00;21,00;121,00\n": (
        "orders",
        {"order_number", "ordered_at", "customer_ref", "subtotal", "tax", "total"},
    ),
    "Laskunro;Laskun pvm;Asiakasnro;Veroton summa;Verollinen summa;Eräpäivä;Tila\n"
    "1;5.3.2024;7;100,00;124,00;19.3.2024;Avoin\n": (
        "orders",
        {"order_number", "ordered_at", "customer_ref", "subtotal", "total", "due_at", "status"},
    ),
    "Document No.;Posting Date;Sell-to Customer No.;Item No.;Quantity;Unit Price;Line Amount\n"
    "SI-1;05.03.24;K1;IT-1;2;12,50;25,00\n": (
        "lines",
        {"order_number", "ordered_at", "customer_ref", "product_id", "quantity", "unit_price", "line_total"},
    ),
    "amazon-order-id\tpurchase-date\torder-status\tsku\tquantity\tcurrency\titem-price\tship-country\n"
    "1-1\t2024-03-05T10:11:12+00:00\tShipped\tS\t1\tEUR\t12.50\tDE\n": (
        "lines",
        {"order_number", "ordered_at", "status", "product_id", "quantity", "currency", "unit_price", "country"},
    ),
}


@pytest.mark.parametrize("text", UNUSUAL)
def test_unusual_exports(readings: Readings, text: str) -> None:
    staged = readings.take(text)
    kind, fields = UNUSUAL[text]
    assert readings.file.kind == kind
    assert set(readings.file.mapping.columns) == fields
    assert (staged.set_aside, staged.left_out) == (0, [])

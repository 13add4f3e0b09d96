"""Recognition: kinds, columns in six languages, date orders, decimal marks, presets, joins."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.intake.reading.readings import Readings

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.intake.mapping import Mapping
from regulars.intake.read import read
from regulars.intake.recognise import Defaults, Join, recognise

EXPORTS = Path(__file__).parent / "exports"

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


def numbered(days: list[str], extra: str = "") -> str:
    return "order,date,customer,total\n" + "".join(f"{i},{d},C{i % 7},{i}.50{extra}\n" for i, d in enumerate(days))


def test_an_order_is_decided_by_one_day_beyond_twelve(readings: Readings) -> None:
    file = readings.recognise(numbered(["01/02/2024", "03/04/2024", "25/04/2024"] * 10))
    assert file.mapping.dates == {"date": "day/month/year"}
    assert file.cautions == []
    file = readings.recognise(numbered(["01/02/2024", "03/04/2024", "04/25/2024"] * 10))
    assert file.mapping.dates == {"date": "month/day/year"}


def test_an_order_is_decided_by_rows_that_rise(readings: Readings) -> None:
    months_first = [f"{m:02}/{d:02}/2023" for m in range(1, 13) for d in range(1, 13)]
    file = readings.recognise(numbered(months_first))
    assert file.mapping.dates == {"date": "month/day/year"}
    assert file.cautions == []


def test_an_order_is_decided_by_the_future(readings: Readings) -> None:
    with clock.fixed(datetime(2024, 3, 1, tzinfo=UTC)):
        file = readings.recognise(numbered(["01/12/2023", "02/04/2024", "03/01/2024", "12/02/2023"]))
    assert file.mapping.dates == {"date": "month/day/year"}


def test_an_open_order_follows_the_country_and_says_so(readings: Readings) -> None:
    text = numbered(["05/03/2024", "02/01/2024", "11/10/2023"] * 5)
    file = readings.recognise(text)
    assert file.mapping.dates == {"date": "day/month/year"}
    assert any("month/day/year" in caution for caution in file.cautions)
    file = readings.recognise(text, defaults=Defaults(country="US"))
    assert file.mapping.dates == {"date": "month/day/year"}


def test_the_whole_column_overrules_the_sample(readings: Readings) -> None:
    """The sample can be read both ways; a day beyond twelve stands where no sample looks."""
    days = [f"{i % 12 + 1:02}/{(i * 7) % 12 + 1:02}/2023" for i in range(60_000)]
    file = readings.recognise(numbered(days))
    assert file.mapping.dates == {"date": "day/month/year"}
    lines = numbered(days).splitlines()
    sampled = set()
    from regulars.intake.open.sample import tables

    table = tables(file.path)[0]
    sampled = {row[0] for row in (*table.head, *table.scattered)}
    hidden = next(i for i in range(50_000, 60_000) if str(i) not in sampled)
    lines[hidden + 1] = lines[hidden + 1].replace(days[hidden], "10/25/2023")
    readings.take("\n".join(lines) + "\n")
    assert readings.file.mapping.dates == {"date": "month/day/year"}
    assert readings.staged.set_aside == 0
    assert any("month/day/year" in caution for caution in readings.staged.cautions)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["1,234.50", "12.00"], "."),
        (["1.234,50", "12,00"], ","),
        (["1 234,50"], ","),
        (["12,5"], ","),
        (["12.5"], "."),
        (["1.234", "0,5"], ","),
        (["1,234", "1,234,567"], "."),
        (["100", "200"], "."),
    ],
)
def test_the_decimal_mark_is_the_columns(readings: Readings, rows: list[str], expected: str) -> None:
    lines = "".join(f"{i}\t2024-01-0{i % 9 + 1}\tC{i}\t{rows[i % len(rows)]}\n" for i in range(12))
    file = readings.recognise("order\tdate\tcustomer\ttotal\n" + lines)
    assert file.mapping.decimal == expected


def test_thousands_that_could_be_decimals_are_a_caution(readings: Readings) -> None:
    file = readings.recognise(
        "order\tdate\tcustomer\ttotal\n" + "".join(f"{i}\t2024-01-02\tC{i}\t1.23{i}\n" for i in range(9))
    )
    assert any("decimal" in caution for caution in file.cautions)


def test_currencies_in_cells_titles_and_columns(readings: Readings) -> None:
    readings.take("order;date;customer;total\n1;2024-01-02;A;€12,50\n2;2024-01-03;B;12,50 €\n", currency="SEK")
    assert readings.column("currency") == ["EUR", "EUR"]
    readings.take(
        "order;date;customer;total\n1;2024-01-02;A;$12.50\n2;2024-01-03;B;£7.25\n3;2024-01-03;B;9.20\n", currency="SEK"
    )
    assert readings.column("currency") == ["USD", "GBP", "USD"]
    readings.take("order,date,customer,Total (PLN)\n1,2024-01-02,A,12.50\n", currency="SEK")
    assert readings.column("currency") == ["PLN"]
    readings.take(
        "order,date,customer,total,currency\n1,2024-01-02,A,12.50,usd\n2,2024-01-02,A,12.50,\n3,2024-01-02,A,1,€\n",
        currency="SEK",
    )
    assert readings.column("currency") == ["USD", "SEK", "EUR"]


def test_a_shopify_export(readings: Readings) -> None:
    staged = readings.take((EXPORTS / "shopify_orders.csv").read_bytes(), "orders_export_1.csv", zone="Europe/Tallinn")
    assert readings.file.mapping.preset == "shopify_orders"
    assert readings.file.kind == "lines"
    assert staged.set_aside == 0
    assert readings.rows(
        "order_number", "ordered_at", "day", "email", "product_name", "quantity", "unit_price", "total", "status"
    ) == [
        (
            "#1001",
            "2024-03-05 21:30:00+00",
            date(2024, 3, 5),
            "anna@example.com",
            "Coffee, 250 g",
            2,
            12.5,
            Decimal("61.40"),
            "placed",
        ),
        (
            "#1001",
            "2024-03-05 21:30:00+00",
            date(2024, 3, 5),
            "anna@example.com",
            'Mug "Blue"',
            1,
            35.5,
            None,
            "placed",
        ),
        ("#1002", "2024-03-06 06:59:00+00", date(2024, 3, 6), "guest@example.com", "Tea", 1, 10, 10, "refunded"),
    ]
    assert readings.column("phone") == [None, None, "+3725551234"]
    assert readings.column("cancelled_day") == [None, None, date(2024, 3, 7)]
    assert readings.column("country") == ["EE", "EE", "EE"]


def test_shopify_customers(readings: Readings) -> None:
    readings.take((EXPORTS / "shopify_customers.csv").read_bytes())
    assert readings.rows("email", "consent", "organisation", "tags") == [("anna@example.com", True, "Kohvik OÜ", "VIP")]


PRESETS = {
    "shopify_orders": "lines",
    "shopify_customers": "customers",
    "woocommerce_advanced_order_export": "lines",
    "woocommerce_order_export_lines": "lines",
    "woocommerce_order_export": "orders",
    "woocommerce_analytics": "orders",
    "stripe_payments": "orders",
    "online_retail": "lines",
}


@pytest.mark.parametrize("preset", PRESETS)
def test_presets(readings: Readings, preset: str) -> None:
    staged = readings.take((EXPORTS / f"{preset}.csv").read_bytes())
    assert readings.file.mapping.preset == preset
    assert readings.file.kind == PRESETS[preset]
    assert staged.kept > 0
    assert (staged.set_aside, staged.left_out) == (0, [])


def test_a_cancelled_online_retail_invoice(readings: Readings) -> None:
    titles = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    readings.take(
        titles
        + "C536379,D,Discount,-1,12/13/2010 9:41,27.5,14527,United Kingdom\n"
        + "536365,85123A,HOLDER,6,12/1/2010 8:26,2.55,17850,France\n"
    )
    assert readings.rows("order_number", "quantity", "day", "country") == [
        ("C536379", -1, date(2010, 12, 13), "GB"),
        ("536365", 6, date(2010, 12, 1), "FR"),
    ]


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


def test_a_mapping_is_kept_corrected_and_used(readings: Readings) -> None:
    text = numbered(["05/03/2024", "02/01/2024"] * 5)
    mapping = readings.recognise(text).mapping
    again = Mapping.from_toml(mapping.to_toml())
    assert again == mapping
    again.dates["date"] = "month/day/year"
    again.columns = {"ordered_at": "date", "customer_ref": "customer", "total": "total"}
    readings.take(text, mapping=again)
    assert readings.column("day")[:2] == [date(2024, 5, 3), date(2024, 2, 1)]
    assert readings.column("order_number") == [None] * 10


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("kind = 'orders'\nwrong = 1", "wrong"),
        ("kind = 'sales'", "kind"),
        ("kind = ", "TOML"),
        ("kind = 'orders'\n[columns]\nfoo = 'x'", "foo"),
        ("kind = 'orders'\ndecimal = ';'", "decimal"),
    ],
)
def test_a_bad_mapping_says_what_is_wrong(toml: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Mapping.from_toml(toml)


def test_a_mapping_that_names_a_missing_column(readings: Readings) -> None:
    with pytest.raises(BadInput, match="no column 'Datum'"):
        readings.recognise(numbered(["2024-01-05"]), mapping=Mapping("orders", columns={"ordered_at": "Datum"}))


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

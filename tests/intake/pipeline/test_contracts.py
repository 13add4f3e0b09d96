"""Files of contracts: recognised in six languages, kept as terms of customers, refused with a cure."""

from __future__ import annotations

import pytest

TITLES = {
    "en": "subscription id,email,start date,end date,cancelled at",
    "fi": "sopimusnumero,sähköposti,alkamispäivä,päättymispäivä,irtisanottu",
    "et": "lepingu number,e-post,algus,lõppkuupäev,üles öeldud",
    "lv": "līguma numurs,e-pasts,sākuma datums,beigu datums,uzteikts",
    "pl": "numer umowy,e-mail,data od,data do,data wypowiedzenia",
    "de": "vertragsnummer,e-mail,vertragsbeginn,vertragsende,gekündigt am",
}
ROWS = "K-1,a@example.com,2024-01-01,2024-12-31,\nK-2,b@example.com,2024-02-01,,2024-05-06\n"
ASKED = "SELECT from_day::VARCHAR, until_day::VARCHAR, cancelled_day::VARCHAR FROM contracts ORDER BY 1"


def terms(shop):
    from regulars.intake.command import open_lake
    from regulars.platform.workspace import open_workspace

    with open_lake(open_workspace(shop.home)).snapshot() as snapshot:
        snapshot.table("contracts")
        return snapshot.con.raw_sql(ASKED).fetchall()


@pytest.mark.parametrize("language", TITLES)
def test_contracts_are_recognised(shop, language):
    result = shop.text(f"{TITLES[language]}\n{ROWS}", "file.csv")
    assert result.files[0].kind == "contracts"
    assert result.counts.kept == 2
    assert terms(shop) == [("2024-01-01", "2024-12-31", None), ("2024-02-01", None, "2024-05-06")]


def test_rows_that_say_no_contract_are_set_aside_and_come_back_mended(shop):
    result = shop.text(
        """
        contract,customer number,phone,from,until
        1,a,,2024-01-01,
        2,,,2024-01-01,
        3,c,,,
        4,d,,2024-03-01,2024-02-01
        """,
        "contracts.csv",
    )
    assert (result.counts.kept, result.counts.set_aside) == (1, 3)
    assert "The contract ends before it begins" in result.reasons
    rejects = "\n".join(shop.rejects("1.csv")).replace("2024-02-01", "2024-04-01")
    assert shop.text(rejects + "\n", "mended.csv").counts.kept == 1
    assert len(terms(shop)) == 2


def test_contracts_without_numbers_are_known_by_customer_product_and_first_day(shop):
    text = "customer number,product,from,until\na,gold,2024-01-01,\na,silver,2024-01-01,\na,gold,2025-01-01,\n"
    assert shop.text(text, "contracts.csv", kind="contracts").counts.kept == 3
    changed = shop.text(text.replace("silver,2024-01-01,", "silver,2024-01-01,2024-06-30"), "2.csv", kind="contracts")
    assert (changed.counts.unchanged, changed.counts.replaced) == (2, 1)
    assert shop.text("order,date,customer number,total\n1,2024-01-02,a,5.00\n").new_customers == 0


def test_a_file_of_orders_with_a_period_stays_one_of_orders(shop):
    text = "order id,customer id,date,total,start date,end date\n"
    text += "".join(f"{i},c{i % 3},2024-01-{i + 1:02d},5.00,2024-01-01,2024-02-01\n" for i in range(9))
    assert shop.text(text, "subscriptions.csv").files[0].kind == "orders"

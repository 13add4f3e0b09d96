"""A dry run says what would be, with everything that the same command brings, and what it leaves out."""

from __future__ import annotations

from rich.console import Console

ORDERS = """
order_id,customer,date,total,currency,shelf,colour of ink
1,a,2024-01-10,10.00,EUR,,blue
2,b,2024-01-11,100.00,SEK,,green
3,c,2024-01-12,5.00,EUR,,red
"""
RATES = "date,currency,rate\n2024-01-11,SEK,0.0893\n"
OTHER_RATES = "date,currency,rate\n2024-01-11,SEK,0.1\n2024-01-11,NOK,0.1\n"


def test_rates_of_the_same_command_count_and_stay_out(shop):
    orders, rates = shop.file("orders.csv", ORDERS), shop.file("rates.csv", RATES)
    assert shop.take(orders, dry_run=True).counts.set_aside == 1
    tried = shop.take(orders, rates, dry_run=True)
    assert (tried.counts.kept, tried.counts.set_aside) == (4, 0)
    assert tried.rules["converted_orders"] == 1
    assert shop.ask("SELECT * FROM rates") == []
    done = shop.take(orders, rates)
    assert (done.rules, done.orders) == (tried.rules, tried.orders)
    # The order's amount would change with a rate that takes the place of a known one.
    again = shop.take(orders, shop.file("other.csv", OTHER_RATES), dry_run=True)
    assert again.orders == {"new": 0, "unchanged": 2, "replaced": 1}
    assert shop.take(orders, dry_run=True).orders["unchanged"] == 3


def test_columns_that_are_not_used_are_listed_with_an_example(shop):
    from regulars.cli.import_shown import show
    from regulars.platform.workspace import open_workspace

    result = shop.text(ORDERS, dry_run=True)
    assert result.files[0].unused == {"shelf": None, "colour of ink": "blue"}
    assert result.as_json()["files"][0]["unused"] == {"shelf": None, "colour of ink": "blue"}
    console = Console(record=True, width=200)
    show(open_workspace(shop.home), result, console)
    assert "Not used: shelf, colour of ink (blue)" in console.export_text()

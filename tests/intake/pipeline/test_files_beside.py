"""Refunds, rates, costs, customers, products and spend in files of their own."""

from __future__ import annotations

ORDERS = """
order_id,customer,date,total,currency
1,a,2024-01-10,10.00,EUR
2,b,2024-01-11,100.00,SEK
3,c,2024-01-12,5.00,EUR
"""
RATES = "date,currency,rate\n2024-01-01,SEK,0.09\n2024-01-11,SEK,0.0893\n2024-01-20,SEK,0.5\n"


def test_without_a_rate_rows_are_set_aside_and_come_in_once_rates_are_there(shop):
    first = shop.text(ORDERS)
    assert first.currency == "EUR"
    assert first.reasons == {"No exchange rate is known for the currency on that day": 1}
    assert "SEK on 2024-01-11" in shop.rejects("1.csv")[1]
    assert shop.text(RATES, "rates.csv").counts.kept == 3
    again = shop.take(shop.home / "rejects" / "1.csv")
    assert again.counts.kept == 1
    assert shop.orders("currency", "original", "net")["2"] == ("SEK", 10000, 893)
    assert shop.text(ORDERS).counts.unchanged == 3


def test_rates_come_before_orders_in_one_command_whatever_the_order_of_files(shop):
    result = shop.take(shop.file("orders.csv", ORDERS), shop.file("rates.csv", RATES))
    assert result.counts.set_aside == 0
    assert result.rules["converted_orders"] == 1


def test_rates_from_the_other_side_and_old_rates(shop):
    shop.settings('[firm]\ncurrency = "EUR"\n')
    shop.text(
        "date,currency,to_currency,rate\n2024-01-11,EUR,SEK,11.2\n2023-01-01,NOK,EUR,0.1\n", "rates.csv", kind="rates"
    )
    (rate,) = shop.ask("SELECT rate FROM rates WHERE currency = 'SEK'")
    assert abs(rate[0] - 1 / 11.2) < 1e-12
    result = shop.text("order_id,customer,date,total,currency\n1,a,2024-01-11,112.00,SEK\n2,b,2024-01-11,10.00,NOK\n")
    assert shop.orders("net") == {"1": 1000}
    assert result.counts.set_aside == 1, "a rate of a year ago is no rate"


def test_the_firms_currency_is_the_one_of_most_rows_and_stays(shop):
    shop.text(ORDERS)
    assert 'currency = "EUR"' in (shop.home / "regulars.toml").read_text()
    result = shop.text("order_id,customer,date,total,currency\n7,a,2024-02-10,10.00,SEK\n8,b,2024-02-11,100.00,SEK\n")
    assert result.currency == "EUR"


def test_refunds_of_their_own_file_once(shop):
    orders = "order_id,customer,date,total\n1,a,2024-01-10,10.00\n2,b,2024-01-11,8.00\n"
    refunds = """
        order_id,refund amount,refund date
        1,4.00,2024-02-01
        1,4.00,2024-02-01
        2,8.00,2024-02-02
        9,1.00,2024-02-02
        """
    shop.text(orders)
    result = shop.text(refunds, "refunds.csv", kind="refunds")
    assert (result.counts.kept, result.counts.set_aside) == (3, 1)
    assert shop.orders("net") == {"1": 200, "2": 0}
    assert shop.refunds() == [("1", "2024-02-01", 800), ("2", "2024-02-02", 800)]
    before = shop.state()
    assert shop.text(refunds, "refunds.csv", kind="refunds").counts.unchanged == 3
    assert shop.text(orders).counts.unchanged == 2
    assert shop.state() == before


def test_a_refund_total_on_the_order_and_its_dates_in_a_file_are_one_refund(shop):
    orders = "order_id,customer,date,total,refunded\n1,a,2024-01-10,10.00,6.00\n"
    shop.text(orders)
    shop.text("order_id,refund amount,refund date\n1,4.00,2024-02-01\n", "refunds.csv", kind="refunds")
    assert shop.refunds() == [("1", "2024-01-10", 200), ("1", "2024-02-01", 400)]


def test_costs_by_day_make_margins_also_of_orders_that_are_there(shop):
    lines = """
        order number,date,customer,sku,quantity,unit price
        1,2024-01-10,a,x,2,5.00
        2,2024-03-10,a,x,1,5.00
        2,2024-03-10,a,y,1,1.00
        """
    costs = "product_id,from_day,cost\nx,2024-01-01,2.00\nx,2024-02-01,2.50\n"
    shop.text(lines, "lines.csv")
    assert shop.orders("cost") == {"1": None, "2": None}
    shop.text(costs, "costs.csv", kind="costs")
    assert shop.orders("cost", "net", "version") == {"1": (400, 1000, 2), "2": (None, 600, 2)}
    assert shop.ask("SELECT product_id, cost FROM lines WHERE day > DATE '2024-02-01' ORDER BY 1") == [
        ("x", 250),
        ("y", None),
    ]
    assert shop.text(lines, "lines.csv").counts.unchanged == 3
    shop.text("product_id,from_day,cost\ny,2024-01-01,0.40\n", "more.csv", kind="costs")
    assert shop.orders("cost")["2"] == 290
    assert shop.ask("SELECT margin FROM occasions ORDER BY day") == [(600,), (310,)]
    assert shop.text(costs, "costs.csv", kind="costs").counts.unchanged == 2


def test_costs_shrink_with_what_is_given_back(shop):
    shop.text(
        "order_id,customer,date,total,cost,refunded\n1,a,2024-01-10,10.00,4.00,5.00\n2,a,2024-01-11,10.00,4.00,10.00\n"
    )
    assert shop.orders("net", "cost") == {"1": (500, 200), "2": (0, 0)}


def test_products_give_lines_their_category(shop):
    shop.take(
        shop.file(
            "products.csv",
            "product_id,product_name,category,brand,durable\nx,Coffee,Drinks,Paulig,no\ny,Mill,Kitchen,,yes\n",
        ),
        shop.file(
            "lines.csv",
            "order number,date,customer,sku,quantity,unit price\n1,2024-01-10,a,x,2,5.00\n1,2024-01-10,a,y,1,50.00\n",
        ),
    )
    assert shop.ask("SELECT product_id, category, brand FROM lines ORDER BY 1") == [
        ("x", "Drinks", "Paulig"),
        ("y", "Kitchen", None),
    ]
    assert shop.ask("SELECT product_id, name, durable FROM products ORDER BY 1") == [
        ("x", "Coffee", False),
        ("y", "Mill", True),
    ]


def test_customers_stay_out_of_the_lake(shop):
    text = """
        customer_id,name,email,phone,country,birth_date,consent
        C1,Canary Tamm,canary@bird.ee,+37255512345,EE,1984-05-17,yes
        C2,Ben,,,LV,,no
        ,,,,LV,,
        """
    result = shop.text(text, "customers.csv", kind="customers")
    assert (result.counts.kept, result.counts.set_aside) == (2, 1)
    assert shop.ask("SELECT kind, country, birth_years FROM people ORDER BY country") == [
        ("person", "EE", 1980),
        ("person", "LV", None),
    ]
    again = shop.text(text, "customers.csv", kind="customers")
    assert again.counts.unchanged == 2
    changed = shop.text(text.replace("Ben", "Benno"), "customers.csv", kind="customers")
    assert (changed.counts.unchanged, changed.counts.replaced) == (1, 1)
    shop.text("order_id,customer_id,email,date,total\n1,C1,canary@bird.ee,2024-01-01,10\n")
    lake = b"".join(path.read_bytes() for path in (shop.home / "lake").rglob("*") if path.is_file())
    for secret in (b"Canary", b"canary@bird.ee", b"55512345"):
        assert secret not in lake
    from regulars.customers.models import Consent, Customer

    assert Customer.objects.get(name="Canary Tamm").email == "canary@bird.ee"
    assert Consent.objects.count() == 2


def test_an_old_file_does_not_bring_an_old_name_back(shop):
    from regulars.customers.models import Customer

    old = "order_id,customer_id,name,date,total\n1,C1,Anna Tamm,2024-01-01,10\n"
    shop.text(old)
    shop.text("order_id,customer_id,name,date,total\n2,C1,Anna Saar,2024-02-01,10\n", "february.csv")
    shop.text(old)
    assert [customer.name for customer in Customer.objects.all()] == ["Anna Saar"]


def test_spend_by_source_and_month(shop):
    shop.text(
        "source,month,amount,purpose\ngoogle,2024-01-15,100.50,win\nnewsletter,2024-01-01,20,keep\n",
        "spend.csv",
        kind="spend",
    )
    assert shop.ask("SELECT source, month::VARCHAR, amount, purpose FROM spend ORDER BY 1") == [
        ("google", "2024-01-01", 10050, "win"),
        ("newsletter", "2024-01-01", 2000, "keep"),
    ]
    assert (
        shop.text("source,month,amount,purpose\ngoogle,2024-01-15,90,win\n", "spend.csv", kind="spend").counts.replaced
        == 1
    )


def test_an_order_whose_row_names_a_product_has_a_line_and_its_cost(shop):
    shop.text("product_id,from_day,cost\nx,2024-01-01,2.00\n", "costs.csv", kind="costs")
    text = """
        order_id,customer,date,total,product_id,quantity,category
        1,a,2024-01-10,10.00,x,2,Coffee
        2,a,2024-01-11,5.00,,1,
        """
    shop.text(text, kind="orders")
    assert shop.ask("SELECT product_id, category, quantity, unit_price, net, cost FROM lines") == [
        ("x", "Coffee", 2.0, 500, 1000, 400)
    ]
    assert shop.orders("cost") == {"1": 400, "2": None}
    assert shop.text(text, kind="orders").counts.unchanged == 2

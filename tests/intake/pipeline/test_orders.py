"""Files with one row an order: amounts, refunds, cancellations, tests, guests; twice is once."""

from __future__ import annotations

import pytest

PLAIN = """
order_id,customer,date,total
1,anna,2024-01-01,10.00
2,ben,2024-01-02,12.50
3,anna,2024-01-05,0
"""


def test_each_row_is_an_order_and_zero_counts(shop):
    result = shop.text(PLAIN)
    assert shop.orders() == {"1": ("placed", 1000), "2": ("placed", 1250), "3": ("placed", 0)}
    assert result.counts.kept == 3
    assert result.orders == {"new": 3, "unchanged": 0, "replaced": 0}
    assert result.new_customers == 2
    assert shop.ask("SELECT sum(orders) FROM occasions") == [(3,)]
    assert not (shop.home / "files" / "imports" / "1").exists(), "typed rows hold personal data"


def test_the_same_file_again_changes_nothing(shop):
    shop.text(PLAIN)
    before = shop.state()
    again = shop.text(PLAIN)
    assert again.counts.unchanged == 3
    assert again.orders == {"new": 0, "unchanged": 3, "replaced": 0}
    assert shop.state() == before
    assert shop.ask("SELECT count(*) FROM order_versions") == [(0,)]


def test_a_changed_order_replaces_its_older_version_which_is_kept(shop):
    shop.text(PLAIN)
    result = shop.text(PLAIN.replace("12.50", "11.00"))
    assert (result.counts.unchanged, result.counts.replaced) == (2, 1)
    assert shop.orders("net", "version")["2"] == (1100, 2)
    assert shop.ask("SELECT external_id, net FROM order_versions") == [("2", 1250)]


def test_amounts_are_exact_and_rounded_half_to_even(shop):
    shop.text("order_id,customer,date,total\n1,a,2024-01-01,0.125\n2,a,2024-01-02,0.135\n3,a,2024-01-03,0.115\n")
    assert shop.orders("net") == {"1": 12, "2": 14, "3": 12}


def test_postage_and_tax_are_not_sales(shop):
    shop.text("order_id,customer,date,total,shipping,tax,discount\n1,a,2024-01-01,31.00,5.00,6.00,2.00\n")
    assert shop.orders("gross", "discount", "shipping", "tax", "net") == {"1": (2200, 200, 500, 600, 2000)}


def test_a_total_that_equals_the_goods_is_one_of_goods(shop):
    shop.text("order_id,customer,date,subtotal,shipping,total\n1,a,2024-01-01,20.00,5.00,20.00\n")
    assert shop.orders("net", "shipping") == {"1": (2000, 500)}


def test_refunded_amounts_take_their_share_of_goods_and_their_date(shop):
    shop.text(
        """
        order_id,customer,date,total,shipping,refunded,refunded_at
        1,a,2024-01-01,25.00,5.00,25.00,2024-02-01
        2,b,2024-01-01,25.00,5.00,5.00,2024-02-02
        3,c,2024-01-01,10.00,0,4.00,
        """
    )
    assert shop.orders("refund", "net") == {"1": (2000, 0), "2": (400, 1600), "3": (400, 600)}
    # Without a date of its own a refund counts from the day of the order.
    assert shop.refunds() == [("1", "2024-02-01", 2000), ("2", "2024-02-02", 400), ("3", "2024-01-01", 400)]
    assert shop.ask("SELECT orders, void_day::VARCHAR FROM occasions WHERE customer_id = 1") == [(0, "2024-02-01")]


def test_cancelled_test_and_unpaid_orders_do_not_count(shop):
    result = shop.text(
        """
        order_id,customer,date,total,status,cancelled_at
        1,a,2024-01-01,10,paid,
        2,b,2024-01-01,10,cancelled,
        3,c,2024-01-01,10,cancelled,2024-01-09
        4,d,2024-01-01,10,test,
        5,e,2024-01-01,10,refunded,
        6,f,2024-01-01,10,pending,
        """
    )
    found = shop.orders("status", "net")
    assert found["1"] == ("placed", 1000)
    assert found["2"] == ("cancelled", 1000)
    assert found["3"] == ("placed", 0), "cancelled on a later day: an order until then"
    assert found["4"][0] == "test"
    assert found["5"] == ("placed", 0)
    assert shop.refunds() == [("3", "2024-01-09", 1000), ("5", "2024-01-01", 1000)]
    assert result.rules["cancelled_orders"] == 1
    assert result.rules["cancelled_later"] == 1
    assert result.rules["test_orders"] == 1
    assert found["6"][0] == ("cancelled" if "unpaid_orders" in result.rules else "placed")


def test_a_negative_row_mirrors_the_latest_earlier_order_of_the_same_amount(shop):
    result = shop.text(
        """
        order_id,customer,date,total
        1,a,2024-01-01,10
        2,a,2024-01-03,10
        3,b,2024-01-03,10
        4,a,2024-01-05,-10
        5,a,2024-01-06,10
        """
    )
    assert shop.orders("net") == {"1": 1000, "2": 0, "3": 1000, "5": 1000}
    assert shop.refunds() == [("2", "2024-01-05", 1000)]
    assert result.rules["taken_back_by_mirror"] == 1
    assert result.counts.kept == 5


def test_mirrors_are_matched_as_a_stack(shop):
    shop.text(
        """
        order_id,customer,date,total
        1,a,2024-01-01,10
        2,a,2024-01-02,10
        3,a,2024-01-03,-10
        4,a,2024-01-04,10
        5,a,2024-01-05,-10
        6,a,2024-01-06,-10
        7,a,2024-01-07,-10
        """
    )
    assert shop.refunds() == [("1", "2024-01-06", 1000), ("2", "2024-01-03", 1000), ("4", "2024-01-05", 1000)]
    assert shop.rejects("1.csv")[1].startswith("7,a,")


def test_a_row_that_names_its_order_goes_there(shop):
    result = shop.text(
        """
        order_id,customer,date,total,original_invoice
        1,a,2024-01-01,10,
        2,a,2024-01-02,10,
        3,a,2024-01-05,-4,1
        C2,a,2024-01-06,-10,
        """
    )
    assert shop.refunds() == [("1", "2024-01-05", 400), ("2", "2024-01-06", 1000)]
    assert result.rules["taken_back_by_name"] == 2


def test_a_part_taken_back_without_a_product_comes_from_the_latest_order_that_is_large_enough(shop):
    shop.text(
        """
        order_id,customer,date,total
        1,a,2024-01-01,50
        2,a,2024-01-02,5
        3,a,2024-01-05,-20
        """
    )
    assert shop.refunds() == [("1", "2024-01-05", 2000)]


def test_what_fits_no_earlier_order_is_set_aside_and_taken_in_once_that_order_is_there(shop):
    first = shop.text("order_id,customer,date,total\n1,a,2024-01-01,10\n9,a,2024-03-01,-30\n")
    assert first.counts.set_aside == 1
    shop.text("order_id,customer,date,total\n2,a,2024-02-01,30\n", "earlier.csv")
    again = shop.take(shop.home / "rejects" / "1.csv")
    assert (again.counts.kept, again.counts.set_aside) == (1, 0)
    assert shop.refunds() == [("2", "2024-03-01", 3000)]
    assert shop.orders("net", "version") == {"1": (1000, 1), "2": (0, 2)}


def test_an_order_imported_again_keeps_what_another_file_took_back(shop):
    january = "order_id,customer,date,total\n1,a,2024-01-01,10\n2,b,2024-01-02,10\n"
    shop.text(january, "january.csv")
    february = shop.text("order_id,customer,date,total\n3,a,2024-02-01,-10\n4,b,2024-02-02,8\n", "february.csv")
    assert february.orders == {"new": 1, "unchanged": 0, "replaced": 1}
    before = shop.state()
    again = shop.text(january, "january.csv")
    assert again.counts.unchanged == 2
    assert shop.state() == before
    assert shop.text("order_id,customer,date,total\n3,a,2024-02-01,-10\n4,b,2024-02-02,8\n").counts.unchanged == 2


def test_guests_are_customers_of_their_own(shop):
    result = shop.text(
        "order_id,email,date,total\n1,,2024-01-01,10\n2,,2024-01-01,10\n3,A@x.ee,2024-01-02,1\n4,a@x.ee,2024-01-03,1\n"
    )
    ids = shop.orders("customer_id")
    assert len({ids["1"], ids["2"], ids["3"]}) == 3
    assert ids["3"] == ids["4"]
    assert result.rules["guest_orders"] == 2
    shop.text("order_id,email,date,total\n1,,2024-01-01,10\n2,,2024-01-01,10\n")
    assert shop.orders("customer_id") == ids


def test_customers_known_by_name_only_are_told_apart_by_it(shop):
    shop.text(
        "order_id,customer name,date,total\n"
        "1,Anna Tamm,2024-01-01,10\n2,anna  tamm ,2024-01-02,10\n3,Ben,2024-01-02,10\n"
    )
    ids = shop.orders("customer_id")
    assert ids["1"] == ids["2"] != ids["3"]


def test_an_order_number_that_comes_twice_counts_once(shop):
    result = shop.text(
        "order_id,customer,date,total\n1,a,2024-01-01,10\n2,b,2024-01-01,7\n1,a,2024-01-01,12\n", kind="orders"
    )
    assert shop.orders("net") == {"1": 1200, "2": 700}
    assert result.counts.kept == 3
    assert result.rules["repeated_number"] == 1


@pytest.mark.parametrize("amount", ["1e15", "9999999999999"])
def test_an_impossible_amount_is_set_aside(shop, amount):
    result = shop.text(f"order_id,customer,date,total\n1,a,2024-01-01,10\n2,a,2024-01-02,{amount}\n")
    assert result.counts.set_aside == 1
    assert shop.orders("net") == {"1": 1000}

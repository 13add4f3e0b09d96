"""Files with one row a line, as tills and invoicing programs export them."""

from __future__ import annotations

LINES = """
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,HOLDER,6,2010-12-01 08:26,2.55,17850,United Kingdom
536365,71053,LANTERN,6,2010-12-01 08:26,3.39,17850,United Kingdom
536366,85123A,HOLDER,2,2010-12-02 08:28,2.55,17850,United Kingdom
536367,POST,POSTAGE,1,2010-12-02 09:00,18.00,12583,France
536367,22728,CLOCK,4,2010-12-02 09:00,3.75,12583,France
C536379,85123A,HOLDER,-2,2010-12-03 09:41,2.55,17850,United Kingdom
C536380,71053,LANTERN,-3,2010-12-04 09:41,3.39,17850,United Kingdom
536381,22728,CLOCK,1,2010-12-05 09:00,3.75,,France
"""


def test_lines_make_orders_and_cancellations_find_them(shop):
    result = shop.text(LINES, "lines.csv")
    assert shop.orders("status", "gross", "refund", "net", "shipping") == {
        "536365": ("placed", 3564, 1017, 2547, 0),
        "536366": ("placed", 510, 510, 0, 0),
        "536367": ("placed", 1500, 0, 1500, 1800),
        "536381": ("placed", 375, 0, 375, 0),
    }
    assert shop.refunds() == [("536365", "2010-12-04", 1017), ("536366", "2010-12-03", 510)]
    assert shop.ask("SELECT sum(net), count(*) FROM lines") == [(3564 + 510 + 1500 + 375, 5)]
    assert result.counts.kept == 8
    assert result.rules["fee_lines"] == 1
    assert result.rules["taken_back_by_mirror"] == 2
    assert result.rules["fully_refunded_orders"] == 1
    assert result.rules["partly_refunded_orders"] == 1


def test_a_cancellation_in_a_later_file_finds_its_order_in_the_lake(shop, other_shop):
    header, *rows = LINES.strip().splitlines()
    whole = [header, *rows]
    shop.text("\n".join([header, *rows[:5]]) + "\n", "december.csv")
    second = shop.text("\n".join([header, *rows[5:]]) + "\n", "later.csv")
    assert second.orders["replaced"] == 2
    assert second.counts.kept == 3
    first = shop.state()
    assert shop.text("\n".join([header, *rows[:5]]) + "\n", "december.csv").counts.unchanged == 5
    assert shop.state() == first
    other_shop.text("\n".join(whole) + "\n", "whole.csv")
    assert other_shop.state() == first


def test_a_discount_on_the_order_is_spread_over_its_lines_to_the_cent(shop):
    shop.text(
        """
        order number,date,customer,sku,quantity,unit price,order discount
        1,2024-01-01,a,x,1,3.33,1.00
        1,2024-01-01,a,y,1,3.33,1.00
        1,2024-01-01,a,z,1,3.34,1.00
        """,
        "lines.csv",
        mapping=_mapping({"discount": "order discount"}),
    )
    assert shop.orders("gross", "discount", "net") == {"1": (1000, 100, 900)}
    assert shop.ask("SELECT sum(net), sum(discount), min(net) >= 299 FROM lines") == [(900, 100, True)]


def test_amounts_per_line_are_added_up_and_repeated_ones_are_not(shop):
    shop.text(
        """
        order number,date,customer,sku,price,freight
        1,2024-01-01,a,x,10.00,2.50
        1,2024-01-01,a,y,5.00,1.50
        2,2024-01-02,b,x,10.00,2.50
        """,
        "per-line.csv",
        mapping=_mapping({"shipping": "freight"}, price="price"),
    )
    assert shop.orders("net", "shipping") == {"1": (1500, 400), "2": (1000, 250)}
    shop.text(
        """
        order number,date,customer,sku,price,freight
        3,2024-01-01,a,x,10.00,2.50
        3,2024-01-01,a,y,5.00,2.50
        """,
        "per-order.csv",
        mapping=_mapping({"shipping": "freight"}, price="price"),
    )
    assert shop.orders("net", "shipping")["3"] == (1500, 250)


def test_what_a_mapping_says_to_be_per_line_is_added_up_though_lines_are_alike(shop):
    text = """
        order number,date,customer,sku,price,freight,rebate
        1,2024-01-01,a,x,10.00,2.50,1.00
        1,2024-01-01,a,y,5.00,2.50,1.00
        """
    shop.text(text, "lines.csv", mapping=_mapping({"shipping": "freight", "discount": "rebate"}, price="price"))
    assert shop.orders("net", "discount", "shipping") == {"1": (1400, 100, 250)}
    mapping = _mapping({"shipping": "freight", "discount": "rebate"}, price="price")
    mapping.per_line = ["shipping", "discount"]
    shop.text(text, "lines.csv", mapping=mapping)
    assert shop.orders("net", "discount", "shipping") == {"1": (1300, 200, 500)}
    assert shop.ask("SELECT product_id, net FROM lines ORDER BY 1") == [("x", 900), ("y", 400)]


def test_postage_per_item_of_orders_items_and_payments(shop):
    heads = "".join(f"{i},c{i},2024-01-{i + 1:02d},delivered\n" for i in range(1, 21))
    items = "".join(f"{i},{n},p{n},10.00,{3 + n * (i % 2)}.25\n" for i in range(1, 21) for n in range(2))
    paid = "".join(f"{i},card,{26.5 + i % 2:.2f},2024-01-{i + 1:02d}\n" for i in range(1, 21))
    files = [
        shop.file("orders.csv", "order_id,customer_id,order_purchase_timestamp,order_status\n" + heads),
        shop.file("order_items.csv", "order_id,order_item_id,product_id,price,freight_value\n" + items),
        shop.file("order_payments.csv", "order_id,payment_type,payment_value,paid_at\n" + paid),
    ]
    result = shop.take(*files)
    assert result.files[1].mapping.per_line == ["shipping"]
    assert shop.orders("net", "shipping") == {str(i): (2000, 650 + i % 2 * 100) for i in range(1, 21)}
    assert shop.take(*files).counts.unchanged == 80


def test_free_samples_and_fees_alone_are_no_purchase_but_free_goods_beside_others_are(shop):
    result = shop.text(
        """
        order number,date,customer,sku,product,quantity,unit price,sample
        1,2024-01-01,a,S1,Tester,1,0,yes
        2,2024-01-02,b,X,Coffee,1,5.00,no
        2,2024-01-02,b,S1,Tester,1,0,yes
        3,2024-01-03,c,X,Coffee,1,0,no
        """,
        "lines.csv",
        mapping=_mapping({"is_sample": "sample", "product_name": "product"}),
    )
    assert shop.orders() == {"1": ("test", 0), "2": ("placed", 500), "3": ("placed", 0)}
    assert result.rules["sample_lines"] == 2
    assert result.rules["samples_or_fees_only"] == 1


def test_goods_taken_back_on_the_same_day_under_the_same_number_never_were_sold(shop):
    shop.text(
        """
        order number,date,customer,sku,quantity,unit price
        1,2024-01-01,a,x,2,5.00
        1,2024-01-01,a,x,-1,5.00
        2,2024-01-02,b,x,1,5.00
        2,2024-01-02,b,x,-1,5.00
        3,2024-01-03,c,x,2,5.00
        3,2024-01-09,c,x,-1,5.00
        """,
        "lines.csv",
        mapping=_mapping({}),
    )
    assert shop.orders("net", "refund") == {"1": (500, 0), "2": (0, 500), "3": (500, 500)}
    assert shop.refunds() == [("2", "2024-01-02", 500), ("3", "2024-01-09", 500)]


def test_lines_without_a_number_are_grouped_by_customer_and_moment(shop):
    text = """
        date,customer,sku,quantity,unit price
        2024-01-01 10:00,a,x,1,5.00
        2024-01-01 10:00,a,y,1,3.00
        2024-01-01 12:00,a,x,1,5.00
        2024-01-01 10:00,b,x,1,5.00
        """
    mapping = _mapping({}, number=None)
    shop.text(text, "lines.csv", mapping=mapping)
    assert sorted(shop.orders("net").values()) == [500, 500, 800]
    assert shop.text(text, "lines.csv", mapping=mapping).counts.unchanged == 4


def test_an_order_waits_while_one_of_its_lines_cannot_be_used(shop):
    result = shop.text(
        """
        order number,date,customer,sku,quantity,unit price
        1,2024-01-01,a,x,1,5.00
        1,2024-01-01,a,y,1,three
        2,2024-01-02,b,x,1,5.00
        """,
        "lines.csv",
        mapping=_mapping({}),
    )
    assert shop.orders("net") == {"2": 500}
    assert result.counts.set_aside == 2
    mended = "\n".join(shop.rejects("1.csv")).replace("three", "3.00") + "\n"
    again = shop.text(mended, "mended.csv")
    assert (again.counts.kept, again.counts.set_aside) == (2, 0)
    assert shop.orders("net") == {"1": 800, "2": 500}


def test_orders_lines_payments_and_customers_in_files_of_their_own(shop):
    files = [
        shop.file(
            "orders.csv",
            "order_id,customer_id,order_date,status\n1,c1,2024-01-01,paid\n2,c2,2024-01-02,paid\n3,c1,2024-01-03,cancelled\n4,c2,2024-01-04,paid\n",
        ),
        shop.file("items.csv", "order_id,item,product_id,price,quantity\n1,1,x,5.00,1\n1,2,y,2.00,1\n9,1,x,5.00,1\n"),
        shop.file(
            "payments.csv",
            "order_id,payment_type,payment_value,paid_at\n1,card,7.00,2024-01-01\n2,card,4.00,2024-01-02\n2,card,-1.00,2024-01-09\n",
        ),
    ]
    result = shop.take(*files)
    assert shop.orders() == {"1": ("placed", 700), "2": ("placed", 300), "3": ("cancelled", 0)}
    assert shop.refunds() == [("2", "2024-01-09", 100)]
    assert result.reasons == {"The order that the row belongs to is missing": 1, "The order has no amount": 1}
    assert shop.take(*files).counts.unchanged == 8


def test_files_that_continue_each_other_are_one(shop):
    header = "order number,date,customer,sku,quantity,unit price\n"
    one = shop.file("1.csv", header + "1,2024-01-01,a,x,1,5.00\n2,2024-01-02,b,x,1,5.00\n2,2024-01-02,b,y,1,3.00\n")
    two = shop.file("2.csv", header + "2,2024-01-02,b,z,1,1.00\n3,2024-01-03,c,x,1,5.00\n")
    shop.take(one, two, mapping=_mapping({}))
    assert shop.orders("net") == {"1": 500, "2": 900, "3": 500}


def test_files_that_overlap_do_not_double_lines(shop):
    header = "order number,date,customer,sku,quantity,unit price\n"
    one = shop.file("1.csv", header + "1,2024-01-01,a,x,1,5.00\n2,2024-01-02,b,x,1,5.00\n2,2024-01-02,b,y,1,3.00\n")
    two = shop.file("2.csv", header + "2,2024-01-02,b,x,1,5.00\n2,2024-01-02,b,y,1,3.00\n2,2024-01-02,b,z,1,2.00\n")
    shop.take(one, two, mapping=_mapping({}))
    assert shop.orders("net") == {"1": 500, "2": 1000}


def _mapping(more, number="order number", price="unit price"):
    from regulars.intake.mapping import Mapping

    columns = {
        "ordered_at": "date",
        "customer_ref": "customer",
        "product_id": "sku",
        "unit_price": price,
        **more,
    }
    if price == "unit price":
        columns["quantity"] = "quantity"
    if number:
        columns["order_number"] = number
    return Mapping(kind="lines", columns=columns)


def test_sums_that_cannot_be_meant_are_set_aside(shop):
    rows = "".join(f"9,2024-01-01,a,p{i},1,900000000000\n" for i in range(3))
    result = shop.text(
        "order number,date,customer,sku,quantity,unit price\n1,2024-01-01,a,x,1.5,2.005\n" + rows,
        "lines.csv",
        mapping=_mapping({}),
    )
    assert shop.orders("net") == {"1": 301}
    assert result.counts.set_aside == 3

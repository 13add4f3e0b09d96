"""The record of what was taken back: one row for each refund or cancellation that an import brought.

An order's refunds are worked out from all notices about it, whichever file they came in. So an order that is imported
again keeps the refunds that another file told of, and a refund that is imported again is recognised.
"""

from __future__ import annotations

import pyarrow as pa

from regulars.intake.assemble.arithmetic import share
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.rates import converted
from regulars.lake.tables import DAY, MONEY, TableSpec

NOTICES = TableSpec(
    "refund_notices",
    pa.schema(
        [
            pa.field("shop", pa.string(), nullable=False),
            pa.field("document", pa.string(), nullable=False),  # `own` order, `refund`, `payment`, or its own number
            pa.field("item", pa.string(), nullable=False),
            pa.field("external_id", pa.string(), nullable=False),  # the order that it takes back from
            pa.field("customer_id", pa.int64(), nullable=False),
            pa.field("day", DAY, nullable=False),
            pa.field("amount", MONEY, nullable=False),  # of its goods, in the firm's currency; 0: withdrawn
            pa.field("taken_amount", MONEY, nullable=False),  # in the currency of the row
            pa.field("product_id", pa.string()),
            pa.field("quantity", pa.float64()),
            pa.field("import_id", pa.int64(), nullable=False),
            pa.field("version", pa.int32(), nullable=False),
        ]
    ),
    ("shop", "document", "item"),
    ("customer_id", "day"),
    ("day",),
)
"""`document` = 'own', `item` = its number: the refund that an order's own row tells. One for each order at most."""
NOTICE_VERSIONS = TableSpec(
    "refund_notice_versions", NOTICES.schema, ("shop", "document", "item", "version"), NOTICES.sort, NOTICES.stats
)
"""What notices were before another import changed or withdrew them, so that it can be undone."""
REPLACED = "SELECT n.* FROM on_record n SEMI JOIN notice USING (document, item)"
"""SQL: notices on record that `notice` takes the place of."""
_CONTENT = ("external_id", "customer_id", "day", "amount", "taken_amount", "product_id", "quantity")


def recall(assembly: Assembly) -> None:
    """The table `kept_notice`: what is on record and doesn't come again with this import's `taken`."""
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept_notice AS
        SELECT * FROM {assembly.lake["refund_notices"]} n
        WHERE shop = '{assembly.shop}' AND amount > 0 AND document <> 'own'
          AND NOT EXISTS (SELECT 1 FROM taken t WHERE t.document = n.document AND t.item = n.item)
          -- A number that first was a cancellation's, in a file that was cut off, turns out to be an order's.
          AND NOT EXISTS (SELECT 1 FROM document d WHERE d.number = n.document
                          AND NOT EXISTS (SELECT 1 FROM taken t WHERE t.document = n.document))"""
    )


def draw_up(assembly: Assembly) -> None:
    """The tables `drawn` (all notices of this import) and `notice` (those that the record doesn't have like this).

    Reads the view `ordered`. What the record has of this import's documents and orders and is no longer so is
    withdrawn: the same notice with amount 0. `touched` are the numbers of orders whose refunds may change.
    """
    con, record = assembly.con, assembly.lake["refund_notices"]
    con.execute(f"CREATE OR REPLACE TEMP TABLE aim AS {_aims(assembly)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE drawn AS {_drawn(assembly)}")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE on_record AS
        SELECT n.* FROM {record} n WHERE shop = '{assembly.shop}' AND (
            (document, item) IN (SELECT (document, item) FROM drawn)
            OR amount > 0 AND document <> 'own' AND (document, item) NOT IN (SELECT (document, item) FROM kept_notice)
            OR amount > 0 AND document = 'own' AND item IN (SELECT number FROM document))"""
    )
    same = " AND ".join(f"n.{name} IS NOT DISTINCT FROM d.{name}" for name in _CONTENT)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE notice AS
        SELECT '{assembly.shop}' AS shop, d.* EXCLUDE (place), {assembly.import_id}::BIGINT AS import_id,
               (coalesce(n.version, 0) + 1)::INTEGER AS version
        FROM drawn d LEFT JOIN on_record n ON n.document = d.document AND n.item = d.item
        WHERE n.shop IS NULL OR NOT ({same})
        UNION ALL BY NAME
        SELECT n.* REPLACE (0 AS amount, {assembly.import_id}::BIGINT AS import_id, (version + 1)::INTEGER AS version)
        FROM on_record n WHERE (document, item) NOT IN (SELECT (document, item) FROM drawn) AND amount > 0"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE touched AS
        SELECT external_id AS number FROM notice
        UNION SELECT n.external_id FROM on_record n SEMI JOIN notice USING (document, item)"""
    )


def _aims(assembly: Assembly) -> str:
    """The orders that rows of this import take back from: goods in their own currency; `net`, `worth` in the firm's."""
    return f"""
    SELECT number, customer_id, day, currency, rate, goods, net, net + tax_in_firm + shipping_in_firm AS worth
    FROM ordered WHERE number IN (SELECT target FROM taken)
    UNION ALL
    SELECT external_id, o.customer_id, o.day, o.currency, rate, original, gross - discount,
           gross - discount + tax + shipping
    FROM {assembly.lake["orders"]} o JOIN goal g ON g.order_id = o.order_id
    WHERE o.external_id IN (SELECT target FROM taken)"""


def _drawn(assembly: Assembly) -> str:
    size = assembly.units.per_minor("t.currency")
    same = converted("t.amount", "a.rate", size, assembly.currency)
    money = f"CASE WHEN t.currency = a.currency THEN {same} ELSE t.home_amount END"
    # What was paid back holds postage and tax in the proportion in which they were paid.
    part = f"CASE WHEN t.of_paid THEN {share(money, 'a.net', 'a.worth')} ELSE {money} END"
    return f"""
    SELECT t.place, t.document, t.item, a.number AS external_id, a.customer_id, coalesce(t.day, a.day) AS day,
           CASE WHEN t.currency = a.currency AND t.amount >= a.goods THEN a.net ELSE least({part}, a.net) END AS amount,
           t.amount AS taken_amount, t.product_id, t.quantity
    FROM taken t JOIN aim a ON a.number = t.target WHERE t.usable
    UNION ALL
    SELECT NULL, 'own', number, number, customer_id, given_day, given, refunded, NULL, NULL
    FROM ordered WHERE given > 0"""


def settle(assembly: Assembly) -> None:
    """The table `given_back` (number, day, amount): refunds of this import's orders and of the lake's `touched` ones.

    The notices of other rows come first, the order's own refund is what they leave of it (it is the sum of refunds so
    far, the others may tell the dates); in the order of days; together at most the order's goods. Notices in the
    order's own currency are added up there and converted as a sum: cents lost in converting each would keep an order
    alive of which everything was given back.
    """
    # What a notice, or the sum of several, takes of the goods, in the firm's currency.
    size = assembly.units.per_minor()

    def of_goods(taken: str) -> str:
        return converted(taken, "rate", size, assembly.currency)

    def of_paid(taken: str) -> str:
        return f"CASE WHEN {taken} >= goods THEN net ELSE {share(of_goods(taken), 'net', 'worth')} END"

    alone = f"CASE WHEN paid THEN {of_paid('taken_amount')} ELSE {of_goods('taken_amount')} END"
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE given_back AS
        WITH concerned AS (
            SELECT number, currency, rate, goods, net, net + tax_in_firm + shipping_in_firm AS worth FROM ordered
            WHERE number IN (SELECT external_id FROM drawn) OR number IN (SELECT external_id FROM kept_notice)
            UNION ALL
            SELECT external_id, currency, rate, original, gross - discount, gross - discount + tax + shipping
            FROM {assembly.lake["orders"]}
            WHERE shop = '{assembly.shop}' AND external_id IN (SELECT number FROM touched)
              AND external_id NOT IN (SELECT number FROM document WHERE number IN (SELECT number FROM touched))
        ), told AS (
            SELECT external_id AS number, day, amount, taken_amount, document FROM drawn
            UNION ALL SELECT external_id, day, amount, taken_amount, document FROM kept_notice
            UNION ALL SELECT external_id, day, amount, taken_amount, document FROM {assembly.lake["refund_notices"]}
            WHERE shop = '{assembly.shop}' AND document = 'own' AND item IN (SELECT number FROM concerned)
              AND item NOT IN (SELECT number FROM ordered WHERE number IN (SELECT number FROM concerned))
        ), sorted AS (
            -- A notice that isn't worth what its amount is in the order's currency came in another one.
            SELECT *, CASE WHEN document = 'own' THEN 'own' WHEN amount <> least({alone}, net) THEN 'foreign'
                      WHEN paid THEN 'paid' ELSE 'goods' END AS sort
            FROM (SELECT t.*, c.* EXCLUDE (number), document IN ('refund', 'payment') AS paid
                  FROM told t JOIN concerned c USING (number))
        ), by_day AS (
            SELECT number, day, any_value(rate) AS rate, any_value(currency) AS currency, any_value(goods) AS goods,
                   any_value(net) AS net, any_value(worth) AS worth,
                   coalesce(sum(taken_amount) FILTER (sort = 'goods'), 0) AS goods_back,
                   coalesce(sum(taken_amount) FILTER (sort = 'paid'), 0) AS paid_back,
                   coalesce(sum(amount) FILTER (sort = 'foreign'), 0) AS foreign_back,
                   coalesce(sum(amount) FILTER (sort = 'own'), 0) AS own
            FROM sorted GROUP BY number, day
        ), running AS (
            SELECT number, day, rate, currency, goods, net, worth, own, sum(goods_back) OVER upto AS goods_back,
                   sum(paid_back) OVER upto AS paid_back, sum(foreign_back) OVER upto AS foreign_back
            FROM by_day WINDOW upto AS (PARTITION BY number ORDER BY day)
        ), told_so_far AS (
            SELECT number, day, net, own, {of_goods("goods_back")} + {of_paid("paid_back")} + foreign_back AS others,
                   {of_goods("paid_back")} > worth + {_SLACK} AS too_much_paid
            FROM running
        ), with_own AS (
            SELECT number, day, net, too_much_paid,
                   others + sum(CASE WHEN own > 0 THEN greatest(own - told, 0) ELSE 0 END)
                       OVER (PARTITION BY number ORDER BY day) AS so_far
            FROM (SELECT *, max(others) OVER (PARTITION BY number) AS told FROM told_so_far)
        ), in_order AS (
            SELECT *, lag(so_far, 1, 0) OVER (PARTITION BY number ORDER BY day) AS before FROM with_own)
        SELECT number, day, (least(so_far, net) - least(before, net))::BIGINT AS amount, net,
               so_far > net OR too_much_paid AS too_much
        FROM in_order WHERE least(so_far, net) > least(before, net)"""
    )


_SLACK = 2
"""Minor units by which goods, tax and postage, each converted, may miss what was paid, converted at once."""

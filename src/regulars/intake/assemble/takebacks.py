"""Which order does a cancellation or a refund belong to? All of it in SQL over sets, at most a few sorts.

A row that takes something back finds its order so:
1. it names it (`original_invoice`, a refund's order number, its own number without a leading C, its own number);
2. it mirrors it: same customer, product, quantity and amount with the opposite sign; the latest earlier one that no
   other row has taken yet, as one stack of goods for each (customer, product, quantity, amount);
3. it takes back a part of it: same customer and product, at most as many and as much; the latest earlier one;
4. it names no product: the customer's latest earlier order that is worth at least as much.
Earlier means: not after the moment of the row. A row that finds none is set aside.
"""

from __future__ import annotations

from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.identify import LookUp, joined, look_up
from regulars.intake.assemble.numbering import KEYS
from regulars.intake.assemble.rates import converted

_SAME = "customer_id, currency, product_id, quantity, amount"
_ALIKE = " AND ".join(f"o.{column} IS NOT DISTINCT FROM t.{column}" for column in _SAME.split(", "))


def collect(assembly: Assembly, find: LookUp) -> bool:
    """Gather everything that takes back into the table `taken`, with customers; False when there is nothing."""
    sales, con = assembly.sales, assembly.con
    sources = [_BACK] if assembly.any("back") else []
    if sales.of("refunds"):
        sources.append(_REFUND.format(key=", ".join(KEYS)))
    if sales.of("payments"):
        sources.append(_PAID_BACK.format(key=", ".join(KEYS)))
    if not sources:
        return False
    con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS {_TAKEN.format(rows=' UNION ALL '.join(sources))}")
    look_up(assembly, find)
    return bool(assembly.one("SELECT count(*) FROM taken"))


_BACK = """
SELECT place, document, [original_invoice, CASE WHEN numbered THEN regexp_extract(document, '^[Cc](.+)$', 1) END,
       CASE WHEN of_itself THEN document END] AS names, customer_ref, email, phone, product_id, quantity, amount,
       of_paid, currency, ordered_at, day FROM back
"""
_REFUND = """
SELECT place, 'refund' AS document, [order_number] AS names, {key}, product_id, abs(quantity) AS quantity,
       minor(abs(amount), currency) AS amount, true AS of_paid, currency, refunded_at AS ordered_at, refunded_day AS day
FROM in_refunds
"""
_PAID_BACK = """
SELECT place, 'payment' AS document, [order_number] AS names, {key}, NULL::VARCHAR AS product_id,
       NULL::DOUBLE AS quantity, minor(abs(amount), currency) AS amount, true AS of_paid, currency,
       paid_at AS ordered_at, paid_day AS day
FROM in_payments WHERE amount < 0 OR status = 'refunded'
"""

# `item` tells the rows of one document apart by their content, so that the order of rows changes nothing.
_TAKEN = """
SELECT * EXCLUDE (content), content || ':' || row_number() OVER (PARTITION BY document, content ORDER BY place) AS item,
       NULL::BIGINT AS customer_id, NULL::VARCHAR AS target, NULL::BIGINT AS home_amount,
       NULL::BIGINT AS offer, true AS usable
FROM (SELECT *, digest(concat_ws('|', coalesce(product_id, ''), coalesce(quantity::VARCHAR, ''), amount::VARCHAR,
                currency, coalesce(epoch_us(ordered_at)::VARCHAR, ''), coalesce(customer_ref, ''), coalesce(email, ''),
                coalesce(phone, ''), coalesce(names[1], ''))) AS content FROM ({rows}))
"""


UNMATCHED = """
SELECT place, CASE WHEN target IS NOT NULL THEN 'no_rate'
              WHEN document IN ('refund', 'payment') AND names[1] IS NOT NULL
              THEN 'no_such_order' ELSE 'nothing_to_take_back' END,
       CASE WHEN target IS NOT NULL THEN currency || coalesce(' on ' || day, '')
            WHEN document IN ('refund', 'payment') THEN names[1] END
FROM taken WHERE NOT usable
UNION ALL
-- What else stands in a cancellation of which nothing could be used, such as its postage.
SELECT place, 'nothing_to_take_back', NULL FROM row_of
WHERE number IN (SELECT document FROM taken GROUP BY document HAVING NOT bool_or(usable))
  AND number NOT IN (SELECT number FROM document) AND place NOT IN (SELECT place FROM taken)
"""


_NO_GOAL = """
CREATE OR REPLACE TEMP TABLE goal (number VARCHAR, customer_id BIGINT, ordered_at TIMESTAMPTZ, day DATE,
    currency VARCHAR, goods BIGINT, paid BIGINT, order_id BIGINT)
"""


def nothing(assembly: Assembly) -> None:
    """The tables that `collect` and `match` make, empty."""
    assembly.con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS {_TAKEN.format(rows=_BACK + ' WHERE false')}")
    assembly.con.execute(_NO_GOAL)


def match(assembly: Assembly, *, foreign: bool) -> None:
    """Fill `taken.target` (an order's number) where an order is found. Needs `document`, `who`, `taken`.

    `taken.usable` is false where none is, or where it is in another currency and no rate is known.
    """
    con = assembly.con
    con.execute("CREATE OR REPLACE TEMP TABLE wanted_number AS SELECT DISTINCT unnest(names) AS number FROM taken")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE wanted_customer AS "
        "SELECT DISTINCT customer_id FROM taken WHERE customer_id IS NOT NULL"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE goal AS {_file_goals(assembly)}")
    con.execute(f"INSERT INTO goal {_lake_goals(assembly)}")
    con.execute(_BY_NAME)
    con.execute(f"CREATE OR REPLACE TEMP TABLE offer AS {_offers(assembly)}")
    con.execute(_MIRROR)
    con.execute(_ROOM)
    con.execute(_PART)
    con.execute(_ROOM)
    con.execute(_WHOLE)
    con.execute("DROP TABLE offer")
    _usable(assembly, foreign)


def _usable(assembly: Assembly, foreign: bool) -> None:
    con = assembly.con
    if foreign:
        money = converted("t.amount", "r.rate", assembly.units.per_minor("t.currency"), assembly.currency)
        con.execute(
            f"""UPDATE taken SET home_amount = {money.replace("t.", "taken.")} FROM rate r
            WHERE r.currency = taken.currency AND r.day = taken.day"""
        )
    con.execute(f"UPDATE taken SET home_amount = amount WHERE currency = '{assembly.currency}'")
    con.execute(
        """UPDATE taken SET usable = target IS NOT NULL AND (home_amount IS NOT NULL
        OR currency = (SELECT any_value(g.currency) FROM goal g WHERE g.number = taken.target))"""
    )


def _file_goals(assembly: Assembly) -> str:
    return f"""
    SELECT number, customer_id, ordered_at, day, currency, goods, goods + tax + shipping AS paid,
           NULL::BIGINT AS order_id
    FROM {joined(assembly)} d
    WHERE status IS DISTINCT FROM 'cancelled' AND (
        number IN (SELECT number FROM wanted_number) OR customer_id IN (SELECT customer_id FROM wanted_customer))"""


def _lake_goals(assembly: Assembly) -> str:
    # The file's own version of an order comes before the lake's.
    per_unit = "CASE WHEN rate > 0 THEN round((tax + shipping) / rate)::BIGINT ELSE 0 END"
    return f"""
    SELECT o.external_id, o.customer_id, o.ordered_at, o.day, o.currency, o.original,
           o.original + {per_unit}, o.order_id
    FROM (SELECT * FROM {assembly.lake["orders"]}
          WHERE shop = '{assembly.shop}' AND status = 'placed' AND (
              external_id IN (SELECT number FROM wanted_number)
              OR customer_id IN (SELECT customer_id FROM wanted_customer))) o
    WHERE o.external_id NOT IN (
        SELECT number FROM document SEMI JOIN (
            SELECT external_id AS number FROM {assembly.lake["orders"]}
            WHERE external_id IN (SELECT number FROM wanted_number)
               OR customer_id IN (SELECT customer_id FROM wanted_customer)) USING (number))"""


_BY_NAME = """
UPDATE taken SET target = f.number FROM (
    SELECT place, arg_min(number, choice) AS number FROM (
        SELECT t.place, g.number, t.choice FROM (
            SELECT place, unnest(names) AS number, generate_subscripts(names, 1) AS choice FROM taken) t
        JOIN goal g USING (number)) GROUP BY place) f
WHERE taken.place = f.place
"""


def _offers(assembly: Assembly) -> str:
    """What could be mirrored: goods by line, and whole orders (no product); less what earlier imports took already."""
    size = assembly.units.per_minor("l.currency")
    by_line = (
        f"""
        SELECT g.number, l.product_id, l.quantity, half_even(l.net, {size})::BIGINT AS amount
        FROM line l JOIN goal g USING (number)
        WHERE g.order_id IS NULL AND l.sign_ > 0 AND NOT l.fee AND l.product_id IS NOT NULL"""
        if assembly.sales.of("lines")
        else ""
    )
    lake_line = f"""
        SELECT g.number, l.product_id, l.quantity, (l.net / o.rate)::BIGINT AS amount FROM {assembly.lake["lines"]} l
        JOIN goal g USING (order_id) JOIN {assembly.lake["orders"]} o USING (order_id)"""
    whole = "SELECT number, NULL, NULL, goods FROM goal"
    rows = " UNION ALL ".join(part for part in (by_line, lake_line, whole) if part)
    return f"""
    SELECT row_number() OVER () AS offer, o.* EXCLUDE (turn), g.customer_id, g.currency, g.ordered_at
    FROM (SELECT *, row_number() OVER (PARTITION BY number, product_id, quantity, amount) AS turn FROM ({rows})) o
    JOIN goal g USING (number)
    LEFT JOIN (SELECT external_id, product_id, quantity, taken_amount, count(*) AS turns FROM kept_notice
               GROUP BY ALL) k
      ON k.external_id = o.number AND k.product_id IS NOT DISTINCT FROM o.product_id
     AND k.quantity IS NOT DISTINCT FROM o.quantity AND k.taken_amount = o.amount
    WHERE o.turn > coalesce(k.turns, 0)"""


# A stack for each sort of goods: buying puts on top, taking back takes from the top. `height` after each event is the
# running sum, lifted whenever it would go below zero; an event and its partner meet at the same height.
_MIRROR = f"""
UPDATE taken SET target = f.number, offer = f.offer FROM (
    SELECT place, number_before AS number, id_before AS offer FROM (
        SELECT place, step, lag(number) OVER turns AS number_before, lag(id) OVER turns AS id_before
        FROM (
            SELECT *, running - least(0, lowest) + (step = -1)::INT AS level,
                   step = 1 OR running >= least(0, coalesce(lowest_before, 0)) AS matched
            FROM (
                SELECT *, min(running) OVER upto AS lowest,
                       min(running) OVER (upto ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lowest_before
                FROM (
                    SELECT *, sum(step) OVER upto AS running
                    FROM (
                        SELECT NULL AS place, offer AS id, number, {_SAME}, ordered_at, 1 AS step
                        FROM offer o SEMI JOIN taken t ON {_ALIKE}
                        UNION ALL
                        SELECT place, place, NULL, {_SAME}, ordered_at, -1 FROM taken
                        WHERE target IS NULL AND customer_id IS NOT NULL)
                    WINDOW upto AS (PARTITION BY {_SAME} ORDER BY ordered_at, step DESC, id ROWS UNBOUNDED PRECEDING))
                WINDOW upto AS (PARTITION BY {_SAME} ORDER BY ordered_at, step DESC, id)))
        WHERE matched
        WINDOW turns AS (PARTITION BY {_SAME}, level ORDER BY ordered_at, step DESC, id))
    WHERE step = -1 AND number_before IS NOT NULL) f
WHERE taken.place = f.place
"""

# What an order still holds, after rows of this import and of earlier ones took their part.
_ROOM = """
CREATE OR REPLACE TEMP TABLE room AS
SELECT g.*, coalesce(t.amount, 0) + coalesce(k.amount, 0) AS gone
FROM goal g
LEFT JOIN (SELECT target AS number, sum(amount) AS amount FROM taken GROUP BY 1) t USING (number)
LEFT JOIN (SELECT external_id AS number, sum(taken_amount) AS amount FROM kept_notice GROUP BY 1) k USING (number)
"""

_NOT_YET = "taken t WHERE t.target IS NULL AND t.customer_id IS NOT NULL"
_PART = f"""
UPDATE taken SET target = f.number FROM (
    SELECT place, number FROM (
        SELECT place, number, had, sum(quantity) OVER (PARTITION BY offer ORDER BY ordered_at, place) AS so_far
        FROM (
            SELECT t.place, t.ordered_at, t.quantity, o.offer, o.number, o.quantity AS had,
                   row_number() OVER (PARTITION BY t.place ORDER BY o.ordered_at DESC, o.offer DESC) AS choice
            FROM (SELECT * FROM {_NOT_YET} AND t.product_id IS NOT NULL) t
            JOIN (SELECT * FROM offer ANTI JOIN taken USING (offer)) o USING (customer_id, currency, product_id)
            JOIN room r USING (number)
            WHERE o.ordered_at <= t.ordered_at AND o.quantity >= coalesce(t.quantity, 1)
              AND least(o.amount, r.goods - r.gone) >= t.amount)
        WHERE choice = 1)
    WHERE so_far <= had) f
WHERE taken.place = f.place
"""
_LEFT = "CASE WHEN t.of_paid THEN g.paid ELSE g.goods END - g.gone"
_WHOLE = f"""
UPDATE taken SET target = f.number FROM (
    SELECT place, number FROM (
        SELECT place, number, worth, sum(amount) OVER (PARTITION BY number ORDER BY ordered_at, place) AS so_far
        FROM (
            SELECT t.place, t.ordered_at, t.amount, g.number, {_LEFT} AS worth,
                   row_number() OVER (PARTITION BY t.place ORDER BY g.ordered_at DESC, g.number DESC) AS choice
            FROM (SELECT * FROM {_NOT_YET} AND t.product_id IS NULL) t JOIN room g USING (customer_id, currency)
            WHERE g.ordered_at <= t.ordered_at AND {_LEFT} >= t.amount)
        WHERE choice = 1)
    WHERE so_far <= worth) f
WHERE taken.place = f.place
"""

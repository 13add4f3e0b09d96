"""Files with one row a line, and orders whose parts stand in several files: rows are grouped by order number.

Rows are heads (an order's own file), lines, or payments. What only one of them knows is taken from there; where
several know it, a head comes before a line, and the first row of a file before later ones.
"""

from __future__ import annotations

from regulars.intake.assemble import amounts, overlap, setaside, words
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.heads import PLAIN
from regulars.intake.assemble.numbering import KEYS, number, reference
from regulars.intake.assemble.source import FILE_PLACES
from regulars.intake.fields import Kind, staged_columns

SAME_ON_EVERY_LINE = 0.01
"""An amount that differs within at most this share of orders belongs to the order and is repeated on its lines."""
_FIRST = tuple(name for name in PLAIN if name not in ("ordered_at", "day"))


def build(assembly: Assembly) -> None:
    """Make the tables `line` and `document` and the view `back` from heads, lines and payments."""
    con = assembly.con
    con.execute(f"CREATE OR REPLACE TEMP VIEW every_line AS {_lines(assembly)}")
    con.execute("CREATE OR REPLACE TEMP TABLE old_line (place BIGINT, number VARCHAR)")
    overlapping = len(assembly.sales.of("lines")) > 1 and overlap.find(assembly)
    newest = "ANTI JOIN old_line USING (place)" if overlapping else ""
    con.execute(f"CREATE OR REPLACE TEMP VIEW line AS SELECT * FROM every_line {newest}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW piece AS {_pieces(assembly)}")
    con.execute("CREATE OR REPLACE TEMP VIEW row_of AS SELECT place, number FROM piece")
    con.execute(f"CREATE OR REPLACE TEMP TABLE grouped AS {_grouped(assembly)}")
    if setaside.impossible_sums(assembly):
        con.execute(f"CREATE OR REPLACE TEMP TABLE grouped AS {_grouped(assembly)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE later AS {_LATER}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE weighed AS {_weighed(assembly)}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW document AS {_documents(assembly)}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW back AS {_backs(assembly)}")


def _lines(assembly: Assembly) -> str:
    """Rows of lines with their number and what they come to, in micros; `net` carries the sign of the row."""
    present = assembly.sales.fields("lines")
    price = "unit_price::DECIMAL(18, 6)" if "unit_price" in present else "NULL::DECIMAL(18, 6)"
    pieces = "abs(coalesce(quantity, 1))"
    charged = f"half_even(micros(abs({price}))::HUGEINT * micros({pieces}), 1000000)::BIGINT"
    if not assembly.profiles["lines"].broken_pieces:
        charged = f"(micros(abs({price})) * {pieces}::BIGINT)"
    total = "micros(abs(line_total))" if "line_total" in present else "NULL::BIGINT"
    # A discount that is given line by line is its line's, and stays there instead of being spread over the order.
    own = [name for name in ("line_discount", "discount") if name == "line_discount" or name in assembly.sales.per_line]
    off = f"micros(abs(coalesce({', '.join(own)}, 0)))" if set(own) & present else "0::BIGINT"
    minus = "(quantity < 0 OR coalesce(line_total, unit_price, 0) < 0)"
    both = "(quantity < 0 AND coalesce(line_total, unit_price, 0) < 0 AND line_total IS NULL)"
    sign = f"CASE WHEN {minus} AND NOT coalesce({both}, false) THEN -1 ELSE 1 END"
    known = "coalesce(product_id, product_name)"
    given, source = number(assembly, "lines")
    return f"""
    SELECT place, {given} AS number, order_number IS NOT NULL AS numbered,
           * EXCLUDE (place, order_number, customer_ref, line_cost, product_id),
           {reference(present)} AS customer_ref, {known} AS product_id, coalesce(is_fee, {words.fee(assembly)}) AS fee,
           coalesce(is_sample, {words.sample(assembly)}) AND coalesce(paid_for, 0) = 0 AS sample,
           sign_ * coalesce(paid_for, 0) AS net, greatest(coalesce(before, 0), coalesce(paid_for, 0)) AS full_price,
           micros(abs(line_cost)) AS line_cost
    FROM (SELECT *, {sign} AS sign_, {charged} AS before, coalesce({total}, greatest({charged} - {off}, 0)) AS paid_for
          FROM {source})
    WHERE {given} IS NOT NULL"""


def _pieces(assembly: Assembly) -> str:
    """All rows that say something about an order: `level` 0 heads, 1 lines, 2 payments, 3 overtaken lines."""
    given, source = number(assembly, "orders")
    head = ", ".join(("place", f"{given} AS number", "order_number IS NOT NULL AS numbered", *_head_columns("orders")))
    line = ", ".join(
        (
            "place",
            "number",
            "numbered",
            *_head_columns("lines"),
            "net",
            "full_price",
            "line_cost",
            "fee",
            "sample",
            "sign_",
        )
    )
    return f"""
    SELECT 0 AS level, {head} FROM {source} WHERE {given} IS NOT NULL
    UNION ALL BY NAME SELECT 1 AS level, {line} FROM line
    UNION ALL BY NAME SELECT 2 AS level, place, order_number AS number, true AS numbered, paid_at,
        CASE WHEN coalesce(status, 'placed') IN ('placed', 'other') THEN amount END AS paid, currency
    FROM in_payments WHERE NOT coalesce(amount < 0 OR status = 'refunded', false)
    UNION ALL BY NAME SELECT 3 AS level, place, number, true AS numbered FROM old_line"""


def _head_columns(kind: Kind) -> tuple[str, ...]:
    columns = staged_columns(kind)
    return tuple(name for name in (*PLAIN, *amounts.AMOUNTS) if name in columns)


def _grouped(assembly: Assembly) -> str:
    order = f"level * {FILE_PLACES * 1024} + place"
    first = ", ".join(f"arg_min({name}, {order}) AS {name}" for name in _FIRST if name != "status")
    worth = ", ".join(f"{_order_amount(assembly, name)} AS {name}" for name in amounts.AMOUNTS)
    bought = "level = 1 AND NOT fee AND net >= 0 AND sign_ > 0"
    given_back = "level = 1 AND NOT fee AND sign_ < 0"
    return f"""
    SELECT number, min(place) AS place, bool_and(numbered) AS numbered, {first}, {worth},
           coalesce(min(ordered_at) FILTER (level = 0), min(ordered_at) FILTER ({bought}), min(ordered_at))
               AS ordered_at,
           coalesce(min(day) FILTER (level = 0), min(day) FILTER ({bought}), min(day)) AS day,
           arg_min(status, {order}) AS status,
           count(*) AS rows, count(*) FILTER (level = 0) AS heads, count(*) FILTER ({bought}) AS bought,
           count(*) FILTER ({given_back}) AS given_back, count(*) FILTER ({bought} AND NOT sample) AS real_goods,
           count(*) FILTER (level = 1 AND fee) AS fees,
           coalesce(sum(net) FILTER ({bought}), 0)::HUGEINT AS bought_for,
           coalesce(sum(full_price - net) FILTER ({bought}), 0)::HUGEINT AS line_discounts,
           coalesce(sum(net) FILTER ({given_back}), 0)::HUGEINT AS back_for,
           coalesce(sum(net) FILTER (level = 1 AND fee), 0)::HUGEINT AS fees_for,
           max(day) FILTER ({given_back}) AS back_day,
           sum(paid) FILTER (level = 2) AS paid
    FROM piece GROUP BY number"""


def _order_amount(assembly: Assembly, name: str) -> str:
    """One amount of an order: from its head, else once where every line repeats it, else the sum over its lines."""
    present = assembly.sales.fields("orders", "lines")
    if name not in present:
        return "NULL::DECIMAL(38, 6)"
    if name not in assembly.sales.fields("lines") or not _added_up(assembly, name):
        return f"arg_min({name}, level * {FILE_PLACES * 1024} + place)"
    return f"coalesce(arg_min({name}, place) FILTER (level = 0), sum({name}) FILTER (level = 1))"


def _added_up(assembly: Assembly, name: str) -> bool:
    """Whether each line gives its part of the order's amount: the mapping says so, or they differ within orders."""
    if name in assembly.sales.per_line:
        return True
    differing, several = assembly.con.execute(
        f"""SELECT count(*) FILTER (low <> high), count(*) FROM (
            SELECT min({name}) AS low, max({name}) AS high FROM line
            WHERE {name} IS NOT NULL GROUP BY number HAVING count(*) > 1)"""
    ).fetchone() or (0, 0)
    return bool(differing > SAME_ON_EVERY_LINE * several)


# Goods that an order takes back on a later day: refunds with a date of their own.
_LATER = """
SELECT l.number, sum(l.net)::HUGEINT AS later_for, count(*) AS later_lines
FROM line l JOIN grouped g USING (number)
WHERE NOT l.fee AND l.sign_ < 0 AND g.bought > 0 AND l.day > g.day GROUP BY l.number
"""


def _weighed(assembly: Assembly) -> str:
    """Groups with their `goods` and discount `off` in micros; null goods where no amount is known."""
    present = assembly.sales.fields("orders", "lines") & set(amounts.AMOUNTS)
    # Goods taken back on the day of the order never were sold, unless nothing is left: then the order was undone.
    # If more goes back than was bought, the rows that take back look for the orders they were bought in.
    at_once = "(back_for - coalesce(later_for, 0))"
    less = f"CASE WHEN bought > 0 AND bought_for + {at_once} > 0 THEN {at_once} ELSE 0 END"
    lines = f"greatest(bought_for + {less} - greatest(micros(abs(coalesce(discount, 0))) - line_discounts, 0), 0)"
    by_order = amounts.goods(present - {"gross"}, "NULL")
    by_head = f"coalesce(micros({amounts.goods(present, 'NULL')}), micros(paid))"
    return f"""
    SELECT *, CASE WHEN bought + given_back > 0 THEN coalesce(micros({by_order}), {lines}) ELSE {by_head} END AS goods,
           greatest(line_discounts, micros(abs(coalesce(discount, 0)))) - {less} AS off,
           bought > 0 AND {at_once} < 0 AND bought_for + {at_once} = 0 AS undone,
           bought = 0 OR bought_for + {at_once} < 0 AS looks_elsewhere
    FROM grouped LEFT JOIN later USING (number)"""


def _documents(assembly: Assembly) -> str:
    """Orders: groups with something bought, or a head of its own."""
    unit = assembly.units
    size = unit.per_minor()
    goods = f"half_even(greatest(goods, 0), {size})::BIGINT"
    plain = ", ".join(name for name in _FIRST if name != "refunded_day")
    return f"""
    SELECT place, number, numbered, {plain}, ordered_at, day, {goods} AS goods,
           half_even(off, {size})::BIGINT AS discount, {unit.minor("abs(coalesce(tax, 0))")} AS tax,
           {unit.minor("abs(coalesce(shipping, 0))")} + half_even(fees_for, {size})::BIGINT AS shipping,
           CASE WHEN undone THEN {goods} ELSE {unit.minor("abs(coalesce(refunded, 0))")} END AS refunded,
           CASE WHEN undone THEN back_day ELSE refunded_day END AS refunded_day,
           {unit.minor("abs(cost)")} AS cost,
           rows - CASE WHEN looks_elsewhere THEN given_back ELSE coalesce(later_lines, 0) END AS rows,
           (bought > 0 OR fees > 0) AND real_goods = 0 AS not_goods
    FROM weighed WHERE ordered_at IS NOT NULL AND ({setaside.IS_ORDER})"""


def _backs(assembly: Assembly) -> str:
    """Lines that take goods back which their own order doesn't hold, and heads below zero."""
    size = assembly.units.per_minor("l.currency")
    keys = ", ".join(f"coalesce(l.{key}, g.{key}) AS {key}" for key in KEYS)
    return f"""
    SELECT l.place, l.number AS document, l.numbered,
           coalesce(l.original_invoice, g.original_invoice) AS original_invoice,
           {keys}, l.product_id, abs(l.quantity) AS quantity, half_even(-l.net, {size})::BIGINT AS amount,
           false AS of_paid, l.currency, coalesce(l.ordered_at, g.ordered_at) AS ordered_at,
           coalesce(l.day, g.day) AS day,
           g.bought > 0 AND l.day > g.day AS of_itself
    FROM line l JOIN weighed g USING (number)
    WHERE NOT l.fee AND l.sign_ < 0 AND (g.looks_elsewhere OR l.day > g.day)
    UNION ALL
    SELECT place, number, numbered, original_invoice, {", ".join(KEYS)}, NULL, NULL,
           half_even(-goods, {assembly.units.per_minor()})::BIGINT, false, currency, ordered_at, day, true
    FROM weighed WHERE bought + given_back + fees = 0 AND heads > 0 AND goods < 0"""

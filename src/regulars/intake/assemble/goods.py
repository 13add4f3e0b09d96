"""Order lines for the lake: each line's share of what its order came to, its cost, its product's category."""

from __future__ import annotations

from regulars.intake.assemble.arithmetic import MASK, fingerprint, share, text_number
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.finish import REFUND_MARK, REFUND_SUM, cost_mark
from regulars.intake.assemble.rates import converted

COLUMNS = "line_no, customer_id, day, product_id, category, brand, quantity, unit_price, discount, net, cost"


_COSTED = fingerprint([("line", "line_no::BIGINT"), ("cost", "cost + 1")], "line cost")
LINE_COST_MARK = f"CASE WHEN cost IS NULL THEN 0 ELSE {_COSTED} END"
"""SQL: the part of an order's fingerprint that stands for a line's cost."""


def build(assembly: Assembly) -> None:
    """The tables `item` (lines of this import's orders) and `line_sum` (number, lines_cost, lines_mark)."""
    con = assembly.con
    if assembly.sales.of("lines"):
        con.execute(f"CREATE OR REPLACE TEMP VIEW priced AS {_lines(assembly)}")
    else:
        con.execute(f"CREATE OR REPLACE TEMP VIEW priced AS {_whole_orders()}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE sort_of_goods AS {_sorts(assembly)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE item AS {_items(assembly)}")
    mark = fingerprint(
        [
            ("goods", "goods_mark"),
            ("quantity", "round(quantity * 1000000)::BIGINT"),
            ("net", "net"),
            ("price", "unit_price"),
        ],
        "line",
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE line_sum AS
        SELECT number, CASE WHEN count(*) = count(cost) THEN sum(cost)::BIGINT END AS lines_cost,
               (sum({mark} + {LINE_COST_MARK}) % {MASK + 1})::BIGINT AS lines_mark
        FROM item GROUP BY number"""
    )


def wanted(assembly: Assembly) -> bool:
    """Whether the files say which goods an order is of: by lines, or by a product in the order's own row."""
    products = {"product_id", "product_name", "category"} & assembly.sales.fields("orders")
    return bool(assembly.sales.of("lines")) or (bool(products) and not assembly.sales.of("payments"))


def known_cost(assembly: Assembly, relation: str) -> str:
    """SQL: the relation with `unit_cost`, what the product cost on the day (minor units), or null."""
    return f"""SELECT t.*, c.cost AS unit_cost FROM {relation} t
    ASOF LEFT JOIN {assembly.lake["costs"]} c ON t.product_id = c.product_id AND t.day >= c.from_day"""


def cost_of(quantity: str = "quantity") -> str:
    """SQL: minor units that `quantity` pieces cost at `unit_cost`."""
    return f"half_even(unit_cost::HUGEINT * round({quantity} * 1000000)::HUGEINT, 1000000)::BIGINT"


def _sorts(assembly: Assembly) -> str:
    texts = [(name, text_number(f"s.{name}")) for name in ("product_id", "category", "brand")]
    return f"""
    SELECT s.*, {fingerprint(texts, "goods")} AS goods_mark, coalesce(s.category, p.category) AS category_known,
           coalesce(s.brand, p.brand) AS brand_known
    FROM (SELECT DISTINCT product_id, category, brand FROM priced) s
    LEFT JOIN (SELECT product_id, category, brand FROM {assembly.lake["products"]}) p USING (product_id)"""


def _whole_orders() -> str:
    """An order whose row names a product is one line of it."""
    return """
    SELECT o.place AS order_key, o.number, 1 AS line_no, o.customer_id, o.day,
           coalesce(r.product_id, r.product_name, r.category) AS product_id, r.category, NULL::VARCHAR AS brand,
           coalesce(abs(r.quantity), 1) AS quantity, NULL::BIGINT AS told_cost, o.net + o.less AS before, o.net,
           ((o.net + o.less) / greatest(coalesce(abs(r.quantity), 1), 1))::BIGINT AS unit_price
    FROM ordered o JOIN in_orders r USING (place)
    WHERE coalesce(r.product_id, r.product_name, r.category) IS NOT NULL"""


def _lines(assembly: Assembly) -> str:
    """Lines of orders with their share `net` of what the order came to, so that both agree to the cent."""
    size = assembly.units.per_minor("o.currency")
    order = "l.number ORDER BY try_cast(l.line_number AS INTEGER), l.product_id, l.net, l.place"

    def home(micros: str) -> str:
        minor = f"half_even({micros}, {size})"
        if len(assembly.units.of) == 1:
            return f"{minor}::BIGINT"
        return converted(minor, "o.rate", size, assembly.currency)

    pieces = "greatest(micros(abs(coalesce(l.quantity, 1))), 1)"
    piece = f"half_even(l.full_price::HUGEINT * 1000000, {pieces})"
    if "unit_price" in assembly.sales.fields("lines"):
        piece = f"coalesce(micros(abs(l.unit_price)), {piece})"
    net, sums = home("l.net"), ""
    if not _agree(assembly, size.replace("o.currency", "currency")):
        net = f"({share('order_net', 'so_far', 'together')} - {share('order_net', 'so_far - own', 'together')})"
        sums = f""", o.net AS order_net, l.net AS own,
               sum(l.net) OVER (PARTITION BY {order} ROWS UNBOUNDED PRECEDING) AS so_far,
               sum(l.net) OVER (PARTITION BY l.number) AS together"""
    inner = f"""
        SELECT o.place AS order_key, l.number, row_number() OVER (PARTITION BY {order}) AS line_no,
               o.customer_id, o.day, l.product_id, l.category, l.brand, coalesce(abs(l.quantity), 1) AS quantity,
               {home(piece)} AS unit_price, {home("l.full_price")} AS before,
               {home("l.line_cost")} AS told_cost{sums or f", {net} AS net"}
        FROM line l JOIN ordered o USING (number)
        WHERE l.sign_ > 0 AND NOT l.fee AND NOT l.sample"""
    if sums:
        inner = f"SELECT *, {net} AS net FROM ({inner})"
    return f"SELECT * FROM ({inner}) WHERE product_id IS NOT NULL"


def _agree(assembly: Assembly, size: str) -> bool:
    """Whether every order is the sum of its lines and no line has a broken cent: then nothing needs to be spread."""
    if len(assembly.units.of) > 1 or assembly.any(f"line WHERE sign_ > 0 AND NOT fee AND net % {size} <> 0"):
        return False
    return not assembly.any("weighed WHERE bought > 0 AND goods <> bought_for")


def _items(assembly: Assembly) -> str:
    return f"""
    SELECT order_key, number, line_no::INTEGER AS line_no, customer_id, day, product_id, category_known AS category,
           brand_known AS brand, quantity, unit_price, greatest(before - net, 0) AS discount, net,
           coalesce({cost_of()}, told_cost) AS cost, goods_mark
    FROM ({known_cost(assembly, "priced")}) i JOIN sort_of_goods s USING (product_id)
    WHERE i.category IS NOT DISTINCT FROM s.category AND i.brand IS NOT DISTINCT FROM s.brand"""


def touched_lines(assembly: Assembly) -> str:
    """SQL: lines of the lake's `touched` orders that come again as they are, their costs looked up anew."""
    relation = f"""(SELECT l.* FROM {assembly.lake["lines"]} l JOIN rebuilt_order r USING (order_id))"""
    return f"""SELECT -order_id AS order_key, {COLUMNS.replace(", cost", "")}, coalesce({cost_of()}, cost) AS cost
    FROM ({known_cost(assembly, relation)})"""


def touched_orders(assembly: Assembly) -> str:
    """SQL: the lake's `touched` orders with `given_back` in place of their refunds and costs looked up anew."""
    costs = "CASE WHEN count(*) = count(cost) THEN sum(cost)::BIGINT END"
    marks = f"(sum({LINE_COST_MARK}) % {MASK + 1})::BIGINT"
    sums = f"""SELECT order_key, {costs} AS after, {marks} AS line_marks_after
        FROM ({touched_lines(assembly)}) GROUP BY order_key"""
    before = f"""SELECT -order_id AS order_key, {costs} AS lines_before, {marks} AS line_marks_before
        FROM {assembly.lake["lines"]} WHERE order_id IN (SELECT order_id FROM rebuilt_order) GROUP BY order_id"""
    refunds_before = f"""SELECT order_id, (sum({REFUND_MARK}) % {MASK + 1})::BIGINT AS mark_before
        FROM {assembly.lake["refunds"]} WHERE order_id IN (SELECT order_id FROM rebuilt_order) GROUP BY order_id"""
    # A cost that came with the order itself isn't known in full once part of the goods went back; it is scaled.
    scaled = share("r.cost", "net_before", "net_before - r.refund")
    own_cost = f"CASE WHEN r.refund = 0 OR net_before = r.refund THEN r.cost ELSE {scaled} END"
    kept = share("whole_cost", "net_before - refund_now", "net_before")
    marks_now = f"""fingerprint::HUGEINT - coalesce(mark_before, 0) + mark_now - coalesce(line_marks_before, 0)
        + coalesce(line_marks_after, 0) - {cost_mark("cost_known")} + {cost_mark("whole_cost")}"""
    return f"""
    SELECT -order_id AS order_key, * EXCLUDE (order_id, version, refund, net, cost, import_id, fingerprint, refund_now,
           mark_now, mark_before, whole_cost, cost_known, lines_before, net_before,
           line_marks_before, line_marks_after),
           refund_now AS refund, net_before - refund_now AS net,
           CASE WHEN refund_now = 0 THEN whole_cost ELSE {kept} END AS cost,
           {assembly.import_id}::BIGINT AS import_id,
           ((({marks_now}) % {MASK + 1} + {MASK + 1}) % {MASK + 1})::BIGINT AS fingerprint
    FROM (
        SELECT r.*, coalesce(g.refund, 0) AS refund_now, coalesce(g.refund_mark, 0) AS mark_now, b.mark_before,
               coalesce(a.after, {own_cost}) AS whole_cost,
               coalesce(lines_before, {own_cost}) AS cost_known, lines_before,
               line_marks_before, line_marks_after
        FROM (SELECT *, gross - discount AS net_before FROM rebuilt_order) r
        LEFT JOIN ({REFUND_SUM}) g ON g.number = r.external_id
        LEFT JOIN ({refunds_before}) b USING (order_id)
        LEFT JOIN ({sums}) a ON a.order_key = -r.order_id
        LEFT JOIN ({before}) c ON c.order_key = -r.order_id)"""

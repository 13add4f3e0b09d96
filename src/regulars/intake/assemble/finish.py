"""Documents become orders of the lake: money in the firm's currency, status, refunds, costs, fingerprint."""

from __future__ import annotations

import re

from regulars.intake.assemble.arithmetic import MASK, fingerprint, share, text_number
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.identify import joined
from regulars.intake.assemble.rates import converted

STATE = """CASE WHEN status = 'test' OR coalesce(is_test, false) OR not_goods THEN 'test'
WHEN status = 'unpaid' THEN 'cancelled'
WHEN status = 'cancelled' AND (cancelled_day IS NULL OR cancelled_day <= day) THEN 'cancelled' ELSE 'placed' END"""
"""SQL: placed, cancelled or test. An order cancelled on a later day was placed, and fully refunded on that day."""
TEXTS = ("channel", "campaign")
INSTANTS = ("promised_at", "delivered_at", "due_at", "paid_at")


def ordered(assembly: Assembly, *, foreign: bool) -> None:
    """The view `ordered`: documents with customer, rate, money in the firm's currency, state, and their own refund."""
    size = assembly.units.per_minor()

    def home(amount: str) -> str:
        return converted(amount, "rate", size, assembly.currency) if foreign else amount

    rates = (
        f"SELECT d.*, CASE WHEN d.currency = '{assembly.currency}' THEN 1.0 ELSE r.rate END AS rate "
        f"FROM {joined(assembly)} d LEFT JOIN rate r ON r.currency = d.currency AND r.day = d.day"
        if foreign
        else f"SELECT *, 1.0::DOUBLE AS rate FROM {joined(assembly)}"
    )
    whole = "status = 'refunded' AND refunded = 0 OR state = 'placed' AND status = 'cancelled' OR refunded >= goods"
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP VIEW ordered AS
        SELECT *, CASE WHEN state <> 'placed' THEN 0 WHEN {whole} THEN net WHEN refunded = 0 THEN 0
                  ELSE {share(home("refunded"), "net", "net + tax_in_firm + shipping_in_firm")} END AS given,
               greatest(day, CASE WHEN status = 'cancelled' THEN coalesce(cancelled_day, refunded_day)
                             ELSE coalesce(refunded_day, cancelled_day) END) AS given_day
        FROM (SELECT *, {home("goods")} AS net, {home("discount")} AS less, {home("tax")} AS tax_in_firm,
                     {home("shipping")} AS shipping_in_firm, {home("cost")} AS cost_in_firm, {STATE} AS state
              FROM ({rates}))"""
    )


def orders(assembly: Assembly, *, lines: bool, refunds: bool) -> str:
    """SQL: this import's orders as the lake takes them. `lines`, `refunds`: whether line_sum and given_back exist."""
    present = assembly.sales.fields("orders", "lines", "payments")
    roles = [role for role in ("user", "payer") if f"{role}_ref" in present]
    numbers = [(name, name) for name in ("customer_id", *(f"{role}_id" for role in roles), "net", "less")]
    numbers += [("tax", "tax_in_firm"), ("shipping", "shipping_in_firm"), ("original", "goods")]
    numbers += [("ordered_at", "epoch_us(ordered_at)"), ("day", "(day - DATE '1970-01-01')::BIGINT")]
    numbers += [(name, f"epoch_us({name})") for name in INSTANTS if name in present]
    numbers += [(name, text_number(name)) for name in TEXTS if name in present]
    numbers += [("currency", text_number(f"nullif(currency, '{assembly.currency}')"))]
    numbers += [("state", "CASE state WHEN 'placed' THEN 0 WHEN 'cancelled' THEN 1 ELSE 2 END::BIGINT")]
    mark = fingerprint(numbers, "order")
    refund, cost, source = "0::BIGINT", "cost_in_firm", "ordered"
    for role in roles:
        source += (
            f" LEFT JOIN (SELECT customer_ref AS {role}_ref, customer_id AS {role}_id FROM who "
            f"WHERE email IS NULL AND phone IS NULL AND guest IS NULL) USING ({role}_ref)"
        )
    if lines:
        source += " LEFT JOIN line_sum USING (number)"
        cost = "coalesce(lines_cost, cost_in_firm)"
        mark = f"(({mark} + coalesce(lines_mark, 0)) & {MASK})"
    if refunds:
        source += f" LEFT JOIN ({REFUND_SUM}) USING (number)"
        refund = "coalesce(refund, 0)"
        mark = f"(({mark} + coalesce(refund_mark, 0)) & {MASK})"
    has_cost = lines or "cost" in present
    if has_cost:
        mark = f"(({mark} + {cost_mark(cost)}) & {MASK})"
    extra = [f"{role}_id" for role in roles] + [name for name in (*TEXTS, *INSTANTS) if name in present]
    extra += [f"{kept_cost(cost, 'net', refund)} AS cost"] if has_cost else []
    return f"""
    SELECT {assembly.sales.key("place")} AS order_key, '{assembly.shop}' AS shop, number AS external_id, customer_id,
           ordered_at, day, currency, rate, goods AS original, net + less AS gross, less AS discount,
           {refund} AS refund, tax_in_firm AS tax, shipping_in_firm AS shipping, net - {refund} AS net,
           {"".join(name + ", " for name in extra)}
           state AS status, {assembly.import_id}::BIGINT AS import_id, {mark} AS fingerprint
    FROM {source}"""


def constants(assembly: Assembly, *, refunds: bool) -> dict[str, object]:
    """Columns of `orders` that have one value in all rows of this import, where that is easily seen."""
    present = assembly.sales.fields("orders", "lines")
    profile = assembly.profiles["orders"]
    plain = assembly.sales.of("orders") == assembly.sales.parts
    found: dict[str, object] = {"import_id": assembly.import_id}
    if re.fullmatch(r"[A-Za-z_-]+", assembly.shop):
        found["shop"] = assembly.shop
    if refunds or not plain:
        return found if not refunds else {}
    found["refund"] = 0
    found |= {name: 0 for name in ("tax", "shipping") if name not in present}
    if not {"discount", "gross"} & present:
        found["discount"] = 0
    if len(assembly.units.of) == 1:
        found |= {"currency": assembly.currency, "rate": 1.0}
    if not profile.odd_status and not {"customer_name", "is_test"} & present:
        found["status"] = "placed"
    return found


REFUND_MARK = fingerprint([("day", "(day - DATE '1970-01-01')::BIGINT"), ("amount", "amount")], "refund")
REFUND_SUM = f"""
SELECT number, sum(amount)::BIGINT AS refund, (sum({REFUND_MARK}) % {MASK + 1})::BIGINT AS refund_mark
FROM given_back GROUP BY number
"""


def cost_mark(cost: str) -> str:
    """SQL: the part of a fingerprint that stands for the cost of all goods; none while it isn't known."""
    return f"CASE WHEN ({cost}) IS NULL THEN 0 ELSE {fingerprint([('cost', f'({cost}) + 1')], 'cost')} END"


def kept_cost(cost: str, net: str, refund: str) -> str:
    """SQL: the cost of the goods kept, in the proportion of money kept."""
    if refund == "0::BIGINT":
        return cost
    return f"CASE WHEN {refund} = 0 THEN {cost} ELSE {share(cost, f'{net} - {refund}', net)} END"

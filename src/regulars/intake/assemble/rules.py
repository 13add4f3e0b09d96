"""How often each rule was met, for the person to see after an import. Names are those of docs/importing.md."""

from __future__ import annotations

from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.finish import STATE
from regulars.intake.fields import Kind


def counted(assembly: Assembly, *, taking: bool) -> dict[str, int]:
    """Rule -> orders or rows it met; only those that something met."""
    found = dict(assembly.tally)
    found |= _orders(assembly)
    if taking:
        found |= _taken(assembly)
    if assembly.sales.of("lines"):
        found["fee_lines"], found["sample_lines"] = assembly.con.execute(
            "SELECT count(*) FILTER (fee), count(*) FILTER (sample) FROM line"
        ).fetchone() or (0, 0)
    return {name: number for name, number in sorted(found.items()) if number}


def _orders(assembly: Assembly) -> dict[str, int]:
    kinds: tuple[Kind, ...] = ("orders", "lines")
    present = assembly.sales.fields(*kinds)
    tests = {
        "guest_orders": "coalesce(customer_ref, email, phone) IS NULL",
        "zero_orders": "goods = 0 AND state = 'placed'",
    }
    if {"status", "is_test", "customer_name"} & present or assembly.sales.of("lines"):
        tests |= {
            "test_orders": "state = 'test' AND NOT not_goods",
            "samples_or_fees_only": "state = 'test' AND not_goods",
            "cancelled_orders": "state = 'cancelled' AND status IS DISTINCT FROM 'unpaid'",
            "cancelled_later": "state = 'placed' AND status = 'cancelled'",
            "unpaid_orders": "status = 'unpaid'",
        }
    if len(assembly.units.of) > 1:
        tests["converted_orders"] = f"currency <> '{assembly.currency}'"
    names = list(tests)
    columns = ", ".join(f"count(*) FILTER ({test})" for test in tests.values())
    row = assembly.con.execute(f"SELECT {columns} FROM (SELECT *, {STATE} AS state FROM document)").fetchone() or ()
    return dict(zip(names, row, strict=True))


def _taken(assembly: Assembly) -> dict[str, int]:
    con = assembly.con
    named, mirrored = con.execute(
        "SELECT count(*) FILTER (list_contains(names, target)), count(*) FILTER (NOT list_contains(names, target)) "
        "FROM taken WHERE usable"
    ).fetchone() or (0, 0)
    whole, part, capped = con.execute(
        """SELECT count(*) FILTER (amount >= net), count(*) FILTER (amount < net), count(*) FILTER (too_much) FROM (
            SELECT number, sum(amount) AS amount, any_value(net) AS net, bool_or(too_much) AS too_much
            FROM given_back GROUP BY number)"""
    ).fetchone() or (0, 0, 0)
    return {
        "taken_back_by_name": named,
        "taken_back_by_mirror": mirrored,
        "fully_refunded_orders": whole,
        "partly_refunded_orders": part,
        "refunds_above_the_order": capped,
    }

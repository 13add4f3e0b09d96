"""The steps of assembly in their order: staged rows in, Parquet files for one step of the lake out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from regulars.intake.assemble import goods, grouped, heads, notices, rates, setaside, takebacks
from regulars.intake.assemble.amounts import Units
from regulars.intake.assemble.arithmetic import MACROS
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.finish import constants, ordered, orders
from regulars.intake.assemble.identify import Assign, LookUp, identify
from regulars.intake.assemble.profile import profile, repeated
from regulars.intake.assemble.source import SALES_KINDS
from regulars.lake import ready

_FIRST = 500


@dataclass(frozen=True)
class Assembled:
    """What goes into the lake's step: Parquet files, and the number of orders in them."""

    orders: list[Path]
    numbered_after: int | None = None
    """Set where `orders` are in the shape of the lake's files."""
    distinct: bool = False
    """No order is in them twice: every row has a number, and no number came twice."""
    lines: Path | None = None
    refunds: Path | None = None
    upserts: Mapping[str, Path] = field(default_factory=dict)
    appends: Mapping[str, Path] = field(default_factory=dict)


def prepare(assembly: Assembly) -> None:
    """Make the views of staged rows, look over them once, and set aside rows with impossible amounts."""
    con = assembly.con
    con.execute(MACROS)
    setaside.start(assembly)
    for kind in SALES_KINDS:
        assembly.profiles[kind] = profile(con, kind, assembly.sales)
    if any(one.too_large for one in assembly.profiles.values()) or assembly.profiles["orders"].undated:
        for kind in SALES_KINDS:
            setaside.impossible_amounts(assembly, kind)
        if not _grouped(assembly):
            setaside.leave_out(assembly, "SELECT place, 'incomplete', 'a date' FROM in_orders WHERE ordered_at IS NULL")
        setaside.refresh(assembly)
        for kind in SALES_KINDS:
            assembly.profiles[kind] = profile(con, kind, assembly.sales)
    currencies = {code for one in assembly.profiles.values() for code in one.currencies} | {assembly.currency}
    exact = not any(one.fractional for one in assembly.profiles.values())
    assembly.units = Units({code: rates.unit(code) for code in sorted(currencies)}, exact)
    con.execute(
        "CREATE OR REPLACE TEMP MACRO minor(x, currency) AS "
        f"(half_even(micros(x), {assembly.units.per_minor()})::BIGINT)"
    )
    assembly.may_repeat = (
        len(assembly.sales.of("orders")) > 1 and assembly.profiles["orders"].numbered < assembly.profiles["orders"].rows
    ) or repeated(con, "orders")


def documents(assembly: Assembly) -> None:
    """Rows become documents (orders) and `back` rows; what belongs to no order is set aside."""
    if _grouped(assembly):
        grouped.build(assembly)
        setaside.orphans(assembly)
    else:
        heads.build(assembly)
    foreign = rates.foreign(assembly, [code for one in assembly.profiles.values() for code in one.currencies])
    if foreign:
        refunds = "(SELECT currency, refunded_day AS day FROM in_refunds)"
        payments = "(SELECT currency, paid_day AS day FROM in_payments)"
        rates.find(assembly, ["document", "back", refunds, payments])
        setaside.without_rate(assembly, tables=_grouped(assembly))


def _grouped(assembly: Assembly) -> bool:
    return bool(assembly.sales.of("lines") or assembly.sales.of("payments"))


def finish(
    assembly: Assembly,
    assign: Assign,
    find: LookUp,
    *,
    keep: Callable[[], None] = lambda: None,
    after: int | None = None,
) -> Assembled:
    """Documents become orders, lines and refunds in the assembly's folder.

    keep : puts the customers that `assign` made into the store; done when this returns.
    after : the last order id of the lake that is going to take them in; None when nothing will.
    """
    identify(assembly, assign)
    ordered(assembly, foreign=len(assembly.units.of) > 1)
    lines = goods.wanted(assembly)
    taking = _take_back(assembly, find)
    if lines:
        goods.build(assembly)
    query = orders(assembly, lines=lines, refunds=taking)
    upserts: dict[str, Path] = {}
    appends: dict[str, Path] = {}
    if taking:
        _rebuild(assembly)
        query += f" UNION ALL BY NAME {goods.touched_orders(assembly)}"
        upserts[notices.NOTICES.name] = assembly.write("notices", "SELECT * FROM notice")
        if assembly.any(f"({notices.REPLACED})"):
            appends[notices.NOTICE_VERSIONS.name] = assembly.write("replaced_notices", notices.REPLACED)
    if taking or after is None or _known_already(assembly):
        keep()
        written, after = [assembly.write("orders", query, constants(assembly, refunds=taking))], None
    else:
        same = constants(assembly, refunds=taking)
        with ThreadPoolExecutor(1) as pool:
            # Keeping a million customers takes one core as long as writing their orders takes the other.
            writing = pool.submit(ready.write, assembly.con, query, assembly.folder / "orders", after=after, same=same)
            keep()
            written = writing.result()
    _check_whole(assembly, written, taking)
    distinct = not (taking or _grouped(assembly) or assembly.may_repeat)
    distinct &= assembly.profiles["orders"].numbered == assembly.profiles["orders"].rows
    lined, refunded = _lines(assembly, lines, taking), _refunds(assembly, taking)
    return Assembled(written, after, distinct, lined, refunded, upserts, appends)


def _known_already(assembly: Assembly) -> bool:
    """Whether the lake has some of the first orders: then it will take few of them, and needs few of their columns."""
    first = f"SELECT number FROM document LIMIT {_FIRST}"
    return assembly.any(f"{assembly.lake['orders']} WHERE shop = '{assembly.shop}' AND external_id IN ({first})")


def _check_whole(assembly: Assembly, written: list[Path], taking: bool) -> None:
    """Every document must have become an order, none twice: a join that lost some would be silent otherwise."""
    wanted = assembly.one("SELECT count(*) FROM document")
    wanted += assembly.one("SELECT count(*) FROM rebuilt_order") if taking else 0
    found = sum(pq.read_metadata(path).num_rows for path in written)
    if found != wanted:
        raise AssertionError(f"{wanted:,} orders were put together, {found:,} came out")


def _take_back(assembly: Assembly, find: LookUp) -> bool:
    """Whether refunds play a part; if so, the tables `notice` and `given_back`."""
    some = takebacks.collect(assembly, find)
    if not some:
        takebacks.nothing(assembly)
    known = assembly.any(f"{assembly.lake['refund_notices']} WHERE amount > 0")
    if not some and not known and not _own_refunds(assembly):
        return False
    notices.recall(assembly)
    if some:
        takebacks.match(assembly, foreign=len(assembly.units.of) > 1)
        setaside.leave_out(assembly, takebacks.UNMATCHED)
    notices.draw_up(assembly)
    notices.settle(assembly)
    return True


def _own_refunds(assembly: Assembly) -> bool:
    return any(one.refunded or one.odd_status for one in assembly.profiles.values()) or bool(
        assembly.sales.of("lines") and assembly.any("ordered WHERE given > 0")
    )


def _rebuild(assembly: Assembly) -> None:
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE rebuilt_order AS
        SELECT * FROM {assembly.lake["orders"]} WHERE shop = '{assembly.shop}'
        AND external_id IN (SELECT number FROM touched)
        AND external_id NOT IN (SELECT number FROM document WHERE number IN (SELECT number FROM touched))"""
    )


def _lines(assembly: Assembly, lines: bool, taking: bool) -> Path | None:
    key = assembly.sales.key("order_key")
    parts = [f"SELECT {key} AS order_key, {goods.COLUMNS} FROM item"] if lines else []
    parts += [goods.touched_lines(assembly)] if taking else []
    return assembly.write("lines", " UNION ALL BY NAME ".join(parts)) if parts else None


def _refunds(assembly: Assembly, taking: bool) -> Path | None:
    if not taking:
        return None
    return assembly.write(
        "refunds",
        f"""SELECT {assembly.sales.key("o.place")} AS order_key, o.customer_id, o.day AS order_day, g.day, g.amount
        FROM given_back g JOIN ordered o USING (number)
        UNION ALL SELECT -r.order_id, r.customer_id, r.day, g.day, g.amount
        FROM given_back g JOIN rebuilt_order r ON r.external_id = g.number""",
    )

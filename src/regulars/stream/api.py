"""Orders and products over HTTP: the router that the api's frame mounts.

Keys need `read` to see and `write` to change. What is here came by program (events, resources, webhooks); orders of
files are not, but a file may replace one of these and the other way round (docs/orders.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from django.db import transaction
from django.http import HttpRequest
from ninja import Path, Query, Router

from regulars.base import clock
from regulars.base.errors import NotFound
from regulars.customers import actions_upsert, merges
from regulars.platform import audit
from regulars.staff import callers
from regulars.staff.api_shapes import PROBLEMS, CountCursor, Cursor, Day, ExternalId, Limit, Page
from regulars.stream import api_shapes, orders, product_costs, products
from regulars.stream.items import OrderNotice, Source
from regulars.stream.models import Notice, Order, Product
from regulars.stream.order_rules import OrderState, fold

TheNumber = Annotated[api_shapes.Number, Path(description="The shop's own number of it.")]
_WHOSE = ("customer_id", "email", "phone", "updated_at")
"""What stands beside an order's content in a notice."""


def router() -> Router:
    """The routes."""
    made = Router()
    _orders(made)
    _products(made)
    return made


def _orders(made: Router) -> None:
    @made.get("/orders", response={200: Page[api_shapes.OrderOut], **PROBLEMS}, tags=["orders"])
    def list_orders(
        request: HttpRequest,
        customer_id: Annotated[ExternalId | None, Query(description="The shop's id of who ordered.")] = None,
        day_from: Annotated[Day | None, Query()] = None,
        day_until: Annotated[Day | None, Query()] = None,
        limit: Limit = 50,
        cursor: CountCursor = None,
    ) -> Page[api_shapes.OrderOut]:
        """Orders of the key's shop that came by program, the latest first."""
        callers.need("read")
        shop = callers.caller().shop
        found = Order.objects.filter(shop=shop, told=True).order_by("-pk")
        if cursor:
            found = found.filter(pk__lt=int(cursor))
        if day_from:
            found = found.filter(day__gte=day_from)
        if day_until:
            found = found.filter(day__lte=day_until)
        if customer_id is not None:
            whose = actions_upsert.find(shop, customer_id)
            found = found.filter(customer_id__in=merges.everyone_of([whose]) if whose is not None else [])
        rows = list(found[: limit + 1])
        audit.note("orders.listed", rows=min(len(rows), limit))
        now = _now(rows)
        return Page[api_shapes.OrderOut](
            data=[_shown(row.number, orders.kept(row), row, now) for row in rows[:limit]],
            next=str(rows[limit - 1].pk) if len(rows) > limit else None,
        )

    @made.get("/orders/{number}", response={200: api_shapes.OrderOut, **PROBLEMS}, tags=["orders"])
    def get_order(request: HttpRequest, number: TheNumber) -> api_shapes.OrderOut:
        """An order of the key's shop, with the last that was said of it."""
        callers.need("read")
        shop = callers.caller().shop
        known = orders.state(shop, number.strip())
        row = Order.objects.filter(shop=shop, number=number.strip()).first()
        if known is None or not known.told:
            raise NotFound("No program told of an order with this number.")
        audit.note("order.viewed", customer_id=row.customer_id if row else None, object=f"order {row.pk if row else 0}")
        return _shown(number.strip(), known, row, _now([row] if row else []))

    @made.put("/orders/{number}", response={200: api_shapes.OrderPut, **PROBLEMS}, tags=["orders"])
    def put_order(request: HttpRequest, number: TheNumber, body: api_shapes.OrderIn) -> api_shapes.OrderPut:
        """Tell what an order is by now. What isn't named stays. The same again changes nothing."""
        callers.need("write")
        who = callers.caller()
        notice = _notice(number.strip(), body, who.shop)
        with transaction.atomic():
            said = [orders.notice_of(row) for row in Notice.objects.filter(shop=who.shop, number=notice.number)]
            before, after = fold(said), fold([*said, notice])
            if before == after:
                return api_shapes.OrderPut(number=notice.number, outcome="unchanged")
            orders.note(Source(who.key_id, who.name, who.shop, trusted=True, channel="api"), [notice])
        made_now = before is None or not before.told
        return api_shapes.OrderPut(number=notice.number, outcome="created" if made_now else "changed")


def _notice(number: str, body: api_shapes.OrderIn, shop: str) -> OrderNotice:
    at = body.updated_at or clock.now()
    content = {
        name: _written(value) for name, value in body.model_dump(exclude_unset=True).items() if name not in _WHOSE
    }
    digest = blake2b(msgspec.json.encode([content, body.customer_id, body.email, body.phone]), digest_size=12)
    return OrderNotice(
        message_id=f"put-{at.isoformat()}-{digest.hexdigest()}",
        shop=shop,
        number=number,
        what="snapshot",
        at=at,
        trusted=True,
        user_id=body.customer_id.strip() if body.customer_id else None,
        anonymous_id=None,
        email=body.email or None,
        phone=body.phone or None,
        content=content,
    )


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _written(one) for name, one in value.items() if one is not None}
    return [_written(one) for one in value] if isinstance(value, list) else value


def _now(rows: Sequence[Order]) -> dict[int, int]:
    """Customers of these orders -> who they are now."""
    return merges.current_of({row.customer_id for row in rows if row.customer_id is not None})


def _shown(number: str, known: OrderState, row: Order | None, now: Mapping[int, int]) -> api_shapes.OrderOut:
    return api_shapes.OrderOut(
        number=number,
        customer=str(now[row.customer_id]) if row and row.customer_id else None,
        day=row.day if row else None,
        ordered_at=known.ordered_at,
        cancelled_at=known.cancelled_at,
        problem=row.problem if row else "",
        content=known.content,
        refunds=[
            api_shapes.RefundOut(id=one.id, at=one.at, amount=one.amount, currency=one.currency)
            for one in known.refunds
        ],
    )


def _products(made: Router) -> None:
    @made.get("/products", response={200: Page[api_shapes.ProductOut], **PROBLEMS}, tags=["products"])
    def list_products(
        request: HttpRequest,
        category: Annotated[str | None, Query(max_length=200, pattern=r"^[^\u0000]*$")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[api_shapes.ProductOut]:
        """Products that came by program, by their ids."""
        callers.need("read")
        found = Product.objects.order_by("number")
        if cursor:
            found = found.filter(number__gt=cursor)
        if category is not None:
            found = found.filter(category=category)
        rows = list(found[: limit + 1])
        return Page[api_shapes.ProductOut](
            data=_products_shown(rows[:limit]), next=rows[limit - 1].number if len(rows) > limit else None
        )

    @made.get("/products/{product_id}", response={200: api_shapes.ProductOut, **PROBLEMS}, tags=["products"])
    def get_product(request: HttpRequest, product_id: TheNumber) -> api_shapes.ProductOut:
        """A product."""
        callers.need("read")
        row = Product.objects.filter(number=product_id.strip()).first()
        if row is None:
            raise NotFound("No program told of a product with this id.")
        return _products_shown([row])[0]

    @made.put("/products/{product_id}", response={200: api_shapes.ProductPut, **PROBLEMS}, tags=["products"])
    def put_product(request: HttpRequest, product_id: TheNumber, body: api_shapes.ProductIn) -> api_shapes.ProductPut:
        """Make a product, or change what is known of it. What isn't named stays."""
        callers.need("write")
        outcome = products.put(product_id, body.model_dump(exclude_unset=True))
        return api_shapes.ProductPut(id=product_id.strip(), outcome=outcome)


def _products_shown(rows: list[Product]) -> list[api_shapes.ProductOut]:
    costs, found = product_costs.latest(rows), []
    for row in rows:
        cost = costs.get(row.pk)
        always = cost is None or cost.from_day == product_costs.ALWAYS
        found.append(
            api_shapes.ProductOut(
                id=row.number,
                **{name: getattr(row, name) for name in products.FIELDS},
                cost=cost.amount if cost else None,
                currency=cost.currency if cost else None,
                cost_from=None if always or cost is None else cost.from_day,
                problem=cost.problem if cost else "",
            )
        )
    return found

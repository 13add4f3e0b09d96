"""Orders and products as programs read and write them. Ids are texts, amounts are texts of digits in major units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from regulars.staff.api_shapes import ID, Amount, Body, Day, ExternalId, Moment, Text

Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Cost = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")]
Status = Literal["placed", "unpaid", "test", "other"]
Number = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ID)]
Outcome = Literal["created", "changed", "unchanged"]


class LineIn(Body):
    """One product of an order."""

    product_id: Text
    product_name: Text | None = None
    category: Text | None = None
    brand: Text | None = None
    quantity: Amount = "1"
    unit_price: Amount | None = None
    line_total: Amount | None = None
    line_discount: Amount | None = None
    line_cost: Amount | None = None
    is_fee: bool = False
    is_sample: bool = False


class RefundIn(Body):
    """Money given back; `amount` null is all that is left."""

    id: Number
    at: Moment
    amount: Amount | None = None
    currency: Currency | None = None


class OrderIn(Body):
    """An order as it is by now. What isn't named stays; `lines` and `refunds` are the whole lists."""

    customer_id: ExternalId | None = Field(None, description="The id that the key's shop has for who ordered.")
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\u0000]*$")] | None = None
    phone: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\u0000]*$")] | None = None
    updated_at: Moment | None = Field(None, description="As of when; now where it isn't told.")
    ordered_at: Moment | None = None
    cancelled_at: Moment | None = None
    currency: Currency | None = None
    total: Amount | None = Field(None, description="What the customer paid, with tax and postage, after discount.")
    subtotal: Amount | None = None
    gross: Amount | None = None
    tax: Amount | None = None
    shipping: Amount | None = None
    discount: Amount | None = None
    cost: Amount | None = None
    status: Status | None = None
    is_test: bool | None = None
    channel: Text | None = None
    campaign: Text | None = None
    promised_at: Moment | None = None
    delivered_at: Moment | None = None
    due_at: Moment | None = None
    paid_at: Moment | None = None
    lines: Annotated[list[LineIn], Field(max_length=1_000)] | None = None
    refunds: Annotated[list[RefundIn], Field(max_length=1_000)] | None = None


class OrderPut(Schema):
    """What came of it. The customer is told within seconds, under `GET`."""

    number: str
    outcome: Outcome


class RefundOut(Schema):
    """Money given back; `amount` null is all that was left."""

    id: str
    at: datetime
    amount: str | None
    currency: str | None


class OrderOut(Schema):
    """An order that came by program. `content` is what was told of it, by the names of `OrderIn`."""

    number: str
    customer: str | None = Field(description="Our own id of who ordered; null until it is worked out.")
    day: date | None = Field(description="The firm's calendar day on which it counts.")
    ordered_at: datetime | None
    cancelled_at: datetime | None
    problem: str = Field(description="Why it can't be counted yet, as in `no_rate`; empty when it is.")
    content: dict[str, Any]
    refunds: list[RefundOut]


class ProductIn(Body):
    """What a shop sells; what isn't named stays, null is not known."""

    name: Text | None = None
    category: Text | None = None
    brand: Text | None = None
    durable: bool | None = Field(None, description="Bought once in years, as a washing machine is.")
    cycle_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        None, description="After which it is usually replaced."
    )
    cost: Cost | None = Field(None, description="What one costs the firm; null says nothing.")
    currency: Currency | None = Field(None, description="Of the cost; the firm's own where it isn't told.")
    cost_from: Day | None = Field(
        None, description="The first day on which it costs that; always, where it isn't told."
    )


class ProductOut(Schema):
    """A product that came by program."""

    id: str
    name: str | None
    category: str | None
    brand: str | None
    durable: bool | None
    cycle_days: int | None
    cost: str | None = Field(description="What one costs the firm, by the latest `cost_from` that was told.")
    currency: str | None
    cost_from: date | None
    problem: str = Field(description="Why that cost can't be counted yet, as in `no_rate`; empty when it is.")


class ProductPut(Schema):
    """What came of it."""

    id: str
    outcome: Outcome

"""Customers, organisations and consent as programs read and write them. Ids are texts, amounts are texts of digits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from regulars.staff.api_shapes import Body, Day, Moment, Text

Outcome = Literal["created", "changed", "unchanged"]
ContactOutcome = Literal["added", "known", "merged", "proposed"]
Purpose = Literal["marketing", "surveys", "profiling"]
Channel = Literal["any", "email", "sms", "phone", "post", "push", "messenger", "ads"]
Role = Literal["decides", "buys", "uses", "pays"]
Email = Annotated[str, StringConstraints(max_length=254)]
Phone = Annotated[str, StringConstraints(max_length=40)]
Topic = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\u0000]*$")]
Wording = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\u0000]*$")]


class PersonIn(Body):
    """What a shop says of a customer; what isn't named stays as it is, an empty text takes it away."""

    name: Text | None = None
    email: Email | None = None
    email_verified: bool = False
    phone: Phone | None = None
    phone_verified: bool = False
    country: Annotated[str, StringConstraints(max_length=2)] | None = None
    region: Annotated[str, StringConstraints(max_length=100)] | None = None
    city: Annotated[str, StringConstraints(max_length=100)] | None = None
    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=40)] | None = None
    birth_date: Day | None = None
    organisation: Text | None = None


class OrganisationIn(Body):
    """What a shop says of an organisation."""

    name: Text | None = None
    country: Annotated[str, StringConstraints(max_length=2)] | None = None
    region: Annotated[str, StringConstraints(max_length=100)] | None = None
    city: Annotated[str, StringConstraints(max_length=100)] | None = None
    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=40)] | None = None


class ContactAdded(Schema):
    """What came of a contact: added, known already, another customer merged by it, or the pair proposed to staff."""

    kind: Literal["email", "phone"]
    outcome: ContactOutcome


class Put(Schema):
    """What came of it."""

    id: str
    outcome: Outcome
    contacts: list[ContactAdded] = Field(default_factory=list)


class Key(Schema):
    """An id under which a shop knows a customer."""

    shop: str
    id: str


class ReasonOut(Schema):
    """Why: a code that stays, and a sentence in the firm's language."""

    code: str
    text: str


class StandingOut(Schema):
    """What is thought of a customer. Amounts in `currency`, chances 0-1. Null where nothing is known."""

    as_of: date | None
    standing: str
    rung: str
    sure: float | None
    p_return: float | None
    return_by: date | None
    next_occasion: date | None
    next_occasion_earliest: date | None
    next_occasion_latest: date | None
    late_after: date | None
    occasions: int
    orders: int
    first_day: date | None
    last_day: date | None
    currency: str
    value_365: str | None
    value_365_low: str | None
    value_365_high: str | None
    value_at_risk: str | None
    realised_value: str | None
    client_score: float | None
    fading: bool
    seasonal: bool
    reasons: list[ReasonOut]


class CustomerOut(Schema):
    """A customer. E-mail and phone are null for keys without the scope `contact`."""

    id: str
    external_ids: list[Key]
    kind: str = Field(description="person or organisation")
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    region: str | None
    city: str | None
    language: str | None
    time_zone: str | None
    birth_date: date | None
    organisation: str | None
    tags: list[str]
    standing: StandingOut


class CustomerRow(Schema):
    """A customer in a list."""

    id: str
    external_ids: list[Key]
    label: str
    country: str | None
    standing: str
    rung: str
    orders: int
    last_day: date | None
    value_365: str | None
    tags: list[str]


class MemberOut(Schema):
    """Who belongs to an organisation, and the part they play in what it buys."""

    id: str
    role: str
    since: date | None
    until: date | None


class OrganisationOut(Schema):
    """An organisation."""

    id: str
    external_ids: list[Key]
    name: str | None
    country: str | None
    region: str | None
    city: str | None
    language: str | None
    time_zone: str | None
    members: list[MemberOut]


class MemberIn(Body):
    """When the membership began and ended; null is not known, and not at all."""

    since: Day | None = None
    until: Day | None = None


class ConsentIn(Body):
    """What a customer said. `verified`: you know that it was this person."""

    purpose: Purpose
    channel: Channel
    topic: Topic = ""
    given: bool
    source: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\u0000]*$")]
    verified: bool = False
    wording: Wording = ""
    at: Moment | None = Field(None, description="When they said it; now where it isn't told.")
    expires_at: Moment | None = None


class ConsentOut(Schema):
    """What a customer agrees to, and why."""

    purpose: str
    channel: str
    topic: str
    given: bool
    why: Literal["given", "refused", "pending", "expired", "never asked"]
    verified: bool
    recorded_at: datetime | None
    expires_at: datetime | None


class Statement(Schema):
    """The number of a statement in the ledger."""

    id: str

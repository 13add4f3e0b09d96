"""Customers, organisations and consent over HTTP: the router that the api's frame mounts.

Keys need `read` to see and `write` to change; e-mail and telephone numbers are shown to those with `contact` besides.
An external id is the id that the key's own shop has for a customer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router

from regulars.base import clock
from regulars.base.errors import NotFound
from regulars.customers import (
    actions_consent,
    actions_members,
    actions_people,
    actions_upsert,
    api_shapes,
    api_views,
    consent,
    queries_list,
)
from regulars.customers.api_views import Say
from regulars.customers.models import Customer
from regulars.customers.queries_list import Filters
from regulars.customers.rules_consent import state
from regulars.platform import audit, store
from regulars.staff import callers
from regulars.staff.api_shapes import PROBLEMS, CountCursor, Cursor, Day, ExternalId, Limit, Page

SOURCE = "api"
Standing = Literal[
    "current", "slipping", "lapsed", "won back", "prospect", "recent", "not recent", "too early", "not judged"
]
Rung = Literal["prospect", "buyer", "repeat", "regular", "client", "extraordinary"]
Sorted = Literal["value", "risk", "last", "next", "name"]
_CONTACTS: tuple[actions_people.ContactKind, ...] = ("email", "phone")
TheId = Annotated[ExternalId, Path(description="The id that the key's shop has for them.")]


def router(say: Say) -> Router:
    """The routes. say : puts a reason into words."""
    made = Router()
    _people(made, say)
    _organisations(made)
    _consent(made)
    return made


def customer_of(external_id: str) -> int:
    """The number of the customer whom the key's shop knows by this id. Raises NotFound."""
    found = actions_upsert.find(callers.caller().shop, external_id)
    if found is None:
        raise NotFound("The shop has no customer with this id.")
    return found


def _people(made: Router, say: Say) -> None:
    @made.get("/customers", response={200: Page[api_shapes.CustomerRow], **PROBLEMS}, tags=["customers"])
    def list_customers(
        request: HttpRequest,
        standing: Annotated[Standing | None, Query()] = None,
        rung: Annotated[Rung | None, Query()] = None,
        country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
        last_from: Annotated[Day | None, Query()] = None,
        last_until: Annotated[Day | None, Query()] = None,
        sort: Annotated[Sorted, Query()] = "value",
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[api_shapes.CustomerRow]:
        """Customers, page by page."""
        callers.need("read")
        filters = Filters(
            standings=(standing,) if standing else (),
            rungs=(rung,) if rung else (),
            countries=(country,) if country else (),
            last_from=last_from,
            last_until=last_until,
        )
        page = queries_list.page(filters, sort=sort, after=cursor, size=limit)
        audit.note("customers.listed", rows=len(page.rows))
        return Page[api_shapes.CustomerRow](data=api_views.rows(page.rows), next=page.next)

    @made.get("/customers/{external_id}", response={200: api_shapes.CustomerOut, **PROBLEMS}, tags=["customers"])
    def get_customer(request: HttpRequest, external_id: TheId) -> api_shapes.CustomerOut:
        """A customer, with standing, rung, value, next occasion and the reasons."""
        callers.need("read")
        return _shown(customer_of(external_id), say)

    @made.get("/customers/by-number/{number}", response={200: api_shapes.CustomerOut, **PROBLEMS}, tags=["customers"])
    def get_customer_by_number(
        request: HttpRequest, number: Annotated[str, Path(pattern="^[1-9][0-9]{0,15}$", description="Our own `id`.")]
    ) -> api_shapes.CustomerOut:
        """A customer by our own id, as lists and events give it; of one who was merged, who they are now."""
        callers.need("read")
        return _shown(int(number), say)

    @made.put("/customers/{external_id}", response={200: api_shapes.Put, **PROBLEMS}, tags=["customers"])
    def put_customer(request: HttpRequest, external_id: TheId, body: api_shapes.PersonIn) -> api_shapes.Put:
        """Make a customer, or change what is known of them. What isn't named stays."""
        callers.need("write")
        given = body.model_dump(exclude_unset=True)
        contacts = {kind: given.pop(kind, None) for kind in _CONTACTS}
        verified = {kind: given.pop(f"{kind}_verified", False) for kind in _CONTACTS}
        shop = callers.caller().shop
        checked = [(kind, text) for kind, text in contacts.items() if text and _checked(kind, text)]
        number, outcome = actions_upsert.put(shop, external_id, kind="person", source=SOURCE, known=given)
        came = []
        for kind, text in checked:
            added = actions_people.add_contact(
                number, kind, text, source=SOURCE, verified=verified[kind], main=True, country=_country(), shop=shop
            )
            number = added.customer_id
            came.append(api_shapes.ContactAdded(kind=kind, outcome=added.outcome))
        if outcome == "unchanged" and any(one.outcome != "known" for one in came):
            outcome = "changed"
        return api_shapes.Put(id=str(number), outcome=outcome, contacts=came)


def _shown(customer_id: int, say: Say) -> api_shapes.CustomerOut:
    found = api_views.one(customer_id, say)
    audit.note("customer.viewed", customer_id=int(found.id), contact=callers.may("contact"))
    return found


def _checked(kind: str, text: str) -> str:
    """Before anything is written: a customer is not made for half of what was sent."""
    from regulars.customers.rules_contacts import email, phone

    return email(text) if kind == "email" else phone(text, _country())


def _country() -> str | None:
    return store.opened().settings.firm.country


def _organisations(made: Router) -> None:
    @made.get("/organisations", response={200: Page[api_shapes.OrganisationOut], **PROBLEMS}, tags=["organisations"])
    def list_organisations(
        request: HttpRequest,
        limit: Limit = 50,
        cursor: CountCursor = None,
    ) -> Page[api_shapes.OrganisationOut]:
        """Organisations, in the order in which they came."""
        callers.need("read")
        found = Customer.objects.filter(kind="organisation", merged_into_id=None, pk__gt=int(cursor or 0))
        rows = list(found.order_by("pk")[: limit + 1])
        audit.note("customers.listed", object="organisations", rows=min(len(rows), limit))
        return Page[api_shapes.OrganisationOut](
            data=[api_views.organisation(row) for row in rows[:limit]],
            next=str(rows[limit - 1].pk) if len(rows) > limit else None,
        )

    @made.get(
        "/organisations/{external_id}", response={200: api_shapes.OrganisationOut, **PROBLEMS}, tags=["organisations"]
    )
    def get_organisation(request: HttpRequest, external_id: TheId) -> api_shapes.OrganisationOut:
        """An organisation and its members."""
        callers.need("read")
        row = _organisation(external_id)
        audit.note("customer.viewed", customer_id=row.pk, contact=False)
        return api_views.organisation(row)

    @made.put("/organisations/{external_id}", response={200: api_shapes.Put, **PROBLEMS}, tags=["organisations"])
    def put_organisation(request: HttpRequest, external_id: TheId, body: api_shapes.OrganisationIn) -> api_shapes.Put:
        """Make an organisation, or change what is known of it. What isn't named stays."""
        callers.need("write")
        known = body.model_dump(exclude_unset=True)
        shop = callers.caller().shop
        number, outcome = actions_upsert.put(shop, external_id, kind="organisation", source=SOURCE, known=known)
        return api_shapes.Put(id=str(number), outcome=outcome)

    @made.put(
        "/organisations/{external_id}/members/{member_id}/{role}",
        response={200: api_shapes.MemberOut, **PROBLEMS},
        tags=["organisations"],
    )
    def put_member(
        request: HttpRequest,
        external_id: TheId,
        member_id: TheId,
        role: Annotated[api_shapes.Role, Path()],
        body: api_shapes.MemberIn,
    ) -> api_shapes.MemberOut:
        """A customer plays a part in what an organisation buys."""
        callers.need("write")
        organisation, member = customer_of(external_id), customer_of(member_id)
        actions_members.join(organisation, member, role, source=SOURCE, since=body.since, until=body.until)
        return api_shapes.MemberOut(id=str(member), role=role, since=body.since, until=body.until)


def _organisation(external_id: str) -> Customer:
    row = Customer.objects.get(pk=customer_of(external_id))
    if row.kind != Customer.Kind.ORGANISATION:
        raise NotFound("The shop has no organisation with this id.")
    return row


def _consent(made: Router) -> None:
    @made.get(
        "/customers/{external_id}/consent", response={200: list[api_shapes.ConsentOut], **PROBLEMS}, tags=["consent"]
    )
    def get_consent(request: HttpRequest, external_id: TheId) -> list[api_shapes.ConsentOut]:
        """What a customer agrees to, for each purpose, channel and topic that anybody said something about."""
        callers.need("read")
        customer, now = customer_of(external_id), clock.now()
        said = consent.ledger(customer)
        audit.note("consent.viewed", customer_id=customer)
        found = []
        for purpose, channel, topic in sorted({(one.purpose, one.channel, one.topic) for one in said}):
            now_is = state(said, purpose, channel, topic, at=now)
            found.append(
                api_shapes.ConsentOut(
                    purpose=purpose,
                    channel=channel,
                    topic=topic,
                    given=now_is.given,
                    why=now_is.why,
                    verified=now_is.verified,
                    recorded_at=now_is.by.recorded_at if now_is.by else None,
                    expires_at=now_is.by.expires_at if now_is.by else None,
                )
            )
        return found

    @made.post("/customers/{external_id}/consent", response={200: api_shapes.Statement, **PROBLEMS}, tags=["consent"])
    def say_consent(request: HttpRequest, external_id: TheId, body: api_shapes.ConsentIn) -> api_shapes.Statement:
        """Write down what a customer said. The same again is the same statement."""
        callers.need("write")
        number = actions_consent.say(
            customer_of(external_id),
            body.purpose,
            body.channel,
            body.topic,
            given=body.given,
            source=f"{SOURCE}: {body.source}",
            verified=body.verified,
            wording=body.wording,
            at=body.at,
            expires_at=body.expires_at,
        )
        return api_shapes.Statement(id=str(number))

"""With a public key and what is known of somebody nobody is merged, revealed or changed; and what the shop itself says.

Public keys stand in web pages, so whoever has a browser has one. Each trap is tried by all calls there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.customers.people import everything, imported
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, ago, event, item, send

from regulars.base import clock
from regulars.customers import actions_consent, actions_merges, actions_people, consent, identity, merges
from regulars.customers.models import Candidate, Consent, Customer, Identity, Membership, Merge
from regulars.platform.workspace import Workspace
from regulars.stream import acquaintance
from regulars.stream.items import Item, Source
from regulars.stream.models import Identified, Notice, Order

VICTIM = {"email": "victim@example.com", "phone": "+3725551234", "name": "Somebody Else", "birthday": "1990-01-01"}
CONSENTS = {"consent": {"marketing": {"email": True, "sms": True}, "profiling": True}}


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def victim() -> int:
    """Known by the shop's id, by e-mail and by telephone; refused to be written to."""
    (who,) = imported(("V1", "victim@example.com", "+3725551234"))
    actions_people.change(who, source="test", name="Vera Victim", country="EE")
    Customer.objects.filter(pk=who).update(email="victim@example.com", phone="+3725551234")
    actions_consent.say(who, "marketing", "email", given=False, source="letter", verified=True, at=ago(300))
    return who


def attempts() -> list[Item]:
    """All that an attacker who knows the victim's id, e-mail and telephone can send."""
    return [
        item("identify", user="V1", visit="evil", traits=VICTIM | CONSENTS),
        item("identify", user="M1", visit="evil", traits=VICTIM | CONSENTS),
        item("identify", visit="evil", traits=VICTIM | CONSENTS),
        item("identify", user="V1", traits={}, context=CONSENTS),
        item("alias", user="M1", previous="V1"),
        item("alias", user="V1", previous="M1"),
        item("alias", user="V1", previous="evil"),
        item("group", user="V1", group="firm", traits={"name": "Evil Ltd"}),
        event("Order Completed", "E1", visit="evil", total=5, email="victim@example.com", phone="+3725551234"),
        event("Order Completed", "E2", user="M1", total=5, email="victim@example.com"),
        event("Order Updated", "V-100", user="V1", total="0.01"),
        event("Order Cancelled", "V-100", user="V1"),
        event("Order Refunded", "V-100", user="V1"),
    ]


def test_knowing_somebody_is_not_enough(victim: int) -> None:
    send(event("Order Completed", "V-100", user="V1", total=50))
    before = everything(victim)
    order = Order.objects.values("state", "customer_id", "revision").get()
    send(*attempts(), source=PAGE)
    assert everything(victim) == before
    assert Order.objects.values("state", "customer_id", "revision").get(number="V-100") == order
    assert not Merge.objects.exists()
    assert not Candidate.objects.exists()
    assert not Membership.objects.exists()
    assert not consent.state_of(victim, "marketing", "email").given
    theirs = set(Order.objects.filter(customer_id=victim).values_list("number", flat=True))
    assert theirs == {"V-100"}


@pytest.mark.parametrize("place", range(13))
def test_each_attempt_by_itself(victim: int, place: int) -> None:
    before = everything(victim)
    send(attempts()[place], source=PAGE)
    assert everything(victim) == before
    assert not Merge.objects.exists()


def test_if_a_public_key_were_trusted_it_would_be_seen(victim: int) -> None:
    """Negative control: with the rule off, the same attempts do change the victim."""
    before = everything(victim)
    believed = Source(key_id=2, name="page", shop="shop", trusted=True, channel="browser")
    send(*attempts(), source=believed)
    assert everything(victim) != before


def test_nothing_that_a_public_key_claims_becomes_a_key(victim: int) -> None:
    """Nor a contact: a telephone number that two customers have would make them one at night."""
    send(item("identify", user="M1", visit="evil", traits=VICTIM | CONSENTS), source=PAGE)
    stranger = Identity.objects.get(kind="ref", key="M1").customer_id
    assert set(Identity.objects.filter(customer_id=stranger).values_list("kind", flat=True)) == {"ref"}
    row = Customer.objects.get(pk=stranger)
    assert (row.email, row.phone, row.name) == (None, None, "Somebody Else")
    from regulars.customers import same

    assert same.look() == 0


def test_consent_of_who_was_unknown_is_a_claim_until_somebody_who_knows_says_otherwise() -> None:
    send(item("identify", user="N1", traits=CONSENTS, at=ago(1)), source=PAGE)
    who = Identity.objects.get(kind="ref", key="N1").customer_id
    assert consent.state_of(who, "marketing", "email").given
    assert not Consent.objects.filter(customer_id=who, verified=True).exists()
    actions_consent.say(who, "marketing", "email", given=False, source="shop", verified=True, at=ago(2))
    assert not consent.state_of(who, "marketing", "email").given
    send(item("identify", user="N1", traits=CONSENTS), source=PAGE)
    assert not consent.state_of(who, "marketing", "email").given


def test_a_shared_device_keeps_two_people_apart() -> None:
    send(
        item("identify", user="A", visit="tablet", at=ago(0.9)),
        event("Order Completed", "1", visit="tablet", total=5, at=ago(0.8)),
        item("identify", user="B", visit="tablet", at=ago(0.5)),
        event("Order Completed", "2", visit="tablet", total=5, at=ago(0.4)),
        event("Order Completed", "0", visit="tablet", total=5, at=ago(1.2)),
        event("Order Completed", "3", visit="tablet", user="A", total=5, at=ago(0.3)),
        source=PAGE,
    )
    a, b = (Identity.objects.get(kind="ref", key=key).customer_id for key in "AB")
    assert dict(Order.objects.values_list("number", "customer_id")) == {"0": a, "1": a, "2": b, "3": a}
    assert not Merge.objects.exists()
    assert a != b


def test_a_shared_address_makes_nobody_one() -> None:
    send(
        event("Order Completed", "1", user="A", total=5, email="family@example.com"),
        event("Order Completed", "2", user="B", total=5, email="family@example.com"),
    )
    send(item("identify", user="B", traits={"email": "family@example.com"}))
    a, b = (Identity.objects.get(kind="ref", key=key).customer_id for key in "AB")
    assert a != b
    assert not Merge.objects.exists()
    assert Candidate.objects.get().why == "same e-mail"


def test_an_id_that_a_shop_gives_away_again_says_what_the_shop_says() -> None:
    send(item("identify", user="7", traits={"name": "First One", "email": "first@example.com"} | CONSENTS, at=ago(1)))
    first = Identity.objects.get(kind="ref", key="7").customer_id
    send(item("identify", user="7", traits={"name": "Second One", "email": "second@example.com"}), source=PAGE)
    assert Customer.objects.get(pk=first).name == "First One"
    send(item("identify", user="7", traits={"name": "Second One", "email": "second@example.com"}))
    row = Customer.objects.get(pk=first)
    assert row.name == "Second One"
    keys = set(Identity.objects.filter(kind="email").values_list("key", "customer_id"))
    assert keys == {("first@example.com", first), ("second@example.com", first)}
    assert not Merge.objects.exists()


@every_database
def test_the_shops_word_makes_two_ids_one_and_nothing_is_lost_by_it_or_its_undoing() -> None:
    send(
        event("Order Completed", "1", user="A", total=5),
        event("Order Completed", "2", user="B", total=7),
        item("identify", user="A", visit="va", traits={"consent": {"marketing": {"email": False}}}, at=ago(1)),
        item("identify", user="B", visit="vb", traits={"consent": {"marketing": {"email": True}}}, at=ago(1)),
    )
    a, b = (Identity.objects.get(kind="ref", key=key).customer_id for key in "AB")
    before = everything(a, b)
    stream = _stream()
    send(item("alias", user="B", previous="A"))
    assert merges.current(a) == b
    assert not consent.state_of(b, "marketing", "email").given
    assert _stream() == stream
    send(event("Order Completed", "3", user="A", total=9))
    assert Order.objects.get(number="3").customer_id == a
    merge = Merge.objects.get()
    actions_merges.undo(merge.pk)
    assert everything(a, b) == before
    assert Order.objects.filter(customer_id=a).count() == 2
    assert consent.state_of(b, "marketing", "email").given
    assert not consent.state_of(a, "marketing", "email").given


def _stream() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in (Order, Notice, Identified)
    }


def test_doing_it_again_changes_nothing(victim: int) -> None:
    """As after a crash between what was done and the mark that it is."""
    calls = [
        item("identify", user="A", visit="va", traits=VICTIM | CONSENTS | {"address": {"street": "Tee 1"}}),
        item("alias", user="A", previous="B"),
        item("group", user="A", group="G", traits={"name": "Firm", "role": "decides"}),
        item("identify", user="B", traits={"email": "b@example.com", "emailVerified": True}),
    ]
    source = Source(key_id=1, name="", shop="shop", trusted=True, channel="segment")
    for call in calls:
        send(call)
        who = [*Customer.objects.values_list("pk", flat=True)]
        before = everything(*who)
        acquaintance.apply(call, source, backfill=False)
        assert everything(*who) == before
        assert Customer.objects.count() == len(who)


def test_what_the_shop_says_of_somebody() -> None:
    send(
        item(
            "identify",
            user="A",
            traits={
                "firstName": "Anna",
                "lastName": "Tamm",
                "birthday": "1984-05-17T00:00:00Z",
                "email": " Anna@Example.com ",
                "phone": "+372 555 1234",
                "address": {"street": "Tee 1", "city": "Tallinn", "postalCode": "10111", "country": "ee"},
                "language": "et",
                "company": {"name": "Kohvik"},
                "age": "no field of ours",
            },
        ),
        item("group", user="A", group="77", traits={"name": "Kohvik OÜ"}),
    )
    who = Identity.objects.get(kind="ref", key="A").customer_id
    row = Customer.objects.get(pk=who)
    assert (row.name, row.email, row.phone, row.country, row.city) == (
        "Anna Tamm",
        "anna@example.com",
        "+3725551234",
        "EE",
        "Tallinn",
    )
    assert row.addresses.get().lines == "Tee 1"
    membership = Membership.objects.get(member_id=who)
    assert membership.role == "buys"
    assert Customer.objects.get(pk=membership.organisation_id).kind == "organisation"


def test_history_fills_what_isnt_known_and_outdoes_nothing() -> None:
    send(item("identify", user="A", traits={"name": "Now"}))
    send(item("identify", user="A", traits={"name": "Then", "city": "Tartu", "email": "a@example.com"}, at=ago(50)))
    row = Customer.objects.get(pk=Identity.objects.get(kind="ref", key="A").customer_id)
    assert (row.name, row.city) == ("Now", "Tartu")
    assert Identity.objects.get(kind="email").customer_id == row.pk
    with identity.alone():
        assert merges.ends() == {}

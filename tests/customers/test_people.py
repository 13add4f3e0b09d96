"""People and organisations by hand, and the keys by which they turn out to be one."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from tests.customers.people import imported, somebody
from tests.stores import every_database

from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import actions_people, attributes, identity, merges, same
from regulars.customers.models import Address, Candidate, Customer, Device, Identity, Merge, Picture
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

pytestmark = every_database


def make(name: str, **known: object) -> int:
    return actions_people.create(source="counter", name=name, **known)


def mail(customer: int, text: str, *, verified: bool = False) -> actions_people.KeyAdded:
    return actions_people.add_contact(customer, "email", text, source="counter", verified=verified)


def call(customer: int, text: str) -> actions_people.KeyAdded:
    return actions_people.add_contact(customer, "phone", text, source="counter", country="EE")


def test_someone_made_by_hand_has_a_number_of_the_same_row(workspace: Workspace) -> None:
    (first,) = imported(("A", None, None))
    ann = make("  Ann   Tamm ", language="et", time_zone="Europe/Tallinn", birth_date="1984-05-17", country="ee")
    assert ann == first + 1
    assert make("Ann Tamm", language="et", time_zone="Europe/Tallinn", birth_date="1984-05-17", country="EE") == ann
    row = Customer.objects.get(pk=ann)
    assert (row.name, row.country, row.birth_date, row.import_id) == ("Ann Tamm", "EE", date(1984, 5, 17), 0)
    assert Picture.objects.get(pk=ann).label == "Ann Tamm", "in the lists at once"
    assert imported(("B", None, None)) == [ann + 1], "an import goes on from there"


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "Estonia"},
        {"language": "klingonese"},
        {"time_zone": "../etc/passwd"},
        {"birth_date": "31.02.1984"},
        {"birth_date": "2999-01-01"},
        {"name": "x" * 201},
        {"merged_into_id": 1},
    ],
)
def test_what_cannot_be_is_refused(workspace: Workspace, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        make(**{"name": "Ann"} | wrong)
    assert not Customer.objects.exists()


def test_a_change_is_noted_by_field_and_never_by_content(workspace: Workspace) -> None:
    ann = make("Ann")
    assert actions_people.change(ann, source="telephone", name="Ann Tamm", city="Tartu") == ["city", "name"]
    assert actions_people.change(ann, source="telephone", name="Ann Tamm") == []
    entry = AuditEntry.objects.get(action="customer.changed")
    assert entry.details == {"source": "telephone", "fields": ["city", "name"]}
    assert actions_people.change(ann, source="telephone", city="", internal=True) == ["city", "internal"]
    with pytest.raises(NotFound):
        actions_people.change(10**9, source="telephone", name="x")


def test_several_contacts_in_one_form_each(workspace: Workspace) -> None:
    ann = make("Ann")
    assert mail(ann, " Ann@Example.org ").outcome == "added"
    assert mail(ann, "ann@example.org").outcome == "known"
    assert mail(ann, "second@example.org", verified=True).outcome == "added"
    assert call(ann, "555 1234").outcome == "added"
    assert call(ann, "+372 555-1234").outcome == "known"
    row = Customer.objects.get(pk=ann)
    assert (row.email, row.phone) == ("ann@example.org", "+3725551234")
    verified = Identity.objects.filter(customer_id=ann, verified_at__isnull=False)
    assert [one.key for one in verified] == ["second@example.org"]
    actions_people.remove_contact(ann, "email", "ann@example.org", source="counter")
    assert Customer.objects.get(pk=ann).email == "second@example.org"
    for wrong in ("ann", "ann@", "a b@example.org", "x@example"):
        with pytest.raises(BadInput):
            mail(ann, wrong)
    with pytest.raises(BadInput):
        call(ann, "12")


def test_a_verified_address_makes_one_of_two_and_a_claimed_one_only_proposes(workspace: Workspace) -> None:
    guest, claimed = imported((None, "ann@example.org", None), (None, "bo@example.org", None))
    ann, bo = make("Ann"), make("Bo")
    assert mail(bo, "bo@example.org") == actions_people.KeyAdded(bo, "proposed", claimed)
    assert [(one.first_id, one.second_id, one.why) for one in same.proposed()] == [(claimed, bo, "same e-mail")]
    assert mail(ann, "ann@example.org", verified=True) == actions_people.KeyAdded(ann, "merged", guest)
    assert merges.current(guest) == ann
    assert Merge.objects.get().reason == "same e-mail"


def test_two_ids_of_a_shop_are_two_customers_whatever_they_share(workspace: Workspace) -> None:
    (one,) = imported(("A", "a@example.org", None))
    (other,) = imported(("B", None, None))
    assert mail(other, "a@example.org", verified=True).outcome == "proposed"
    assert not Merge.objects.exists()
    with pytest.raises(Conflict, match=str(one)):
        actions_people.add_external_id(other, "A", source="counter")
    assert actions_people.add_external_id(other, "C", source="counter").outcome == "added"
    assert imported(("C", None, None)) == [other]


def test_the_one_whom_a_shop_knows_stays(workspace: Workspace) -> None:
    (shops,) = imported(("A", None, "+3725550001"))
    ann = make("Ann")
    assert call(ann, "+372 555 0001") == actions_people.KeyAdded(shops, "merged", shops)
    assert merges.current(ann) == shops
    assert Customer.objects.get(pk=shops).name == "Ann"


def test_a_household_shares_a_telephone(workspace: Workspace) -> None:
    ann, bo = make("Ann"), make("Bo")
    call(ann, "+3725550001")
    assert call(bo, "+3725550001").outcome == "proposed"
    assert not Merge.objects.exists()


def test_a_file_that_tells_the_telephone_of_a_buyer_without_a_number_makes_one_of_the_two(workspace: Workspace) -> None:
    (buyer,) = imported((None, None, "+3725550001"))
    (shops,) = imported(("A", None, None))
    attributes.update(pa.table({"customer_id": [shops], "phone": ["+3725550001"]}), import_id=1)
    assert merges.current(buyer) == shops
    assert Merge.objects.get().reason == "same phone"


def test_the_nightly_look_proposes_once_and_never_again_what_was_dismissed(workspace: Workspace) -> None:
    one, other, third = somebody(name="Ann Tamm"), somebody(name="ann  TAMM"), somebody(name="Bo")
    for number in (one, other, third):
        actions_people.add_address(number, source="letter", lines="Pikk 1", postal_code="10 111")
    imported((None, "x@example.org", None))
    Customer.objects.filter(pk=third).update(email="x@example.org")
    assert same.look() == 0
    assert {(c.first_id, c.second_id, c.why) for c in same.proposed()} == {
        (one, other, "same name and postcode"),
        (third, third + 1, "same e-mail"),
    }
    for candidate in same.proposed():
        same.dismiss(candidate.pk)
    same.look()
    assert same.proposed() == []
    assert Candidate.objects.count() == 2


def test_the_nightly_look_goes_on_where_it_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(same, "MOST_AT_ONCE", 1)
    firm = actions_people.create("organisation", source="test", organisation="Kask OÜ")
    namesakes = [(somebody(name=name), somebody(name=name)) for name in ("Ann", "Bo")]
    third = somebody(name="Cid")
    for number in (number for pair in namesakes for number in pair):
        actions_people.add_address(number, source="letter", lines="Pikk 1", postal_code="10111")
    imported((None, "x@example.org", None), (None, "y@example.org", None))
    Customer.objects.filter(pk=firm).update(email="x@example.org")
    Customer.objects.filter(pk=third).update(email="y@example.org")
    found = same._namesakes

    def unhindered() -> list[tuple[int, int]]:
        with identity.alone(0.0):  # nobody else waits meanwhile
            return found()

    monkeypatch.setattr(same, "_namesakes", unhindered)
    same.look()
    same.look()
    assert {(c.first_id, c.second_id) for c in same.proposed()} == {*namesakes, (third, third + 2)}


def test_an_address_once_and_a_device_of_whoever_came_last(workspace: Workspace) -> None:
    ann, bo = make("Ann"), make("Bo")
    first = actions_people.add_address(ann, source="form", lines="Pikk 1", city="Tallinn")
    assert actions_people.add_address(ann, source="form", lines="Pikk 1", city="Tallinn") == first
    with pytest.raises(BadInput):
        actions_people.add_address(ann, source="form", lines=" ")
    actions_people.remove_address(first)
    actions_people.remove_address(first)
    assert not Address.objects.exists()
    actions_people.seen_on(ann, "d1")
    actions_people.seen_on(bo, "d1", push_token="t")
    assert Device.objects.get().customer_id == bo


def test_whoever_was_merged_is_changed_as_who_they_are_now(workspace: Workspace) -> None:
    from regulars.customers import actions_merges

    ann, other = make("Ann"), make("Anna")
    actions_merges.merge(other, ann)
    actions_people.change(other, source="counter", city="Tartu")
    assert Customer.objects.get(pk=ann).city == "Tartu"


def test_numbers_by_hand_end_where_excel_does(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "LARGEST_ID", 1)
    make("Ann")
    with pytest.raises(OverflowError):
        make("Bo")

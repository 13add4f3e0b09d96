from __future__ import annotations

from datetime import date

import pyarrow as pa
from tests.stores import every_database

from regulars.customers import attributes, identity, queries
from regulars.customers.models import Consent, Customer
from regulars.platform.workspace import Workspace

pytestmark = every_database


def make(*refs: str) -> list[int]:
    keys = pa.table({"key": range(len(refs)), "customer_ref": refs}).append_column(
        "email", pa.nulls(len(refs), pa.string())
    )
    keys = keys.append_column("phone", keys["email"]).append_column("guest", keys["email"])
    return identity.assign(keys, import_id=1)["customer_id"].to_pylist()


def test_a_null_leaves_what_is_known(workspace: Workspace) -> None:
    one, two = make("A", "B")
    attributes.update(
        pa.table({"customer_id": [one, two], "name": ["Ann", None], "birth_date": [date(1980, 2, 29), None]}),
        import_id=1,
    )
    attributes.update(
        pa.table({"customer_id": [one, two], "name": [None, "Bo \"x\" 'y'"], "country": ["EE", "FI"]}), import_id=2
    )
    ann = Customer.objects.get(id=one)
    assert (ann.name, ann.birth_date, ann.country) == ("Ann", date(1980, 2, 29), "EE")
    assert queries.names([one, two]) == {one: "Ann", two: "Bo \"x\" 'y'"}


def test_the_consent_ledger_grows_only_by_changes(workspace: Workspace) -> None:
    (one,) = make("A")
    for given in (True, True, None, False, False, True):
        attributes.update(pa.table({"customer_id": [one], "consent": pa.array([given], pa.bool_())}), import_id=1)
    assert list(Consent.objects.order_by("id").values_list("given", flat=True)) == [True, False, True]


def test_without_a_name_the_shops_key_is_shown(workspace: Workspace) -> None:
    (one,) = make("A-17")
    assert queries.names([one, 999]) == {one: "A-17"}
    assert queries.external_ids().to_pylist() == [{"customer_id": one, "external_id": "A-17"}]

"""Only what shops tell of things goes to the lake; nothing that may tell of a person does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stream import allowed

ANN = "ann@example.com"


def test_what_tells_of_things_stays_and_what_tells_of_people_goes() -> None:
    body = {
        "properties": {
            "product_id": "P1",
            "price": 4.5,
            "email": ANN,
            "shipping_address": {"name": "Ann"},
            "coupon": ANN,
            "url": f"https://shop.example/p/1?email={ANN.replace('@', '%40')}#top",
            "referrer": "https://www.search.example/?q=ann",
            "products": [{"sku": "S1", "quantity": 2, "engraving": "Ann"}, "odd"],
        },
        "context": {"campaign": {"source": "mail", "content": "Ann"}, "ip": "192.0.2.1"},
    }
    assert allowed.properties("track", body) == {
        "product_id": "P1",
        "price": 4.5,
        "path": "/p/1",
        "referrer": "www.search.example",
        "products": [{"sku": "S1", "quantity": 2}],
        "campaign_source": "mail",
    }


def test_the_firm_may_allow_more_and_who_somebody_is_never_goes() -> None:
    body = {"properties": {"roast": "dark"}, "traits": {"name": "Ann"}}
    assert allowed.properties("track", body) is None
    assert allowed.properties("track", body, frozenset({"roast"})) == {"roast": "dark"}
    assert allowed.properties("identify", body, frozenset({"roast", "name"})) is None


@pytest.mark.parametrize("spelled", ["%40", "%2540", "%252540"])
def test_an_address_of_mail_within_another_address_stays_behind(spelled: str) -> None:
    hidden = f"/unsubscribe/{'x' * 150}/ann{spelled}example.com"
    for properties in ({"url": f"https://shop.example{hidden}"}, {"path": hidden}, {"title": hidden, "sku": hidden}):
        body = {"properties": properties, "context": {"page": {"url": f"https://shop.example{hidden}"}}}
        assert allowed.properties("page", body) is None
        assert allowed.properties("page", {"context": {"campaign": {"name": hidden}}}) is None
    kept = {"properties": {"url": "https://shop.example/50%25-40%20off"}}
    assert allowed.properties("page", kept) == {"path": "/50%25-40%20off"}


@given(
    st.dictionaries(
        st.sampled_from(sorted(allowed.EVENT)) | st.text(),
        st.recursive(st.none() | st.text() | st.integers() | st.just(ANN), lambda inner: st.lists(inner), max_leaves=5),
    )
)
def test_whatever_is_given_only_allowed_names_and_no_addresses_come_out(properties: dict[str, object]) -> None:
    found = allowed.properties("track", {"properties": properties}) or {}
    assert set(found) <= allowed.EVENT | {"products", "referrer"}
    assert ANN not in str(found)

"""Two customers become one on the screen, and two again."""

from __future__ import annotations

from tests.members import browser, member
from tests.stores import every_database

from regulars.customers.models import Customer, Merge
from regulars.platform.workspace import Workspace

MERGE = "/console/customers/7/merge/"


@every_database
def test_found_previewed_merged_and_undone(shop: Workspace) -> None:
    client = browser(member("owner"))
    assert MERGE in client.get("/console/customers/7/").text
    found = client.get(f"{MERGE}?q=marta").text
    assert "?other=8" in found
    assert "?other=7" not in found
    preview = client.get(f"{MERGE}?other=8").text
    assert "Marta Kask would become Marta Tamm" in preview
    assert "advertising" in preview
    assert not Merge.objects.exists()  # to look changes nothing
    client.post(MERGE, {"other": "8"})
    assert Customer.objects.get(pk=8).merged_into_id == 7
    assert client.get("/console/customers/8/")["Location"] == "/console/customers/7/"
    text = client.get("/console/customers/7/").text
    assert "Customer 8 was merged into this one" in text
    client.post(f"{MERGE}{Merge.objects.get().pk}/undo/")
    assert Customer.objects.get(pk=8).merged_into_id is None


def test_only_with_the_permission_and_a_real_customer(shop: Workspace) -> None:
    agent = browser(member("agent"))
    assert agent.get(MERGE).status_code == 403
    assert MERGE not in agent.get("/console/customers/7/").text
    owner = browser(member("owner"))
    assert owner.get(f"{MERGE}?other=7").status_code == 400
    assert owner.get(f"{MERGE}?other=999").status_code == 404
    assert owner.post(MERGE, {}).status_code == 400
    assert owner.get("/console/customers/999/merge/").status_code == 404

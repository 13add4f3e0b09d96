"""`regulars forget`, `backup`, `restore` and `check`, as a person gives them; what is told to somebody who asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.privacy.canaries import Canary, flock, number_of, plant, shop_file
from tests.stores import other_database_when_hard
from typer.testing import CliRunner, Result

from regulars.base import clock
from regulars.base.errors import BadInput, NotFound
from regulars.cli.app import app
from regulars.customers import named
from regulars.customers.models import Customer, Identity, Merge
from regulars.customers.refresh import open_lake
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

pytestmark = other_database_when_hard


@pytest.fixture
def birds(workspace: Workspace, tmp_path: Path) -> list[Canary]:
    found = flock()
    plant(workspace, found, shop_file(tmp_path / "old.csv", found))
    return found


def regulars(workspace: Workspace, *words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["--home", str(workspace.path), *words], input=given, catch_exceptions=False)


def test_forgetting_shows_what_goes_and_asks(workspace: Workspace, birds: list[Canary]) -> None:
    one = birds[0]
    refused = regulars(workspace, "forget", one.email, given="n\n")
    assert refused.exit_code == 1
    assert one.name in refused.stdout
    assert "3  orders; their 299.97 EUR stay in the firm's totals" in refused.stdout
    assert "Nothing was changed" in refused.stderr
    assert Identity.objects.filter(key=one.email).exists()

    done = regulars(workspace, "forget", one.email, given="y\n")
    assert done.exit_code == 0, done.output
    assert not Identity.objects.filter(key=one.email).exists()
    assert AuditEntry.objects.get(action="customer.forgotten").actor == "command"
    assert regulars(workspace, "forget", one.email).exit_code == 1, "there is nobody like that any more"


def test_everybody_who_is_one_by_a_merge_goes_and_machines_are_told(workspace: Workspace, birds: list[Canary]) -> None:
    first, second = number_of(birds[0]), number_of(birds[1])
    Customer.objects.filter(pk=first).update(merged_into_id=second)
    Merge.objects.create(source_id=first, target_id=second, at=clock.now(), reason="by hand")
    assert regulars(workspace, "forget", birds[1].ref, "--json").exit_code == 1, "without --yes nobody has agreed"
    told = json.loads(regulars(workspace, "forget", birds[1].ref, "--yes", "--json").stdout)
    assert told["done"]
    assert told["erased"]["keys"] > 0
    assert set(Customer.objects.filter(pk__in=[first, second])) == set()
    with open_lake(workspace).snapshot() as snapshot:
        left = set(snapshot.table("orders").to_pyarrow()["customer_id"].to_pylist())
    assert not left & {first, second}
    assert json.loads(regulars(workspace, "forget", "--unfinished", "--json").stdout) == {"done": 0}


def test_who_is_meant(workspace: Workspace, birds: list[Canary]) -> None:
    number = number_of(birds[0])
    for text in (birds[0].ref, birds[0].email.upper(), birds[0].phone, f"#{number}", f" {number} "):
        assert named.customer(text) == number
    with pytest.raises(NotFound, match="Nobody here"):
        named.customer(birds[0].email[:-1])
    Identity.objects.create(shop="other", kind="ref", key=str(number), customer_id=number_of(birds[1]))
    with pytest.raises(BadInput, match="may be several"):
        named.customer(str(number))


def test_somebody_who_asks_is_told_everything(workspace: Workspace, birds: list[Canary], tmp_path: Path) -> None:
    one, other = birds[0], birds[1]
    Customer.objects.filter(pk=number_of(one)).update(region="<script>alert(1)</script>")
    to = tmp_path / "them.json"
    done = regulars(workspace, "forget", one.ref, "--export", str(to))
    assert done.exit_code == 0, done.output
    found = json.loads(to.read_text())
    text, page = to.read_text(), to.with_suffix(".html").read_text()
    for known in (one.name, one.email, one.phone, *one.orders, *one.secrets):
        assert known in text
        assert known in page
    assert all(known not in text for known in (other.name, other.email, other.orders[0]))
    assert "<script>" not in page
    orders = next(part for part in found["held"] if part["what"] == "Orders")
    assert [row["net"] for row in orders["rows"]] == [99.99] * 3
    assert found["reasons"]
    assert {row["by"] for row in found["seen_by"]} == {"Regulars itself", "the firm's operator"}
    assert Customer.objects.filter(pk=number_of(one)).exists(), "nobody is forgotten"


def test_a_backup_and_back(workspace: Workspace, birds: list[Canary], tmp_path: Path) -> None:
    done = regulars(workspace, "backup", str(tmp_path / "b.zip"), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] > 100
    assert json.loads(regulars(workspace, "forget", birds[0].ref, "--yes", "--json").stdout)["done"]
    back = regulars(workspace, "restore", str(tmp_path / "b.zip"), "--replace")
    assert back.exit_code == 0, back.output
    assert not Identity.objects.filter(key=birds[0].ref).exists()
    assert Identity.objects.filter(key=birds[1].ref).exists()
    checked = regulars(workspace, "check", "--json")
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["ok"]


def test_check_says_what_is_wrong_and_its_cure(workspace: Workspace, birds: list[Canary]) -> None:
    log = workspace.path / "forgotten.log"
    regulars(workspace, "forget", birds[1].ref, "--yes")
    log.unlink()
    found = regulars(workspace, "check")
    assert found.exit_code == 1
    assert "restoring an older backup would bring them back" in found.stdout
    assert "regulars forget --unfinished" in found.stdout
    regulars(workspace, "forget", "--unfinished")
    assert log.exists()
    assert regulars(workspace, "check").exit_code == 0
    Customer.objects.filter(pk=number_of(birds[0])).delete()
    lost = regulars(workspace, "check")
    assert lost.exit_code == 1
    assert "Orders of 1 customers are in the lake whom the operations store doesn't know" in lost.stdout

"""Thresholds on the screen: explained, refused at the field, tried out before they hold, kept by the owner alone."""

from __future__ import annotations

import msgspec
import pytest
from tests.console import shops
from tests.members import browser, member
from tests.stores import every_database

from regulars.console.settings.thresholds_form import Form
from regulars.console.settings.thresholds_words import GROUPS
from regulars.customers.models import Customer, Run, Trial
from regulars.customers.refresh import thresholds
from regulars.insight import Thresholds
from regulars.insight.tryout import Difference, Move, Side
from regulars.platform import store
from regulars.platform.jobs import queries
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

PAGE = "/console/settings/thresholds/"


def fields(**other: object) -> dict[str, object]:
    """What the form sends as it is, but for some fields."""
    initial = Form(now=Thresholds()).initial
    return {name: "" if value is None else value for name, value in (initial | other).items()}


def test_every_threshold_is_asked_for_once() -> None:
    asked = [one.name for group in GROUPS for one in group.asked]
    assert sorted(asked) == sorted(Thresholds.__struct_fields__)


@every_database
def test_what_the_owner_keeps_holds_and_is_noted(workspace: Workspace) -> None:
    workspace.settings_path.write_text("# ours\n[thresholds]\nregular_occasions = 5 # many\n", encoding="utf-8")
    client = browser(member("owner"))
    told = fields(regular_occasions=5, slipping_chance="12.5", cycle_days="", verb="keep")
    assert client.post(PAGE, told).status_code == 302
    text = workspace.settings_path.read_text(encoding="utf-8")
    assert "regular_occasions = 5 # many" in text
    assert "slipping_chance = 0.125" in text
    assert "client_score" not in text
    assert thresholds(store.opened()) == Thresholds(regular_occasions=5, slipping_chance=0.125)
    entry = AuditEntry.objects.get(action="settings.changed")
    assert (entry.actor_name, entry.object) == ("Owner", "thresholds")
    assert entry.details == {
        "settings": ["slipping_chance"], "was": {"slipping_chance": None}, "now": {"slipping_chance": 0.125},
    }  # fmt: skip
    assert [job.name for job in queries.waiting()] == ["refresh"]
    client.post(PAGE, fields(verb="keep"))
    assert thresholds(store.opened()) == Thresholds()
    assert "regular_occasions" not in workspace.settings_path.read_text(encoding="utf-8")
    assert "hold already" in client.post(PAGE, fields(verb="keep"), follow=True).text


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("late_share", "101", "less than or equal to 99"),
        ("late_share", "", "required"),
        ("regular_occasions", "2.5", "whole number"),
        ("regular_occasions", "1", "greater than or equal to 2"),
        ("cycle_days", "soon", "whole number"),
        ("episodes", "maybe", "Select a valid choice"),
        ("client_score", "nan", "Enter a number"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(workspace: Workspace, name: str, value: str, words: str) -> None:
    for verb in ("keep", "try"):
        answer = browser(member("owner", email=f"{verb}@x.ee")).post(PAGE, fields(**{name: value}, verb=verb))
        assert answer.status_code == 400
        place = answer.text.index(f'id="id_{name}"')
        assert words in answer.text[place:].split('class="field"')[0]
    assert not workspace.settings_path.exists()
    assert not Trial.objects.exists()


def test_a_file_that_was_written_wrong_can_be_mended_here(workspace: Workspace) -> None:
    workspace.settings_path.write_text("[thresholds]\nslipping_chnce = 0.2\nlate_share = 7\n", encoding="utf-8")
    client = browser(member("owner"))
    assert "slipping_chnce" in client.get(PAGE).text
    client.post(PAGE, fields(regular_occasions=4, verb="keep"))
    assert thresholds(store.opened()) == Thresholds(regular_occasions=4)


def test_trying_out_keeps_nothing_and_is_for_owner_and_analyst(shop: Workspace) -> None:
    answer = browser(member("analyst")).post(PAGE, fields(regular_occasions=7, verb="try"))
    trial = Trial.objects.get()
    assert answer["Location"] == f"{PAGE}?trial={trial.pk}"
    assert (trial.thresholds, trial.by_name) == ({"regular_occasions": 7}, "Analyst")
    assert [job.name for job in queries.waiting()] == ["try thresholds"]
    page = browser(member("viewer")).get(answer["Location"]).text
    assert "It is about to begin" in page
    assert 'value="7"' in page
    told = browser(member("owner")).get(f"{PAGE}trials/{trial.pk}/").json()
    assert told == {"working": True, "words": "It is about to begin", "percent": None}
    for role in ("viewer", "marketer"):
        who = member(role, email=f"{role}2@x.ee")
        assert browser(who).post(PAGE, fields(verb="try")).status_code == 403
    assert browser(member("analyst", email="a2@x.ee")).post(PAGE, fields(verb="keep")).status_code == 403
    assert not shop.settings_path.exists()


@pytest.fixture
def told(shop: Workspace) -> Trial:
    """A finished trial: two of the shop's customers would change their standing, none their rung."""
    side = Side({"current": 4, "slipping": 2}, {"buyer": 6}, 40, "MBG/NBD", 90_000, 1, 0)
    after = msgspec.structs.replace(side, standing={"current": 6}, window_days=50)
    move = Move("slipping", "current", 2, 123_400, 56_700, [7, 1])
    found = Difference(20_000, 6, side, after, [move], [])
    return Trial.objects.create(
        thresholds={"late_share": 0.9},
        state="done",
        result=msgspec.to_builtins(found),
        run_id=Run.objects.get().pk,
        asked_at="2026-01-01T00:00Z",
    )


def test_the_answer_names_moves_money_and_examples(told: Trial) -> None:
    page = browser(member("owner")).get(f"{PAGE}?trial={told.pk}").text
    assert "Of 6 customers, <b>2</b> would change their standing and <b>0</b> their rung." in page
    for words in ("1,234", "Marta Tamm", "&lt;script&gt;", 'value="90"', "40 days → 50 days", "other figures than"):
        assert words.replace("40 days → 50 days", "6 weeks → 7 weeks") in page, words
    assert "<script>alert" not in page
    assert "judged anew since" not in page
    shops.fill(names=())
    assert "judged anew since" in browser(member("owner", email="o2@x.ee")).get(f"{PAGE}?trial={told.pk}").text


def test_somebody_who_was_forgotten_since_is_a_number_at_most(told: Trial) -> None:
    Customer.objects.filter(pk=7).delete()
    page = browser(member("owner")).get(f"{PAGE}?trial={told.pk}").text
    assert "Marta Tamm" not in page


def test_nobody_reads_the_form_of_a_role_without_settings(shop: Workspace) -> None:
    assert browser(member("agent")).get(PAGE).status_code == 403
    assert "disabled" in browser(member("viewer")).get(PAGE).text
    assert browser(member("owner")).get(f"{PAGE}?trial=999999").status_code == 200

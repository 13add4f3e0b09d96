"""Files of consent: recognised in six languages, each statement once, never more than was said."""

from __future__ import annotations

import pytest
from tests.stores import every_database

from regulars.customers import consent
from regulars.customers.models import Consent, Customer, Identity

pytestmark = every_database

TITLES = {
    "en": "email,purpose,channel,consent,date,wording,source",
    "fi": "sähköposti,tarkoitus,kanava,suostumus,päivämäärä,sanamuoto,lähde",
    "et": "e-post,eesmärk,kanal,nõusolek,kuupäev,sõnastus,allikas",
    "lv": "e-pasts,mērķis,kanāls,piekrišana,datums,formulējums,avots",
    "pl": "e-mail,cel,kanał,zgoda,data,brzmienie,źródło",
    "de": "e-mail,zweck,kanal,einwilligung,datum,wortlaut,quelle",
}
ROWS = (
    "a@example.org,marketing,email,yes,2024-01-02,v1,web form\n"
    "a@example.org,surveys,email,yes,2024-01-02,v1,web form\n"
    "a@example.org,marketing,sms,no,2024-01-03,,telephone\n"
    "b@example.org,marketing,email,yes,2024-02-01,v1,web form\n"
    "b@example.org,marketing,email,no,2024-03-01,,letter\n"
)


def who(mail: str) -> int:
    return int(Identity.objects.get(kind="email", key=mail).customer_id)


def why(mail: str, purpose: str = "marketing", channel: str = "email", topic: str = "") -> str:
    return consent.state_of(who(mail), purpose, channel, topic).why


@pytest.mark.parametrize("language", TITLES)
def test_statements_are_recognised(shop, language, database) -> None:
    if language != "en" and database != "sqlite":
        pytest.skip("titles are the same on every database")
    result = shop.text(f"{TITLES[language]}\n{ROWS}", "file.csv")
    assert result.files[0].kind == "consent"
    assert (result.counts.kept, result.counts.set_aside) == (5, 0)
    assert (why("a@example.org"), why("a@example.org", "surveys"), why("a@example.org", channel="sms")) == (
        "given",
        "given",
        "refused",
    )
    assert why("b@example.org") == "refused"
    row = Consent.objects.filter(customer_id=who("a@example.org")).order_by("pk").first()
    assert (row.wording, row.source, row.verified) == ("v1", f"import {result.import_ids[0]}, web form", True)
    assert row.recorded_at.date().isoformat() == "2024-01-02"


def test_twice_is_once_and_a_later_file_adds_what_is_new(shop) -> None:
    text = f"{TITLES['en']}\n{ROWS}"
    shop.text(text, "one.csv")
    again = shop.text(text + "a@example.org,marketing,email,no,2024-05-01,,letter\n", "two.csv")
    assert (again.counts.kept, again.counts.unchanged) == (1, 5)
    assert why("a@example.org") == "refused"
    assert Consent.objects.count() == 6
    undated = "email,purpose,channel,consent\na@example.org,marketing,email,no\n"
    assert shop.text(undated, "three.csv", kind="consent").counts.unchanged == 1


def test_a_dry_run_says_so_and_changes_nothing(shop) -> None:
    result = shop.text(f"{TITLES['en']}\n{ROWS}", "file.csv", dry_run=True)
    assert result.counts.kept == 5
    assert not Consent.objects.exists()
    assert not Customer.objects.exists()


def test_what_is_not_said_is_not_made_up(shop) -> None:
    result = shop.text(
        """
        email,purpose,channel,topic,consent,date
        a@example.org,,,,yes,2024-01-02
        b@example.org,,,,no,2024-01-02
        c@example.org,marketing,all,,yes,2024-01-02
        d@example.org,world peace,email,,yes,2024-01-02
        e@example.org,marketing,pigeon,,yes,2024-01-02
        f@example.org,marketing,email,,,2024-01-02
        ,marketing,email,,yes,2024-01-02
        g@example.org,marketing,email,News,yes,2024-01-02
        """,
        "file.csv",
        kind="consent",
    )
    assert (result.counts.kept, result.counts.set_aside) == (3, 5)
    assert (why("a@example.org"), why("b@example.org"), why("b@example.org", channel="sms")) == (
        "given",
        "refused",
        "refused",
    )
    assert (why("g@example.org", topic="News"), why("g@example.org")) == ("given", "never asked")


def test_a_yes_without_proof_gives_way_to_whoever_knew_the_person(shop) -> None:
    shop.text("email,channel,consent,purpose\na@example.org,email,yes,marketing\n", "claims.csv", kind="consent")
    assert why("a@example.org") == "given"
    assert not Consent.objects.get().verified
    from regulars.customers import actions_consent

    actions_consent.say(who("a@example.org"), "marketing", "email", given=False, source="telephone", verified=True)
    shop.text("email,channel,consent,purpose\na@example.org,email,yes,marketing\n", "more.csv", kind="consent")
    assert why("a@example.org") == "refused"


def test_a_list_of_customers_with_a_column_of_consent_stays_one(shop) -> None:
    text = "customer id,email,name,accepts marketing\nA,a@example.org,Ann,yes\nB,b@example.org,Bo,no\n"
    result = shop.text(text, "people.csv")
    assert result.files[0].kind == "customers"
    assert (why("a@example.org"), why("b@example.org")) == ("given", "refused")
    assert shop.text(text, "again.csv").counts.unchanged == 2
    assert Consent.objects.count() == 2

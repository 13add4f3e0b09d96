"""Who stands in the shop's customer register: its customers, members of organisations, and some who never bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from regulars.demo import names
from regulars.demo.crowd import DAYS, Crowd
from regulars.demo.orders import NUMBERED, UNKNOWN
from regulars.demo.texts import day_writer

Ints = NDArray[np.int64]
ROLES = ("decides", "buys", "uses")
HEADER = (
    "Customer number",
    "Type",
    "Name",
    "Company",
    "Role",
    "E-mail",
    "Phone",
    "Country",
    "City",
    "Birth date",
    "Newsletter",
    "Consent date",
    "Customer since",
    "Source",
)
_FIRST_NUMBER, _FIRST_MEMBER, _FIRST_PROSPECT = 100_001, 300_001, 500_001


@dataclass(frozen=True)
class Register:
    """Texts of each customer of the crowd (in its order), of members, and the rows of customers.csv."""

    number: list[str]
    """ "" for those who never registered."""
    name: list[str]
    company: list[str]
    email: list[str]
    phone: list[str]
    members_from: Ints
    """Position of each customer's first member in `member_number`; a customer without has the next one's."""
    member_number: list[str]
    prospects: list[tuple[str, str, str, str]]
    """Number, name, e-mail and country of people who have bought nothing."""
    rows: list[tuple[str, ...]]


def fill(rng: np.random.Generator, crowd: Crowd, known: Ints, start: date) -> Register:
    """Names, contacts, birthdays and consent; all invented (see `names`)."""
    countries, firm = crowd.countries(), crowd.organisation
    person = names.people(rng, countries)
    firms = iter(names.firms(rng, int(firm.sum())))
    company = [next(firms) if is_firm else "" for is_firm in firm]
    name = [there or own for there, own in zip(company, person, strict=True)]
    serial = [_FIRST_NUMBER + i for i in range(len(crowd))]
    email = [text if k != UNKNOWN else "" for text, k in zip(names.emails(name, serial), known, strict=True)]
    gives_phone = (rng.random(len(crowd)) < 0.6) & (known != UNKNOWN)
    phone = names.phones([code if gives else "" for code, gives in zip(countries, gives_phone, strict=True)])
    number = [str(n) if k == NUMBERED else "" for n, k in zip(serial, known, strict=True)]
    rows = _rows(rng, crowd, start, (number, name, company, email, phone, countries))
    members_from, member_rows = _members(rng, crowd, company)
    prospects, prospect_rows = _prospects(rng, max(len(crowd) // 20, 2), start)
    return Register(
        number=number,
        name=name,
        company=company,
        email=email,
        phone=phone,
        members_from=members_from,
        member_number=[row[0] for row in member_rows],
        prospects=prospects,
        rows=[row for row in rows if row[0]] + member_rows + prospect_rows,
    )


def _rows(rng: np.random.Generator, crowd: Crowd, start: date, texts: tuple[list[str], ...]) -> list[tuple[str, ...]]:
    day = day_writer(start)
    consent = rng.random(len(crowd)) < 0.6
    tells_birthday = (rng.random(len(crowd)) < 0.35) & ~crowd.organisation
    birth, pick, sources = _birthdays(rng, len(crowd)), rng.random(len(crowd)), crowd.sources()
    rows: list[tuple[str, ...]] = []
    for i, (number, name, company, email, phone, country) in enumerate(zip(*texts, strict=True)):
        cities = names.CITIES[country]
        since = day(int(crowd.joined[i]))
        rows.append(
            (
                number,
                "organisation" if company else "person",
                name,
                company,
                "",
                email,
                phone,
                country,
                cities[int(pick[i] * len(cities))],
                birth[i] if tells_birthday[i] else "",
                "yes" if consent[i] else "no",
                since if consent[i] else "",
                since,
                sources[i],
            )
        )
    return rows


def _members(rng: np.random.Generator, crowd: Crowd, company: list[str]) -> tuple[Ints, list[tuple[str, ...]]]:
    """One to three people of each organisation: who decides, who buys, who uses."""
    count = np.where(crowd.organisation, rng.integers(1, 4, len(crowd)), 0)
    owner = np.repeat(np.arange(len(crowd)), count)
    role = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    all_countries = crowd.countries()
    countries = [all_countries[i] for i in owner]
    people = names.people(rng, countries)
    serial = [_FIRST_MEMBER + i for i in range(len(owner))]
    rows: list[tuple[str, ...]] = [
        (str(n), "person", name, company[i], ROLES[r], email, "", country, "", "", "no", "", "", "")
        for n, name, i, r, email, country in zip(
            serial, people, owner, role, names.emails(people, serial), countries, strict=True
        )
    ]
    return np.cumsum(count) - count, rows


def _prospects(
    rng: np.random.Generator, n: int, start: date
) -> tuple[list[tuple[str, str, str, str]], list[tuple[str, ...]]]:
    """People who signed up for the newsletter and have not bought."""
    countries = [("EE", "FI", "DE", "GB")[i] for i in rng.integers(0, 4, n)]
    people = names.people(rng, countries)
    serial = [_FIRST_PROSPECT + i for i in range(n)]
    emails = names.emails(people, serial)
    since = [day_writer(start)(int(i)) for i in np.sort(rng.integers(DAYS // 2, DAYS, n))]
    rows: list[tuple[str, ...]] = [
        (str(number), "person", name, "", "", email, "", country, "", "", "yes", day, "", "social")
        for number, name, email, country, day in zip(serial, people, emails, countries, since, strict=True)
    ]
    return [(row[0], row[2], row[5], row[7]) for row in rows], rows


def _birthdays(rng: np.random.Generator, n: int) -> list[str]:
    year, month, day = rng.integers(1945, 2005, n), rng.integers(1, 13, n), rng.integers(1, 29, n)
    return [f"{d:02d}.{m:02d}.{y}" for d, m, y in zip(day, month, year, strict=True)]

"""What kind of file a table is, from the fields its columns can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from regulars.intake.fields import FIELDS, KINDS, Kind, normal
from regulars.intake.open.sample import Table
from regulars.intake.recognise.assign import AMOUNTS, Assigned, assign
from regulars.intake.recognise.content import Profile

_BUYER = ("customer_ref", "email", "phone", "customer_name", "organisation", "last_name")
_ABOUT_PEOPLE = (
    *("customer_name", "first_name", "last_name", "email", "phone", "country", "city", "birth_date", "consent"),
    *("person_ref", "region", "postcode", "organisation", "language"),
)
_CREATED = (
    *("created at", "created", "date created", "registered", "date add", "luotu", "loodud", "izveidots", "utworzono"),
    *("erstellt am", "erstellt"),
)
_NAMES_AN_ORDER = ("order", "invoice", "tilaus", "tellimus", "arve", "rech", "zam", "pasut", "bestell", "fakt")
_NAMES_A_REFUND = ("refund", "return", "hyvit", "palaut", "tagast", "atmaks", "zwrot", "erstatt", "retour")
_NAMES_A_CONTRACT = (
    *("contract", "subscription", "agreement", "membership", "policy", "sopimus", "jasenyys", "leping", "pusitellimus"),
    *("ligum", "abonement", "umow", "subskrypcj", "abonament", "vertrag", "abo"),
)
_FILE_WORDS: dict[Kind, str] = {
    "lines": "line lines items item transactions rivit read pozycje positionen rindas",
    "orders": "orders order sales tilaukset tellimused pasutijumi zamowienia bestellungen myynti muuk",
    "payments": "payments payment maksut maksed maksajumi platnosci zahlungen",
    "refunds": "refunds refund returns hyvitykset tagastused atmaksas zwroty erstattungen retouren",
    "customers": "customers customer clients contacts asiakkaat kliendid klienti klienci kunden",
    "products": "products product catalog catalogue tuotteet tooted preces produkty produkte artikel",
    "costs": "costs cost kulut kustannukset omahinnad izmaksas koszty kosten",
    "rates": "rates fx exchange kurssit kursid kursi kursy kurse",
    "spend": "spend ads marketing advertising mainonta reklaam reklama werbung",
    "contracts": "contracts contract subscriptions memberships sopimukset lepingud ligumi umowy vertrage abos",
    "consent": "consent consents optins unsubscribes suostumukset nousolekud piekrisanas zgody einwilligungen",
}


def decide(
    table: Table, columns: Sequence[Profile], file_name: str, given: Kind | None
) -> tuple[Kind, Assigned] | None:
    """The kind and its fields' columns, or None when the table is none of them."""
    best: tuple[float, Kind, Assigned] | None = None
    for kind in (given,) if given else KINDS:
        assigned = assign(kind, columns, table)
        worth = _worth(kind, assigned, columns, file_name)
        if given:
            return kind, assigned
        if worth > 0 and (best is None or worth > best[0]):
            best = worth, kind, assigned
    return (best[1], best[2]) if best else None


def _worth(kind: Kind, assigned: Assigned, columns: Sequence[Profile], file_name: str) -> float:
    """0 when it can't be this kind; otherwise how much of the table this kind explains."""
    if not _TESTS[kind](assigned):
        return 0.0
    words = set(normal(file_name).split())
    hint = 0.4 if kind in ("orders", "lines") else 1.2  # "orders.csv" is what people call both
    worth = sum(sure for _, sure in assigned.values()) + (hint if words & set(_FILE_WORDS[kind].split()) else 0.0)
    if kind == "lines" and "order_number" in assigned and assigned["order_number"][0].repeats:
        worth += 1.0
    essential = [f.name for f in FIELDS[kind] if f.essential and f.name in assigned]
    return worth + 0.3 * len(essential) - 0.1 * (len(columns) - len(assigned)) / max(1, len(columns))


def _has(assigned: Assigned, *names: str) -> bool:
    return any(name in assigned for name in names)


def _orders(a: Assigned) -> bool:
    if "ordered_at" not in a or not _has(a, *_BUYER, "order_number"):
        return False
    return not _register(a) and _has(a, "order_number", *AMOUNTS)


def _register(a: Assigned) -> bool:
    """A list of people with the day each was added: every buyer once, no order's number, "created" for a date."""
    key = next((a[name][0] for name in ("customer_ref", "email", "order_number") if name in a), None)
    created = normal(a["ordered_at"][0].title) in _CREATED
    title = normal(a["order_number"][0].title) if "order_number" in a else ""
    named = any(word in title for word in _NAMES_AN_ORDER)
    people = _has(a, "first_name", "customer_name", "email")
    return created and not named and people and key is not None and not key.repeats


def _lines(a: Assigned) -> bool:
    if not _has(a, "product_id", "product_name") or not _has(a, "order_number", "ordered_at"):
        return False
    if not _has(a, "unit_price", "line_total", "total", "quantity"):
        return False
    number = a["order_number"][0] if "order_number" in a else None
    return number is None or number.repeats or _has(a, "unit_price", "line_total", "line_number")


def _payments(a: Assigned) -> bool:
    if not _has(a, "order_number") or not _has(a, "amount"):
        return False
    return "method" in a or "pay" in normal(a["amount"][0].title)


def _refunds(a: Assigned) -> bool:
    told = ("order_number", "amount", "refunded_at", "reason")
    titles = " ".join(normal(a[name][0].title) for name in told if name in a)
    return all(name in a for name in told[:3]) and any(word in titles for word in _NAMES_A_REFUND)


def _customers(a: Assigned) -> bool:
    if not _has(a, "customer_ref", "email") or not _has(a, *_ABOUT_PEOPLE):
        return False
    key = a["customer_ref"][0] if "customer_ref" in a else a["email"][0]
    return key.distinct > 0.9 and sum(name in a for name in ("customer_ref", *_ABOUT_PEOPLE)) >= 2


def _products(a: Assigned) -> bool:
    return (
        "product_id" in a
        and a["product_id"][0].distinct > 0.95
        and _has(a, "product_name", "category", "brand", "durable", "cycle_days")
    )


def _costs(a: Assigned) -> bool:
    return "product_id" in a and "cost" in a and len(a) >= 2


def _rates(a: Assigned) -> bool:
    return all(name in a for name in ("day", "currency", "rate"))


def _spend(a: Assigned) -> bool:
    return all(name in a for name in ("source", "month", "amount"))


def _contracts(a: Assigned) -> bool:
    if "from_day" not in a or not _has(a, "customer_ref", "email", "phone"):
        return False
    title = normal(a["contract_number"][0].title) if "contract_number" in a else ""
    return _has(a, "until_day", "cancelled_on") and any(word in title for word in _NAMES_A_CONTRACT)


def _consent(a: Assigned) -> bool:
    """Statements one by one: not a list of people, which has a column of consent among what they are."""
    if "consent" not in a or not _has(a, "customer_ref", "email", "phone"):
        return False
    return _has(a, "purpose", "channel", "topic") and _has(a, "consent_at", "wording", "purpose")


_TESTS: dict[Kind, Callable[[Assigned], bool]] = {
    "orders": _orders,
    "lines": _lines,
    "payments": _payments,
    "refunds": _refunds,
    "customers": _customers,
    "products": _products,
    "costs": _costs,
    "rates": _rates,
    "spend": _spend,
    "contracts": _contracts,
    "consent": _consent,
}

"""Which customer is meant by what somebody types: never the wrong one, so only a whole key counts."""

from __future__ import annotations

from regulars.base.errors import BadInput, NotFound
from regulars.customers.models import Customer, Identity
from regulars.customers.queries_search import phones


def customer(text: str, *, country: str | None = None) -> int:
    """The customer of that number (#12 is nothing else), or with that id of the shop, e-mail address or phone number.

    country : of the firm, to read a phone number written without its own. Raises NotFound, or BadInput where it may
    be several.
    """
    wanted = text.strip()
    if wanted.startswith("#") and wanted[1:].isdecimal() and Customer.objects.filter(pk=int(wanted[1:16])).exists():
        return int(wanted[1:])
    keys = Identity.objects.filter(kind__in=("ref", "guest"), key=wanted)
    keys |= Identity.objects.filter(kind="email", key=wanted.lower())
    keys |= Identity.objects.filter(kind="phone", key__in=phones(wanted, country))
    found = set(keys.values_list("customer_id", flat=True))
    if wanted.isdecimal() and len(wanted) < 16:
        found |= set(Customer.objects.filter(pk=int(wanted)).values_list("pk", flat=True))
    if not found:
        raise NotFound(
            f"Nobody here is known by '{wanted}'. Give the customer's number in Regulars, the shop's own id, the "
            "e-mail address or the phone number, written out in full."
        )
    if len(found) > 1:
        numbers = ", ".join(f"#{number}" for number in sorted(found))
        raise BadInput(
            f"'{wanted}' may be several customers: {numbers}. Give the number of the one you mean, with its #."
        )
    return found.pop()

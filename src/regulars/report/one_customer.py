"""Why one customer is judged as they are, in words: for those who ask what is held about them."""

from __future__ import annotations

from regulars.base.errors import NotFound
from regulars.platform.workspace import Workspace
from regulars.report import words
from regulars.report.formats import Formats


def reasons(workspace: Workspace, customer_id: int) -> list[str]:
    """A sentence for each reason; none where they weren't judged yet."""
    from regulars.customers import queries_one

    firm = workspace.settings.firm
    currency = firm.currency or "EUR"
    try:
        found = queries_one.one(customer_id, currency=currency)
    except NotFound:
        return []
    return [words.sentence(reason, Formats(currency, firm.language)) for reason in found.reasons]

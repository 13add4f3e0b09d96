"""What this room lets lists, audiences and templates ask about a customer."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext_noop as _

from regulars.platform import registry
from regulars.platform.registry import Field

_Type = Literal["text", "number", "money", "share", "day", "truth", "choice"]

ROOM = "customers"
VALUE = "customers.value"

# Insight's words (also those of one-off firms and of durables), as screens say them.
STANDING_WORDS = {
    "current": _("current"),
    "slipping": _("slipping away"),
    "lapsed": _("lapsed"),
    "won back": _("won back"),
    "prospect": _("prospect"),
    "recent": _("recent"),
    "not recent": _("not recent"),
    "too early": _("too early to tell"),
    "not judged": _("not judged yet"),
}
RUNG_WORDS = {
    "prospect": _("prospect"),
    "buyer": _("buyer"),
    "repeat": _("repeat buyer"),
    "regular": _("regular"),
    "client": _("client"),
    "extraordinary": _("extraordinary client"),
}
_KINDS = (("person", _("Person")), ("organisation", _("Organisation")))


def fields() -> tuple[Field, ...]:
    """All of them, in the order in which screens offer them."""

    def of(name: str, label: str, kind: _Type, column: str = "", permission: str = "") -> Field:
        return Field(name, label, kind, "store", ROOM, column or f"picture__{name}", permission=permission)

    return (
        Field("standing", _("Standing"), "choice", "store", ROOM, "picture__standing", tuple(STANDING_WORDS.items())),
        Field("rung", _("Rung"), "choice", "store", ROOM, "picture__rung", tuple(RUNG_WORDS.items())),
        of("value_365", _("Value of the next year"), "money", permission=VALUE),
        of("value_at_risk", _("Value at risk"), "money", permission=VALUE),
        of("realised_value", _("Value so far"), "money", permission=VALUE),
        of("sales", _("Sales so far"), "money", permission=VALUE),
        of("sales_365", _("Sales of the last year"), "money", permission=VALUE),
        of("client_score", _("Client score"), "number"),
        of("p_return", _("Chance of return"), "share"),
        of("fading", _("Comes less and less often"), "truth"),
        of("seasonal", _("Comes in a season"), "truth"),
        of("occasions", _("Occasions"), "number"),
        of("orders", _("Orders"), "number"),
        of("first_day", _("First bought"), "day"),
        of("last_day", _("Last bought"), "day"),
        of("late_after_day", _("Late after"), "day"),
        of("next_in", _("Days until the next occasion"), "number"),
        of("country", _("Country"), "text"),
        of("organisation", _("Organisation"), "text"),
        Field("kind", _("Person or organisation"), "choice", "store", ROOM, "kind", _KINDS),
        of("tag", _("Tag"), "text", "tags__tag__name"),
        of("owner", _("Looked after by"), "number", "owner_staff_id"),
        of("language", _("Language"), "text", "language"),
    )


def register() -> None:
    """Add them to the registry."""
    registry.fields.add(*fields())

"""What to do next with one customer: a plain rule on standing, rung and chance, until rooms above know better."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

DEEP = ("regular", "client", "extraordinary")
LIKELY = 0.6
"""With this chance of return by themselves, a light touch will do."""


@dataclass(frozen=True)
class Step:
    """What to do, and why."""

    title: str
    why: str


def step(standing: str, rung: str, p_return: float | None, *, at_risk: int) -> Step | None:
    """The next step, None where leaving them alone is best. `at_risk`: yearly value that goes if they go."""
    chance = p_return or 0.0
    if standing == "slipping" and rung in DEEP:
        return Step(
            _("Call and ask how they are"), _("A regular who is late: a personal word keeps more than an offer.")
        )
    if standing == "slipping" and chance < LIKELY:
        return Step(
            _("Write to them"), _("They should have bought by now, and most like them won't come by themselves.")
        )
    if standing == "lapsed" and rung in DEEP and at_risk > 0:
        return Step(_("Ask once what went wrong"), _("A former regular: an honest question is worth one call."))
    if standing == "won back":
        return Step(_("Thank them for coming back"), _("The next purchase decides whether they stay."))
    if standing in ("current", "recent") and rung == "buyer":
        return Step(_("Help them to a second purchase"), _("Whoever buys twice is far more likely to stay."))
    return None

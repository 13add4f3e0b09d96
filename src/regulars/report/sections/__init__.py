"""The report's sections, in the order in which one would tell a board: the state first, then why, then how sure.

Each module writes the blocks of one or two sections from the figures; `document` puts them together and leaves out
what there is nothing to say about.
"""

from __future__ import annotations

from collections.abc import Mapping

from regulars.base.words import say, say_many, spoken
from regulars.insight.figures import Firm
from regulars.report import formats
from regulars.report.blocks import Document
from regulars.report.sections import accuracy, calls, loyalty, movement, notes, replay, today
from regulars.report.view import About, View


def document(firm: Firm, names: Mapping[int, str], about: About) -> Document:
    """The whole report; `names` says what to call the customers of its lists (missing ones go by number)."""
    view = View(firm, names, about)
    parts = (
        today.section(view),
        movement.sales(view),
        movement.ladder(view),
        loyalty.cohorts(view),
        loyalty.concentration(view),
        accuracy.hold(view),
        calls.slipping(view),
        calls.near_extraordinary(view),
        replay.section(view),
        accuracy.trust(view),
        notes.assumptions(view),
        notes.words(view),
    )
    return Document(
        firm=about.name,
        title=say("Your customers"),
        subtitle=formats.weekday(firm.as_of),
        sections=tuple(part for part in parts if part is not None),
        footer=_footer(view),
        language=spoken().language,
    )


def _footer(view: View) -> str:
    firm = view.firm
    if firm.first_day is None or firm.last_day is None:
        return say("Made by Regulars. No orders yet.")
    return say_many(
        "Made by Regulars from {n} order between {first} and {last}. Figures about the future are guesses; a range "
        "holds four times out of five.",
        "Made by Regulars from {n} orders between {first} and {last}. Figures about the future are guesses; a range "
        "holds four times out of five.",
        firm.orders,
        n=view.f.number(firm.orders),
        first=formats.day(firm.first_day),
        last=formats.day(firm.last_day),
    )

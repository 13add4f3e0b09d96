"""What Regulars writes to members of staff. The words are in `templates/staff/letters`."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from regulars.platform import store
from regulars.staff import links, mail, roles
from regulars.staff.models import Link, Staff


def invite(email: str, role: str, address: str, inviter: Staff) -> None:
    """Send an invitation. Raises BadInput that says what failed."""
    context = {"address": address, "role": roles.ROLES[role], "inviter": inviter.name or inviter.email}
    days = links.LASTS[Link.Kind.INVITATION].days
    _send(email, _("You are invited to {firm}").format(firm=_firm()), "invitation", {**context, "days": days})


def reset(member: Staff, address: str) -> None:
    """Send the address at which a member chooses a new password. Raises BadInput that says what failed."""
    with translation.override(member.language or store.opened().settings.firm.language):
        minutes = int(links.MAILED_RESET_LASTS.total_seconds() // 60)
        subject = _("A new password for {firm}").format(firm=_firm())
        _send(member.email, subject, "reset", {"address": address, "name": member.name, "minutes": minutes})


def _send(to: str, subject: str, letter: str, context: dict[str, object]) -> None:
    text = render_to_string(f"staff/letters/{letter}.txt", {"firm": _firm(), **context})
    mail.send(to, " ".join(subject.split()), text)


def _firm() -> str:
    return store.opened().settings.firm.name or "Regulars"

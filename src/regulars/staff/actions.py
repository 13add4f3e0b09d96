"""What changes members of staff. Each is one transaction, and is noted in the audit log."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict
from regulars.platform import audit
from regulars.staff import links, roles, visits
from regulars.staff.models import Link, Role, Staff


def checked_email(text: str) -> str:
    """The address in the form in which it is kept.

    Raises BadInput when it isn't one.
    """
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise BadInput(_("This is not an e-mail address.")) from None
    return email


def new_member(email: str, name: str, role: str, password: str) -> Staff:
    """A member, within the caller's transaction.

    Raises BadInput for an address that is taken.
    """
    try:
        with transaction.atomic():
            made: Staff = Staff.objects.create_user(
                email, password, name=name.strip(), role=role, created_at=clock.now()
            )
    except IntegrityError:
        raise BadInput(_("Somebody with this address is a member already.")) from None
    return made


@transaction.atomic
def invite(by: Staff, email: str, role: str) -> str:
    """The address through which `email` becomes a member with `role`; an earlier one becomes useless.

    Raises BadInput for what isn't an address or a role, or for a member.
    """
    email = checked_email(email)
    _known_role(role)
    if Staff.objects.filter(email=email).exists():
        raise BadInput(_("Somebody with this address is a member already."))
    links.revoke(kind=Link.Kind.INVITATION, email=email)
    address = links.make(Link.Kind.INVITATION, email=email, role=role, made_by=by.pk)
    invitation = Link.objects.filter(kind=Link.Kind.INVITATION, email=email).latest("pk")
    audit.note("staff.invited", object=f"invitation {invitation.pk}", role=role)
    return address


@transaction.atomic
def take_back_invitation(invitation: int) -> None:
    """The invitation can't be used any more."""
    if links.revoke(kind=Link.Kind.INVITATION, pk=invitation):
        audit.note("staff.invitation_taken_back", object=f"invitation {invitation}")


@transaction.atomic
def join(invitation: Link, *, name: str, password: str) -> Staff:
    """The member who was invited.

    Raises Conflict when the link is used by now, BadInput when they are a member already.
    """
    links.take(invitation)
    member = new_member(invitation.email, name, invitation.role, password)
    audit.note("staff.joined", object=f"member {member.pk}", role=member.role, invitation=invitation.pk)
    return member


@transaction.atomic
def change_role(member: int, role: str) -> Staff:
    """Give a member another role, which holds from their next click on.

    Raises BadInput for what isn't a role, Conflict when nobody could manage members afterwards.
    """
    _known_role(role)
    changed, is_last = _locked_with_owners(member)
    before = changed.role
    if before == role:
        return changed
    _keep_an_owner(is_last=is_last)
    changed.role = role
    changed.save(update_fields=["role"])
    audit.note("staff.role_changed", object=f"member {member}", before=before, after=role)
    return changed


@transaction.atomic
def deactivate(member: int) -> Staff:
    """Shut a member out; all their visits end at once, and links for them are useless.

    Raises Conflict when nobody could manage members afterwards.
    """
    changed, is_last = _locked_with_owners(member)
    if not changed.is_active:
        return changed
    _keep_an_owner(is_last=is_last)
    changed.is_active = False
    changed.save(update_fields=["is_active"])
    visits.end(changed)
    links.revoke(kind=Link.Kind.RESET, member=changed)
    audit.note("staff.deactivated", object=f"member {member}")
    return changed


@transaction.atomic
def reactivate(member: int) -> Staff:
    """Let a member in again, with their old password."""
    changed = _locked(member)
    if not changed.is_active:
        changed.is_active = True
        changed.save(update_fields=["is_active"])
        audit.note("staff.reactivated", object=f"member {member}")
    return changed


@transaction.atomic
def change_details(member: Staff, *, name: str, language: str) -> None:
    """Another name, or another language of screens (empty follows the browser)."""
    changed = [field for field, new in (("name", name), ("language", language)) if getattr(member, field) != new]
    member.name, member.language = name, language
    if changed:
        member.save(update_fields=changed)
        audit.note("staff.details_changed", object=f"member {member.pk}", fields=changed)


@transaction.atomic
def change_password(member: Staff, password: str, *, session_key: str | None = None) -> None:
    """A new password; visits end on all devices but the one with `session_key`, links to reset it are useless."""
    member.set_password(password)
    member.save(update_fields=["password"])
    visits.end(member, but=session_key)
    links.revoke(kind=Link.Kind.RESET, member=member)
    audit.note("staff.password_changed", object=f"member {member.pk}")


@transaction.atomic
def make_reset_link(by: Staff | None, member: int) -> str:
    """The address at which a member chooses a new password; an owner hands it over. Earlier ones become useless.

    by : the owner, None for who has the server itself.

    Raises Conflict for a member who is shut out.
    """
    forgetful = _locked(member)
    if not forgetful.is_active:
        raise Conflict(_("This member is shut out. Let them in again first."))
    links.revoke(kind=Link.Kind.RESET, member=forgetful)
    audit.note("staff.reset_link_made", object=f"member {member}")
    return links.make(Link.Kind.RESET, member=forgetful, made_by=by.pk if by else None)


@transaction.atomic
def reset_password(link: Link, password: str) -> Staff:
    """The new password of the link's member, whose visits end everywhere.

    Raises Conflict when the link is used by now or the member is shut out.
    """
    member = _locked(link.member_id or 0)  # before the link, as in `deactivate`: two orders could block each other
    links.take(link)
    if not member.is_active:
        raise Conflict(_("This member is shut out."))
    change_password(member, password)
    return member


def _locked(member: int) -> Staff:
    return Staff.objects.select_for_update().get(pk=member)


def _known_role(role: str) -> None:
    if role not in roles.ROLES:
        raise BadInput(_("Choose one of the roles."))


def _locked_with_owners(member: int) -> tuple[Staff, bool]:
    """The member, and whether they are the only owner who can sign in."""
    # All at once and in the order of their numbers: of two owners who step down at the same time one must see the
    # other, and neither may wait for a row that the other holds.
    concerned = Staff.objects.select_for_update().filter(Q(pk=member) | Q(role=Role.OWNER, is_active=True))
    rows = {row.pk: row for row in concerned.order_by("pk")}
    owners = {row.pk for row in rows.values() if row.role == Role.OWNER and row.is_active}
    return rows[member], owners == {member}


def _keep_an_owner(*, is_last: bool) -> None:
    """Raises Conflict when the last owner who can sign in would go."""
    if is_last:
        raise Conflict(_("This is the last owner. Make somebody else an owner first."))

"""What each role may do, and that the documentation says the same."""

from __future__ import annotations

import pytest
from tests.docs.documents import DOCS

from regulars.staff import roles
from regulars.staff.models import Role

MONEY = "customers.value"
CONTACT = "customers.contact"


def test_the_roles_are_those_of_the_table_of_members() -> None:
    assert list(roles.ROLES) == list(roles.DUTIES) == Role.values


def test_the_owner_may_do_everything() -> None:
    assert roles.permissions(roles.OWNER) == set(roles.PERMISSIONS)


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role != roles.OWNER])
@pytest.mark.parametrize(
    "permission",
    ["customers.forget", "staff.edit", "keys.edit", "audit.view", "settings.edit", "backups.edit", "privacy.edit"],
)
def test_only_the_owner_may_do_what_cannot_be_undone_or_lets_others_in(role: str, permission: str) -> None:
    assert not roles.may(role, permission)
    assert roles.may(roles.OWNER, permission)


def test_who_sees_money_and_who_sees_contact_data() -> None:
    assert {role for role in roles.ROLES if roles.may(role, MONEY)} == {"owner", "marketer", "analyst", "viewer"}
    assert {role for role in roles.ROLES if roles.may(role, CONTACT)} == {"owner", "marketer", "agent"}


@pytest.mark.parametrize("role", ["analyst", "viewer"])
def test_who_only_looks_changes_no_customer(role: str) -> None:
    editing = {"customers.edit", "customers.merge", "customers.forget", "consent.edit", "notes.edit", "tasks.edit"}
    assert not roles.permissions(role) & editing


@pytest.mark.parametrize("nobody", [None, "", "stranger", "Owner"])
def test_nobody_may_do_nothing(nobody: str | None) -> None:
    assert not any(roles.may(nobody, permission) for permission in roles.PERMISSIONS)


def test_a_permission_that_does_not_exist_is_a_fault() -> None:
    with pytest.raises(KeyError):
        roles.may(roles.OWNER, "customers.veiw")


def test_the_documentation_has_the_same_table() -> None:
    text = (DOCS / "staff.md").read_text(encoding="utf-8")
    said = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 2 + len(roles.ROLES):
            said[cells[0].strip("`")] = {role for role, cell in zip(roles.ROLES, cells[2:], strict=True) if cell}
    assert said == {p: {r for r in roles.ROLES if roles.may(r, p)} for p in roles.PERMISSIONS}

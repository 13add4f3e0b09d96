"""`regulars key` and `regulars password`, for when there is no console."""

from __future__ import annotations

import json

from tests.members import browser, member
from typer.testing import CliRunner

from regulars.cli.app import app
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import keys, second_factor
from regulars.staff.models import Staff


def test_the_command_makes_a_key(workspace: Workspace) -> None:
    made = CliRunner().invoke(
        app, ["key", "Shop", "--scope", "ingest", "--scope", "read", "--home", str(workspace.path), "--json"]
    )
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    key = keys.authenticate(told["key"])
    assert key is not None
    assert (key.name, key.scopes) == (told["name"], told["scopes"]) == ("Shop", ["ingest", "read"])
    assert AuditEntry.objects.get(action="key.made").actor == "command"
    plain = CliRunner().invoke(app, ["key", "Shop", "--scope", "read", "--home", str(workspace.path)])
    assert keys.authenticate(plain.stdout.strip())
    wrong = CliRunner().invoke(app, ["key", "Shop", "--scope", "all", "--home", str(workspace.path)])
    assert wrong.exit_code == 1
    assert "ingest, read, contact, write, till" in wrong.stderr


def test_the_command_lets_an_owner_in_again(workspace: Workspace) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    owner = member("owner")
    TOTP.activate(owner, second_factor.new_secret())
    RecoveryCodes.activate(owner)
    made = CliRunner().invoke(app, ["password", "Owner@kohvik.example", "--home", str(workspace.path)])
    assert made.exit_code == 0, made.output
    assert second_factor.has(owner)
    page = made.stdout.strip().removeprefix(workspace.settings.web.address)
    chosen = {"password": "seven green chairs", "again": "seven green chairs"}
    assert browser().post(page, chosen, headers={"host": "127.0.0.1"})["Location"] == "/staff/sign-in/"
    assert Staff.objects.get().check_password("seven green chairs")
    assert AuditEntry.objects.get(action="staff.reset_link_made").actor_name == "regulars password"
    arguments = ["password", owner.email, "--without-two-factor", "--home", str(workspace.path), "--json"]
    assert "/staff/reset/" in json.loads(CliRunner().invoke(app, arguments).stdout)["link"]
    assert not second_factor.has(owner)


def test_the_command_says_when_nobody_has_the_address(workspace: Workspace) -> None:
    wrong = CliRunner().invoke(app, ["password", "nobody@kohvik.example", "--home", str(workspace.path)])
    assert wrong.exit_code == 1
    assert "Nobody has the address" in wrong.stderr

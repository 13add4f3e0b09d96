"""docs/commandline.md names every command and option, and none that isn't there."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from tests.docs.documents import DOCS, sections

from regulars.cli.app import app

EVERYWHERE = {"--home", "--json", "--help", "--version"}


def described(text: str) -> dict[str, str]:
    """Command -> its section."""
    found = {}
    for heading, body in sections(text).items():
        match = re.match(r"`regulars (\w+)", heading)
        if match:
            found[match[1]] = heading + body
    return found


def options(command: Any) -> set[str]:
    """Long names of all options."""
    names = (name for p in command.params if p.param_type_name == "option" for name in [*p.opts, *p.secondary_opts])
    return {name for name in names if name.startswith("--")}


TEXT = (DOCS / "commandline.md").read_text(encoding="utf-8")
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands


def test_every_command_has_a_section_and_no_section_lacks_its_command() -> None:
    assert set(described(TEXT)) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_described_and_every_described_one_is_there(name: str) -> None:
    in_text = set(re.findall(r"--[a-z][a-z-]+", described(TEXT)[name]))
    assert options(COMMANDS[name]) - EVERYWHERE <= in_text
    # A section may point at another command's option, as "`import --save-map`" does.
    of_others = {option for command in COMMANDS.values() for option in options(command)} | EVERYWHERE
    in_tables = {
        option
        for row in re.findall(r"^\| *(`--[^|]*)\|", described(TEXT)[name], flags=re.MULTILINE)
        for option in re.findall(r"--[a-z][a-z-]+", row)
    }
    assert in_text <= of_others
    assert in_tables <= options(COMMANDS[name]) | EVERYWHERE


def test_options_of_all_commands_are_described_at_the_top() -> None:
    top = TEXT.split("\n## ")[0]
    assert all(option in top for option in EVERYWHERE)
    assert all(f"regulars {name}" in top for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_says_what_each_command_and_option_does(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name} has no help"


def test_exit_codes_are_described() -> None:
    assert all(re.search(rf"\b{code}: ", TEXT) for code in (0, 1, 2, 3, 130))


def test_a_forgotten_option_would_be_seen() -> None:
    """Negative control: take one away from the text, and the comparison fails."""
    without = TEXT.replace("--dry-run", "--dry")
    assert not options(COMMANDS["import"]) - EVERYWHERE <= set(
        re.findall(r"--[a-z][a-z-]+", described(without)["import"])
    )

"""Every action that anything records in the audit log has words, and nothing else has."""

from __future__ import annotations

import ast
from pathlib import Path

from regulars import __file__ as package
from regulars.staff.audit_words import WORDS
from regulars.staff.views.audit import in_words

SOURCE = Path(package).parent
TOLD = {
    "customers/actions_consent.py": {"consent.given", "consent.refused", "consent.asked"},
    "customers/actions_work.py": {"note.added", "note.removed", "task.given", "task.finished", "task.reopened"},
    "stream/webhooks.py": {"webhook.enabled", "webhook.disabled"},
}
"""Programs that put the action's name together."""


def recorded(text: str) -> tuple[set[str], bool]:
    """Actions that a program records by name, and whether it records some whose name it puts together."""
    names, others = set(), False
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "note"):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "audit":
            action = node.args[0]
            if isinstance(action, ast.Constant):
                names.add(str(action.value))
            else:
                others = True
    return names, others


def everything() -> set[str]:
    """All actions that this package records."""
    found: set[str] = set()
    put_together = set()
    for path in SOURCE.rglob("*.py"):
        names, others = recorded(path.read_text(encoding="utf-8"))
        found |= names
        if others:
            put_together.add(path.relative_to(SOURCE).as_posix())
    assert put_together == set(TOLD), "say here which actions they record"
    return found.union(*TOLD.values())


def test_every_action_has_words() -> None:
    assert everything() - set(WORDS) == set(), "add them to staff/audit_words.py"


def test_no_words_are_left_over() -> None:
    assert set(WORDS) - everything() == set()


def test_no_two_actions_are_called_the_same() -> None:
    assert len({str(words) for words in WORDS.values()}) == len(WORDS)


def test_an_action_without_words_would_be_seen() -> None:
    """Negative control."""
    assert recorded('audit.note("moon.landed", object="x")') == ({"moon.landed"}, False)
    assert recorded("audit.note(name)") == (set(), True)
    assert recorded('other.note("x.y")') == (set(), False)
    assert in_words("moon.landed") == "Moon landed"
    assert in_words("customer.forgotten") == "Forgot a customer"

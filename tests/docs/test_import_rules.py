"""docs/importing.md explains every rule that an import counts, as `regulars import` promises when it shows them."""

from __future__ import annotations

import ast
import re

from tests.docs.documents import DOCS, ROOT

from regulars.cli.import_shown import rule_words
from regulars.intake.reasons import TEXTS

ASSEMBLY = ROOT / "src" / "regulars" / "intake" / "assemble"


def rules() -> set[str]:
    """Names under which something is counted: keys of the dicts in rules.py, and what the other files tally."""
    names = set()
    for node in ast.walk(ast.parse((ASSEMBLY / "rules.py").read_text(encoding="utf-8"))):
        keys = node.keys if isinstance(node, ast.Dict) else [node.slice] if isinstance(node, ast.Subscript) else []
        names |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    for file in ASSEMBLY.glob("*.py"):
        names |= set(re.findall(r"tally\[\"(\w+)\"\]", file.read_text(encoding="utf-8")))
    return names


def test_every_rule_is_explained() -> None:
    text = (DOCS / "importing.md").read_text(encoding="utf-8")
    assert {"test_orders", "guest_orders", "fee_lines", "taken_back_by_name"} <= rules()
    assert {name for name in rules() if f"`{name}`" not in text} == set()


def test_every_rule_has_words_for_the_screen() -> None:
    assert set(rule_words()) == rules()


def test_every_reason_says_what_to_do() -> None:
    """A row set aside is explained in full sentences, the last of which is the cure."""
    for code, (together, alone) in TEXTS.items():
        assert together[0].isupper(), code
        assert alone.endswith("."), code
        assert re.search(r"\b(import|Import|Add|Correct|Give|Mend|mend)\b", alone), code

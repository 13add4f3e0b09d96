"""Every reason code in the source has its sentence."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.docs.documents import ROOT

from regulars.report.words import fields, sentences


def codes(source: Path) -> dict[str, str]:
    """Reason codes written as text in the source -> where."""
    found: dict[str, str] = {}
    for file in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            first = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "code"), None)
            if name == "Reason" and first is not None:
                for leaf in _texts(first):
                    found.setdefault(leaf, f"{file.relative_to(source)}:{node.lineno}")
    return found


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return []


def test_every_reason_has_its_sentence() -> None:
    given = codes(ROOT / "src" / "regulars")
    assert given
    missing = {code: where for code, where in given.items() if code not in sentences()}
    assert not missing


def test_a_reason_without_a_sentence_would_be_seen(tmp_path: Path) -> None:
    """Negative control."""
    (tmp_path / "some.py").write_text("Reason('never_heard_of' if x else 'late', {'n': 1})\n")
    assert set(codes(tmp_path)) == {"never_heard_of", "late"}
    assert "never_heard_of" not in sentences()


def test_a_sentence_uses_only_the_figures_its_reason_brings() -> None:
    wrong = []
    for file in sorted((ROOT / "src" / "regulars").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name("Reason"), [ast.Constant(str() as code), ast.Dict(keys)]):
                    brought = {key.value for key in keys if isinstance(key, ast.Constant)}
                    known = None not in keys  # nothing is unpacked into it
                    fits = [{name for name, _ in fields(text)} <= brought for text in sentences()[code]]
                    if known and not any(fits):
                        wrong.append(f"{file.name}:{node.lineno} {code} brings {sorted(map(str, brought))}")
    assert not wrong

"""Links between documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.documents import documents, relative_links


def anchors(text: str) -> set[str]:
    """Names of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(document: Path) -> list[str]:
    """Relative links of a document that lead nowhere."""
    out = []
    for link in relative_links(document.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = document if not name else document.parent / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            out.append(link)
    return out


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_relative_link_resolves(document: Path) -> None:
    assert broken(document) == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    readme, *others = documents()
    reached, waiting = {readme}, [readme]
    while waiting:
        here = waiting.pop()
        for link in relative_links(here.read_text(encoding="utf-8")):
            target = (here.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert set(others) <= reached


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    """Negative control."""
    (tmp_path / "a.md").write_text("# One\n[x](b.md) [y](#one) [z](#two) [w](https://example.org/b.md) `[q](c.md)`\n")
    assert broken(tmp_path / "a.md") == ["b.md", "#two"]

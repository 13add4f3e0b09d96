"""Reading the documents: sections, tables, fenced commands, links; and which files are committed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
_IGNORED = {".git", ".venv", "build", "dist", "__pycache__", "node_modules"}


def documents() -> list[Path]:
    """README and everything in docs/."""
    return [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def committed_files() -> list[Path]:
    """What `git ls-files` names; outside a checkout every file that isn't a build's or a tool's."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not _IGNORED & set(p.relative_to(ROOT).parts)]


def sections(text: str, mark: str = "##") -> dict[str, str]:
    """Heading -> text below it, up to the next heading of the same depth."""
    parts = re.split(rf"^{mark} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def fenced(text: str, language: str) -> list[str]:
    """The bodies of all blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Every command line in the sh blocks, without comments and prompts."""
    lines = (line.split(" #")[0].strip() for block in fenced(text, "sh") for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def first_cells(text: str) -> list[list[str]]:
    """Of each table row the codes (`...`) in its first cell."""
    rows = re.findall(r"^\| *(`[^|]*)\|", text, flags=re.MULTILINE)
    return [re.findall(r"`([^`]+)`", cell) for cell in rows]


def relative_links(text: str) -> list[str]:
    """Targets of links and pictures that are not web addresses."""
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", without_code)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]

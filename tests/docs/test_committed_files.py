"""No committed file names a package index or a folder of somebody's machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.documents import ROOT, committed_files

# Put together from halves, so that this file doesn't contain what it looks for.
_PATTERNS = {
    "a package index": re.compile(
        r"(?<!no-emit-)(?:extra-)?index" + r"-url|(?<!no-emit-)find" + r"-links|(?<!no-emit-)trusted" + r"-host"
        r"|https?://\S*/sim" + r"ple(?:/|\b)|py" + r"pi\.org/sim" + r"ple|files\.pythonhosted\."
    ),
    "a package file": re.compile(r"https?://[^\s\"')]+\.(?:w" + r"hl|tar\.gz|tgz)\b"),
    "a folder of a machine": re.compile(
        r"(?<![\w.])/(?:home|Users|root|workspace|work)/" + r"[A-Za-z]|[A-Za-z]:\\Users\\" + r"\w"
    ),
}
_READ = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".cfg",
    ".ini",
    ".yml",
    ".yaml",
    ".json",
    ".html",
    ".css",
    ".typ",
    ".svg",
    ".sh",
    "",
}


def found_in(text: str) -> list[str]:
    """What a text gives away, as "kind: match"."""
    return [f"{kind}: {match[0]}" for kind, pattern in _PATTERNS.items() for match in pattern.finditer(text)]


def test_no_committed_file_gives_a_machine_away() -> None:
    seen = {
        str(path.relative_to(ROOT)): found
        for path in committed_files()
        if path.suffix in _READ and (found := found_in(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert seen == {}


def test_the_look_covers_the_project() -> None:
    names = {str(path.relative_to(ROOT)) for path in committed_files()}
    assert {"README.md", "Makefile", "pyproject.toml", "requirements/dev.txt", ".ci/run"} <= names


@pytest.mark.parametrize(
    "text",
    [
        "--index" + "-url https://mirror.example/sim" + "ple",
        "pip install https://mirror.example/regulars-0.1.w" + "hl",
        "see https://example.org/a/b-1.0.tar" + ".gz",
        "open('/ho" + "me/anna/orders.csv')",
        "cd /wo" + "rk/main",
        "C:" + "\\Users\\anna",
    ],
)
def test_what_it_looks_for_would_be_found(text: str) -> None:
    """Negative control."""
    assert found_in(text)


@pytest.mark.parametrize(
    "text", ["pip-compile --no-emit-index" + "-url", "rates/work/plan", "docs/home.md", "a simple file"]
)
def test_what_is_harmless_is_left_alone(text: str) -> None:
    assert not found_in(text)


def test_scratch_is_not_committed() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in committed_files()}
    assert tops <= {
        ".ci", ".gitignore", "LICENSE", "Makefile", "README.md", "benchmarks", "docs", "hard", "pyproject.toml",
        "requirements", "src", "tests",
    }  # fmt: skip
    assert not [path for path in committed_files() if path.suffix in {".pyc", ".sqlite3", ".log", ".tmp", ".bak"}]


def test_paths_are_portable() -> None:
    """No name that Windows or macOS would stumble over."""
    names = [path.relative_to(ROOT) for path in committed_files()]
    assert all(re.fullmatch(r"[\w.\-/ ]+", name.as_posix()) for name in names)
    assert len({name.as_posix().casefold() for name in names}) == len(names)
    assert all(len(Path(name).as_posix()) < 180 for name in names)

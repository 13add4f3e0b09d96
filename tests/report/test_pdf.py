"""The PDF: every firm can be printed, names stay text, the same sentences as the page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.report import firms

from regulars.insight.figures import Firm
from regulars.report import pdf
from regulars.report.view import About


def text_of(path: Path) -> str:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext (poppler-utils) is not installed, so the words of a PDF can't be read back")
    return subprocess.run([tool, "-layout", str(path), "-"], capture_output=True, check=True, text=True).stdout


def test_every_firm_can_be_printed(firm: Firm, about: About, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    pdf.write(firm, firms.hostile_names(firm), path, about=about)
    assert path.read_bytes().startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == [path]


def test_the_words_are_those_of_the_page(tmp_path: Path) -> None:
    firm = firms.repeat_shop()
    pdf.write(firm, firms.hostile_names(firm), tmp_path / "r.pdf", about=About(name="Kohvik & <Pood> OÜ"))
    words = " ".join(text_of(tmp_path / "r.pdf").replace("\xa0", " ").split())
    for said in (
        "Kohvik & <Pood> OÜ",
        "4,810 of your 9,431 customers buy as usual",
        "<script>alert(1)</script>",
        '#eval("1+1") $x$ *bold* _it_',
        "Your last year, replayed",
        "there were 1,690",
    ):
        assert said in words

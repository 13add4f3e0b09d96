"""The page in a real browser: phone and desk, light and dark, nothing wider than the screen, nothing fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright
from tests.report import firms

from regulars.report import html
from regulars.report.view import About


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no Chromium to look at the page with: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen(browser: Browser, repeat_page: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(repeat_page.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => !e.closest('.table') && !e.closest('svg')
             && getComputedStyle(e).position != 'absolute' && e.getBoundingClientRect().right > innerWidth + 1)
             .map(e => e.tagName + '.' + e.className)"""
    )
    assert outside == []
    assert asked == [repeat_page.as_uri()]
    page.close()


def test_words_in_drawings_can_be_read_on_a_phone(browser: Browser, repeat_page: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(repeat_page.as_uri())
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('figure svg text')]
             .filter(t => t.getClientRects().length && t.textContent)
             .map(t => [t.textContent, t.getBoundingClientRect().height, t.getBoundingClientRect().left,
                        t.getBoundingClientRect().right])"""
    )
    assert sizes
    assert min(size[1] for size in sizes) >= 10
    assert [size for size in sizes if size[2] < -1 or size[3] > 391] == []
    page.close()


def test_dark_recolours_drawings_and_page(browser: Browser, repeat_page: Path) -> None:
    found = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(repeat_page.as_uri())
        found[scheme] = page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                 getComputedStyle(document.querySelector('svg [fill="#0f766e"]')).fill]"""
        )
        page.close()
    assert found["light"] == ["rgb(255, 255, 255)", "rgb(15, 118, 110)"]
    assert found["dark"] == ["rgb(14, 22, 33)", "rgb(43, 179, 165)"]


@pytest.mark.parametrize("name", ["empty", "tiny", "million", "one_off"])
def test_other_firms_fit_a_phone(browser: Browser, tmp_path: Path, name: str) -> None:
    firm = firms.FIRMS[name]()
    html.write(firm, firms.names(firm), tmp_path / "r.html", about=About(name="A" * 80, language="de-AT"))
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((tmp_path / "r.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()

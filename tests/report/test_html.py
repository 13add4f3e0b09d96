"""The HTML report: whole, well-formed, safe, needing nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from tests.report import firms

from regulars.insight.figures import Firm
from regulars.report import html
from regulars.report.view import About

VOID = {"meta", "br", "img", "link", "hr", "input", "col"}


class Checker(HTMLParser):
    """Collects what is opened, closed, referred to and shown."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.headless: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.loads += [v for n, v in attrs if n in ("src", "href", "data", "srcset", "action") and v and v[0] != "#"]
        self.wrong += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        if tag == "th" and not given.get("scope"):
            self.headless.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    return checker


def test_every_firm_has_a_well_formed_page_that_loads_nothing(firm: Firm, about: About, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    html.write(firm, firms.names(firm), path, about=about)
    page = path.read_text(encoding="utf-8")
    found = checked(page)
    assert not found.wrong
    assert not found.open
    assert not found.loads
    assert not found.headless
    assert len(found.ids) == len(set(found.ids))
    assert "script" not in found.tags
    assert "http" not in page
    assert "@import" not in page
    assert "url(" not in page.partition("</style>")[0]
    assert "NaN" not in page
    assert "None" not in page
    assert found.tags.count("h1") == 1
    assert list(tmp_path.iterdir()) == [path]


def test_names_stay_text(repeat_page: Path) -> None:
    page = repeat_page.read_text(encoding="utf-8")
    found = checked(page)
    assert not found.wrong
    assert not found.open
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "<b>GmbH" not in page
    assert "\x00" not in page
    assert "\x1b" not in page
    assert "Kohvik &amp; &lt;Pood&gt; OÜ" in page


def test_every_drawing_has_words_for_those_who_cannot_see_it(repeat_page: Path) -> None:
    page = repeat_page.read_text(encoding="utf-8")
    assert page.count("<svg") == page.count('<div role="img" aria-label="')


def test_the_order_is_that_of_the_product(repeat_page: Path) -> None:
    page = repeat_page.read_text(encoding="utf-8")
    order = [
        "today",
        "sales",
        "ladder",
        "cohorts",
        "concentration",
        "hold",
        "slipping",
        "lift",
        "replay",
        "trust",
        "notes",
        "words",
    ]
    places = [page.index(f'<section id="{anchor}"') for anchor in order]
    assert places == sorted(places)


def test_figures_of_the_whole_report(repeat_page: Path) -> None:
    words = " ".join("".join(checked(repeat_page.read_text(encoding="utf-8")).texts).replace("\xa0", " ").split())
    for said in (
        "4,810 of your 9,431 customers buy as usual",
        "660 are slipping away",
        "€34,000 and €50,000",
        "28% of all customers, who made 75% of the last 12 months' sales",
        "On 1 August 2026 we would have said 1,650 purchases by 31 October 2026; there were 1,690.",
        "It predicted clearly better than MBG/NBD on 4 earlier dates.",
    ):
        assert said in words


def test_without_margin_every_place_says_sales(tmp_path: Path) -> None:
    firm = firms.repeat_shop(money="sales")
    html.write(firm, firms.names(firm), tmp_path / "r.html")
    text = "".join(checked((tmp_path / "r.html").read_text(encoding="utf-8").partition("</style>")[2]).texts)
    margins = [text[max(at - 60, 0) : at + 30] for at in range(len(text)) if text.startswith("margin", at)]
    assert len(margins) == 3, margins  # the one note that says why, and how to get it
    assert all("not margin" in text or "margin rate" in text or "as margin" in text for text in margins)

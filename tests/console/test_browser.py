"""The console in a real browser: at a desk and on a phone, light and dark, and what people mainly do there."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Literal
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from tests.console import shops, streams
from tests.members import browser as client_of
from tests.members import member

from regulars.customers.models import CustomerTag, Note, Task
from regulars.platform.workspace import Workspace
from regulars.staff import keys
from regulars.staff.models import Staff
from regulars.stream.models import Endpoint, SetAside

PAGES = (
    "/console/home/",
    "/console/customers/",
    "/console/customers/1/",
    "/console/customers/10/",
    "/console/tasks/",
    "/console/insight/",
    "/console/insight/backtest/",
    "/console/insight/model/",
    "/console/imports/",
)
SETTINGS = (
    "/console/settings/",
    "/console/settings/hours/",
    "/console/settings/thresholds/",
    "/console/settings/retention/",
    "/console/settings/stream/",
    "/console/settings/stream/refused/1/",
    "/console/settings/stream/refused/?number=1",
    "/console/settings/webhooks/",
    "/staff/keys/",
)
WIDER = """() => [...document.querySelectorAll('main *')]
    .filter(e => !e.closest('.scroller, svg, details:not([open]) > :not(summary)') && e.getClientRects().length
                 && getComputedStyle(e).position != 'absolute' && e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.tagName + '.' + e.className)"""
Scheme = Literal["light", "dark"]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_anything: object) -> None:  # type: ignore[override]  # nobody reads it
        pass


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no Chromium to look at pages with: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture(autouse=True)
def _beside_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in this thread, which Django takes for a mistake."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def address(shop: Workspace) -> Iterator[str]:
    """Where the shop's console answers."""
    streams.fill()
    keys.make("Till", ["till"], shop=streams.LONG[:60])
    server = make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def signed_in(
    chromium: Browser, address: str, who: Staff, *, width: int = 1440, scheme: Scheme = "light"
) -> BrowserContext:
    """A window in which `who` is signed in; what goes wrong in it is noted in `wrong`."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=address)
    cookie = client_of(who).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    return context


def watched(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """A page, and what it complains of: errors, forbidden contents, anything asked of another server."""
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith((address, "data:")) else wrong.append(request.url)
    )
    return page, wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen(chromium: Browser, address: str, width: int, scheme: Scheme) -> None:
    context = signed_in(chromium, address, member("owner"), width=width, scheme=scheme)
    page, wrong = watched(context, address)
    for path in PAGES + (SETTINGS if (width == 390) == (scheme == "dark") else ()):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(WIDER) == [], path
        assert page.locator("main h1").count() == 1, path
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (scheme == "dark")
    assert wrong == []
    context.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_menus_open_within_the_screen(chromium: Browser, address: str, width: int) -> None:
    context = signed_in(chromium, address, member("owner"), width=width)
    page, _wrong = watched(context, address)
    for path in (
        "/console/customers/",
        "/console/customers/11/",
        "/console/home/",
        *(SETTINGS if width == 390 else ()),
    ):
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
            assert page.evaluate(WIDER) == [], (path, summary.inner_text())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            summary.click()
    context.close()


def test_finding_a_customer_as_one_types(chromium: Browser, address: str) -> None:
    context = signed_in(chromium, address, member("owner"))
    page, wrong = watched(context, address)
    page.goto("/console/customers/")
    page.keyboard.press("/")  # from anywhere into the search field
    page.keyboard.type("mar kas")
    page.wait_for_function("document.querySelectorAll('table.customers tbody tr').length === 1")
    assert "q=mar+kas" in page.url or "q=mar%20kas" in page.url
    page.get_by_role("link", name="Marta Kask").click()
    assert page.locator("h1").inner_text() == "Marta Kask"
    assert wrong == []
    context.close()


def test_filters_are_pills_that_can_be_taken_away(chromium: Browser, address: str) -> None:
    context = signed_in(chromium, address, member("owner"))
    page, _wrong = watched(context, address)
    page.goto("/console/customers/?standing=slipping&rung=client")
    everybody = page.goto("/console/customers/?standing=slipping&rung=client") and page.locator("a.pill").count()
    assert everybody == 2
    page.locator("a.pill", has_text="slipping").click()
    assert page.locator("a.pill").all_inner_texts()[0].startswith("client")
    context.close()


def test_ticked_customers_are_tagged(chromium: Browser, address: str) -> None:
    context = signed_in(chromium, address, member("owner"))
    page, wrong = watched(context, address)
    page.goto("/console/customers/?q=marta")
    assert not page.locator(".bulk").is_visible()
    page.get_by_label("Tick all on this page").check()
    assert page.locator("[data-chosen-count]").inner_text() == "2"
    page.locator(".bulk input[name=text]").fill("morning")
    page.get_by_role("button", name="Tag", exact=True).click()
    assert "2 customers tagged" in page.locator(".messages").inner_text()
    assert sorted(CustomerTag.objects.values_list("customer_id", flat=True)) == [7, 8]
    assert wrong == []
    context.close()


def test_work_on_a_customer_from_a_phone(chromium: Browser, address: str) -> None:
    context = signed_in(chromium, address, member("agent"), width=390)
    page, wrong = watched(context, address)
    page.goto("/console/customers/11/")
    page.locator("textarea[name=text]").fill(f"Asked for {shops.HOSTILE}")
    page.get_by_role("button", name="Keep the note").click()
    assert page.locator(".t-note .body").inner_text() == f"Asked for {shops.HOSTILE}"
    page.get_by_role("button", name="I'll do it today").click()
    page.get_by_role("button", name="Done: Thank them for coming back").click()
    assert Note.objects.count() == 1
    assert Task.objects.get().done_at is not None
    assert wrong == []
    context.close()


def test_the_navigation_opens_on_a_phone_and_the_language_changes(chromium: Browser, address: str) -> None:
    who = member("owner")
    context = signed_in(chromium, address, who, width=390)
    page, wrong = watched(context, address)
    page.goto("/console/tasks/")
    menu = page.get_by_role("link", name="Customers", exact=True)
    assert not menu.is_visible()
    page.get_by_label("Show or hide the navigation").last.click()
    assert menu.is_visible()
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="suomi").click()
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() == "Tehtävät"
    who.refresh_from_db()
    assert who.language == "fi"
    assert wrong == []
    context.close()


def test_pages_can_be_read_without_scripts(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=address)
    cookie = client_of(member("owner")).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto("/console/home/")
    assert page.locator("figure svg").first.is_visible()
    page.goto("/console/customers/?q=jaan")
    page.get_by_role("link", name="Jaan", exact=True).click()
    assert page.locator("svg.rhythm").is_visible()
    context.close()


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.hard), "dark"])
def test_words_can_be_read_against_their_ground(
    chromium: Browser, address: str, scheme: Literal["light", "dark"]
) -> None:
    """WCAG's 4.5 : 1 for what is read, in both schemes."""
    context = signed_in(chromium, address, member("owner", email=f"{scheme}@kohvik.example"), scheme=scheme)
    page, _wrong = watched(context, address)
    for path in ("/console/home/", "/console/customers/", "/console/customers/11/", *SETTINGS):
        page.goto(path)
        assert page.evaluate(CONTRAST) == [], path
    context.close()


@pytest.mark.parametrize("path", SETTINGS)
def test_the_keyboard_reaches_everything_in_its_order(chromium: Browser, address: str, path: str) -> None:
    context = signed_in(chromium, address, member("owner"))
    page, wrong = watched(context, address)
    page.goto(path)
    wanted, found, unseen = walked(page)
    assert wanted, "there is something to do"
    assert found == wanted
    assert unseen == [], "where the keyboard is can be seen"
    assert wrong == []
    context.close()


def walked(page: Page) -> tuple[list[str], list[str], list[str]]:
    """What the keyboard should reach in a page, what Tab reaches, and where it isn't seen to be."""
    wanted = page.evaluate(STOPS)
    page.locator("main h1").click()
    found, unseen = [], []
    for _ in wanted:
        page.keyboard.press("Tab")
        place, seen = page.evaluate(FOCUSED)
        found.append(wanted[int(place)] if place else "something else")
        unseen += [] if seen else found[-1:]
    return wanted, found, unseen


def test_what_the_keyboard_misses_would_be_seen(chromium: Browser, address: str) -> None:
    """Negative control."""
    context = signed_in(chromium, address, member("owner"))
    page, _wrong = watched(context, address)
    page.goto("/console/settings/stream/")
    page.evaluate(
        """() => document.querySelectorAll('main *').forEach(e => { for (const [name, value] of [['outline', 'none'],
           ['box-shadow', 'none'], ['border-color', 'red']]) e.style.setProperty(name, value, 'important'); })"""
    )
    page.evaluate("document.querySelector('main summary').addEventListener('focus', event => event.target.blur())")
    wanted, found, unseen = walked(page)
    assert found == ["something else" if name.startswith("SUMMARY") else name for name in wanted]
    assert "something else" in found
    assert unseen == found
    context.close()


def test_refused_events_are_dismissed_and_an_address_added_by_keys_alone(chromium: Browser, address: str) -> None:
    context = signed_in(chromium, address, member("owner"))
    page, wrong = watched(context, address)

    def press(*names: str) -> None:
        for name in names:
            page.keyboard.press(name)

    page.goto("/console/settings/stream/")
    page.locator("main h1").click()
    press("Tab", "Space", "Tab", "Tab", "Enter")
    page.wait_for_url("**/refused/?number=1")
    page.locator("main h1").click()
    press("Tab", "Tab", "Tab", "Enter")
    page.wait_for_url("**/settings/stream/")
    assert "1 is dismissed." in page.locator(".messages").inner_text()
    assert SetAside.objects.get().state == "dismissed"

    page.goto("/console/settings/webhooks/")
    page.locator("summary", has_text="Add an address").focus()
    press("Enter", "Tab")
    page.keyboard.type("https://other.example/told")
    press("Tab", "Space", "Enter")
    page.wait_for_selector("#once")
    assert page.input_value("#once").startswith("whsec_")
    assert Endpoint.objects.filter(url="https://other.example/told").exists()
    assert wrong == []
    context.close()


STOPS = """() => {
  const found = [...document.querySelectorAll('main :is(a[href], button, input, select, textarea, summary)')]
    .filter(e => !e.disabled && e.type != 'hidden' && e.tabIndex >= 0 && e.checkVisibility()
                 && !e.matches('fieldset[disabled] *'));
  found.forEach((e, place) => e.dataset.stop = place);
  return found.map(e => e.tagName + ' ' + (e.id || e.name || e.textContent.trim()).slice(0, 40));
}"""
FOCUSED = """() => {
  const e = document.activeElement, before = getComputedStyle(e);
  const drawn = style => style.outlineStyle + style.outlineWidth + style.boxShadow + style.borderColor;
  const seen = drawn(before), outlined = before.outlineStyle != 'none' && parseFloat(before.outlineWidth) >= 1;
  e.blur();
  const changed = seen != drawn(getComputedStyle(e));
  e.focus({focusVisible: true, preventScroll: true});
  return [e.dataset.stop ?? '', outlined || changed];
}"""
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = text => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
                         return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = c.map(v => { v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = element => { for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; } return [255, 255, 255, 255]; };
  const poor = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), e = walker.currentNode.parentElement;
    if (!text || !e.getClientRects().length || e.closest('svg, .sr, [aria-hidden=true], kbd')) continue;
    const style = getComputedStyle(e), ink = rgba(style.color), under = ground(e);
    const a = light(ink.slice(0, 3)), b = light(under.slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.add(text.slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return [...poor];
}"""

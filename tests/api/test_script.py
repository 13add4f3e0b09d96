"""The script for shops' pages, in a real browser: what it sends, and all that it doesn't."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from tests.api.calling import key

from regulars.stream.models import Entry

LIMIT = 4096
SHOP = "<!doctype html><title>Toffee</title><body>{snippet}</body>"
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own loop runs in this thread
        try:
            started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no Chromium to look at the pages with: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def shop() -> Iterator[Callable[[str], str]]:
    """A shop's own website, of another origin: gives its address with a snippet in its page."""
    pages = {"snippet": ""}

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = SHOP.format(**pages).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def address(snippet: str) -> str:
        pages["snippet"] = snippet
        return f"http://localhost:{server.server_port}"

    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser: Browser, address: str, shop: Callable[[str], str]) -> Iterator[Visit]:
    """Opens the shop's page in a fresh browser; gives the page, with what it sent in `sent`."""
    contexts: list[BrowserContext] = []

    def opened(attributes: str = "", *, before: str = "", prepare: str = "", path: str = "/", **more: Any) -> Page:
        context = browser.new_context(**more)
        contexts.append(context)
        if prepare:
            context.add_init_script(prepare)
        page = context.new_page()
        sent: list[dict[str, Any]] = []
        context.on(
            "request", lambda r: sent.append(json.loads(r.post_data or "{}")) if r.url.endswith("/v1/b") else None
        )
        script = (
            f'<script>{before}</script><script src="{address}/r.js" data-key="{key("ingest")}" {attributes}></script>'
        )
        page.goto(shop(script) + path)
        page.sent = sent  # type: ignore[attr-defined]
        return page

    yield opened
    for context in contexts:
        context.close()


def arrived(page: Page, count: int) -> list[str]:
    """The names of the events that arrived, once there are so many."""
    for _ in range(200):
        if Entry.objects.count() >= count:
            break
        page.wait_for_timeout(50)
    return list(Entry.objects.order_by("id").values_list("name", flat=True))


def test_it_is_small_cached_and_for_every_website() -> None:
    answer = Client().get("/r.js", headers={"host": "127.0.0.1"})
    assert len(answer.content) < LIMIT
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert b"http" not in answer.content.replace(b"https:", b"")
    again = Client().get("/r.js", headers={"host": "127.0.0.1", "if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_with_consent_it_sends_what_was_looked_at(visit: Visit) -> None:
    page = visit('data-consent="given"', path="/toffee?email=mari@kohvik.example&utm_source=letter#x")
    page.evaluate(
        """() => {
          regulars.product({product_id: "p1", price: 2.5});
          regulars.cart({cart_id: "k"});
          regulars.checkout({order_id: "1"});
          regulars.step(2, {payment_method: "card"});
          regulars.identify("c1", {plan: "x"});
        }"""
    )
    names = arrived(page, 6)
    assert names == ["page", "Product Viewed", "Cart Viewed", "Checkout Started", "Checkout Step Completed", "identify"]
    (batch,) = page.sent  # type: ignore[attr-defined]
    assert "mari@kohvik" not in json.dumps(batch)
    assert batch["batch"][0]["context"]["campaign"] == {"source": "letter"}
    assert batch["batch"][0]["context"]["page"]["path"] == "/toffee"
    assert batch["batch"][4]["properties"] == {"step": 2, "payment_method": "card"}
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["value"]) == ("regulars_id", batch["batch"][0]["anonymousId"])
    assert cookie["sameSite"] == "Lax"
    assert set(Entry.objects.values_list("channel", flat=True)) == {"browser"}


def test_before_consent_nothing_is_stored_or_sent(visit: Visit) -> None:
    page = visit()
    page.evaluate("regulars.product({product_id: 'p1'})")
    page.wait_for_timeout(1300)
    assert page.sent == []  # type: ignore[attr-defined]
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.evaluate("regulars.consent(true)")
    assert arrived(page, 2) == ["page", "Product Viewed"]
    page.evaluate("regulars.consent(false); regulars.product({product_id: 'p2'})")
    page.wait_for_timeout(1300)
    assert page.context.cookies() == []
    assert len(page.sent) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "prepare",
    [
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})",
    ],
)
def test_who_does_not_want_to_be_followed_is_not(visit: Visit, prepare: str) -> None:
    page = visit('data-consent="given"', prepare=prepare)
    page.evaluate("regulars.consent(true); regulars.identify('c1'); regulars.product({product_id: 'p1'})")
    page.wait_for_timeout(1300)
    page.goto("about:blank")
    assert page.sent == []  # type: ignore[attr-defined]
    assert page.context.cookies() == []


def test_what_is_left_is_sent_when_the_page_is_left(visit: Visit) -> None:
    page = visit('data-consent="given"')
    page.evaluate("regulars.added({product_id: 'p1'})")
    page.goto("about:blank")
    assert arrived(page, 2) == ["page", "Product Added"]


def test_large_events_go_in_as_many_requests_as_they_need(visit: Visit) -> None:
    # While a page is left, browsers take no more than 64 KB.
    page = visit('data-consent="given" data-page="off"')
    page.evaluate("for (var i = 0; i < 3; i++) regulars.track('Told', {text: 'õ'.repeat(13e3)})")
    assert arrived(page, 3) == ["Told"] * 3
    assert [len(one["batch"]) for one in page.sent] == [2, 1]  # type: ignore[attr-defined]


def test_calls_before_it_is_there_are_kept_and_reset_is_another_visitor(visit: Visit) -> None:
    early = "regulars = [['identify', 'c1'], ['track', 'Coupon Applied', {coupon_id: 'x'}]]"
    page = visit('data-consent="given" data-page="off"', before=early)
    arrived(page, 2)
    page.evaluate("regulars.reset(); regulars.track('Viewed')")
    arrived(page, 3)
    first, second = page.sent[0]["batch"], page.sent[1]["batch"]  # type: ignore[attr-defined]
    assert [one.get("event") or one["type"] for one in first] == ["identify", "Coupon Applied"]
    assert first[1]["userId"] == "c1"
    assert "userId" not in second[0]
    assert first[0]["anonymousId"] != second[0]["anonymousId"]

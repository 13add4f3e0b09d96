"""The way in, in a real browser: first owner, account, two factors, keys; without scripts; on phone and desk."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Error, Page, sync_playwright
from tests.members import PASSWORD, member

from regulars.platform.workspace import Workspace
from regulars.staff import first


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the tests say what matters."""


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
def address(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the server answers, on the workspace of this test."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(settings, "CSRF_TRUSTED_ORIGINS", [here])
    yield here
    server.shutdown()
    server.server_close()


def looks_right(page: Page) -> None:
    """Nothing is wider than a phone or a desk, in light and dark."""
    for width in (390, 1440):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width, scheme)


def sign_in(page: Page, address: str) -> None:
    page.goto(address + "/staff/sign-in/?next=/staff/account/")
    page.fill("[name=username]", "owner@kohvik.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/staff/account/")


def test_the_first_owner_comes_in_and_sets_two_factors_up(browser: Browser, address: str, workspace: Workspace) -> None:
    link = str(first.link(workspace)).replace("http://127.0.0.1:8000", address)
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    page.goto(link)
    looks_right(page)
    for name, text in (
        ("name", "Mari"),
        ("email", "owner@kohvik.example"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ):
        page.fill(f"[name={name}]", text)
    page.click("main button")
    page.wait_for_url(lambda url: "/staff/first/" not in url)
    page.goto(address + "/staff/account/")
    looks_right(page)
    page.click("text=Set it up")
    page.fill("[name=present]", PASSWORD)
    page.click("main button")
    page.wait_for_selector(".staff-qr svg")
    looks_right(page)
    secret = page.inner_text(".staff-secret").replace(" ", "")
    page.fill("[name=code]", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.click("main button")
    page.wait_for_selector(".staff-codes")
    assert page.locator(".staff-codes li").count() == 10
    looks_right(page)
    assert complaints == []
    page.close()


def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    member("owner")
    page = browser.new_page(java_script_enabled=False)
    sign_in(page, address)
    page.goto(address + "/staff/members/")
    page.fill("[name=email]", "jaan@kohvik.example")
    page.check("[value=agent]")
    page.click("form[action*=invite] button")
    page.wait_for_selector("#once")
    assert "/staff/join/" in page.input_value("#once")
    page.goto(address + "/staff/keys/")
    page.fill("[name=name]", "Shop")
    page.check("[value=read]")
    page.click("form[action*=make] button")
    page.wait_for_selector("#once")
    assert page.input_value("#once").startswith("regulars_")
    page.goto(address + "/staff/sign-out/")
    page.click("main button")
    page.wait_for_url("**/staff/sign-in/")
    page.close()


def test_pages_of_the_settings_fit_phone_and_desk(browser: Browser, address: str) -> None:
    other = member("agent", name="Very Long Name " * 8, email="a" * 60 + "@" + "b" * 60 + ".example")
    member("owner")
    page = browser.new_page()
    sign_in(page, address)
    for path in ("members/", f"members/{other.pk}/", "keys/", "audit/", "mail/"):
        page.goto(f"{address}/staff/{path}")
        looks_right(page)
    page.close()


def test_the_keyboard_is_enough_to_sign_in(browser: Browser, address: str) -> None:
    member("owner")
    page = browser.new_page()
    page.goto(address + "/staff/sign-in/?next=/staff/account/")
    page.keyboard.type("owner@kohvik.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/account/")
    page.close()

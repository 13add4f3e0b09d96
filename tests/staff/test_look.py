"""The firm's colour and logo on pages that anybody may see; names of devices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.members import browser

from regulars.platform import store
from regulars.platform.workspace import Workspace
from regulars.staff import devices
from regulars.staff.views.look import ink


def dressed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **firm: str) -> None:
    """The workspace with these settings of `[firm]`."""
    changed = msgspec.structs.replace(workspace.settings, firm=msgspec.structs.replace(workspace.settings.firm, **firm))
    monkeypatch.setattr(store, "_opened", replace(workspace, settings=changed))


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@given(st.integers(0, 0xFFFFFF))
def test_words_can_be_read_on_any_colour(number: int) -> None:
    colour = f"#{number:06x}"
    assert contrast(colour, ink(colour)) >= 4.5


def test_the_colour_of_the_firm(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    dressed(workspace, monkeypatch, colour="#ffee00", name="Kohvik <OÜ>")
    answer = browser().get("/staff/colour.css")
    assert answer["Content-Type"] == "text/css"
    assert answer.text == ":root{--firm:#ffee00;--on-firm:#000000}\n"
    assert "Kohvik &lt;OÜ&gt;" in browser().get("/staff/sign-in/").text


def test_the_logo_is_served_from_the_files_only(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace.files_path.mkdir()
    (workspace.files_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (workspace.files_path / "notes.txt").write_text("not a picture")
    (workspace.path / "outside.png").write_bytes(b"secret")
    (workspace.files_path / "link.png").symlink_to(workspace.path / "outside.png")
    for refused in ("../outside.png", "/etc/passwd", "link.png", "notes.txt", "missing.png", "", "."):
        dressed(workspace, monkeypatch, logo=refused)
        assert browser().get("/staff/logo").status_code == 404, refused
    dressed(workspace, monkeypatch, logo="logo.svg")
    answer = browser().get("/staff/logo")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    # Opened by itself, a drawing is a document: it may run nothing.
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert 'src="/staff/logo"' in browser().get("/staff/sign-in/").text


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_devices_have_names(header: str, words: str) -> None:
    assert devices.named(header) == words

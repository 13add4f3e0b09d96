"""A form from nobody leaves nothing on the disk, however large it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import pytest
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import override_settings

from regulars.web.small_files import MOST_BYTES

Browse = Callable[..., Client]
DJANGO = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that were opened for what came in."""
    found: list[str] = []

    def opened(*given: object, **words: object) -> object:
        found.append("file")
        return tempfile.NamedTemporaryFile()

    monkeypatch.setattr(uploadedfile.tempfile, "NamedTemporaryFile", opened)
    return found


def post(client: Client, size: int) -> int:
    client.cookies["csrftoken"] = "a" * 32
    client.handler.enforce_csrf_checks = True  # type: ignore[attr-defined]  # Django's test handler has it
    answer = client.post("/staff/sign-in/", {"logo": SimpleUploadedFile("logo.png", b"x" * size)})
    return answer.status_code


def test_a_large_form_of_a_stranger_is_refused_unread(browse: Browse, written: list[str]) -> None:
    assert post(browse(), MOST_BYTES) == 400
    assert written == []


def test_a_page_says_so_in_the_visitors_language(browse: Browse) -> None:
    large = {"logo": SimpleUploadedFile("logo.png", b"x" * MOST_BYTES)}
    answer = browse().post("/staff/sign-in/", large, headers={"accept-language": "fi"})
    assert "liian ison tiedoston" in answer.text


def test_a_small_one_is_read_in_memory(browse: Browse, written: list[str]) -> None:
    assert post(browse(), MOST_BYTES - 1000) == 403
    assert written == []


def test_with_djangos_own_handlers_it_lies_on_the_disk(browse: Browse, written: list[str]) -> None:
    """Negative control."""
    client = browse()
    with override_settings(FILE_UPLOAD_HANDLERS=DJANGO):
        assert post(client, MOST_BYTES) == 403
    assert written

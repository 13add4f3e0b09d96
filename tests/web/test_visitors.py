"""The visitor's address and scheme are believed from the firm's own proxies, and from nobody else."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import override_settings
from hypothesis import given
from hypothesis import strategies as st

from regulars.web.visitors import VisitorMiddleware, address, plain_address


@pytest.mark.parametrize(
    ("peer", "told", "proxies", "found"),
    [
        ("81.2.69.160", "", 0, "81.2.69.160"),
        ("81.2.69.160:51234", "", 0, "81.2.69.160"),
        ("[2a00::1]:51234", "", 0, "2a00::1"),
        ("2a00::1", "", 0, "2a00::1"),
        ("81.2.69.160", "1.1.1.1", 0, "81.2.69.160"),
        ("10.0.0.1", "81.2.69.160", 1, "81.2.69.160"),
        ("10.0.0.1", "1.1.1.1, 81.2.69.160", 1, "81.2.69.160"),
        ("10.0.0.1", "1.1.1.1, 81.2.69.160, 10.0.0.2", 2, "81.2.69.160"),
        ("10.0.0.1", "81.2.69.160:1234", 1, "81.2.69.160"),
        ("10.0.0.1", "81.2.69.160", 2, "10.0.0.1"),
        ("10.0.0.1", "unknown", 1, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("", "", 0, ""),
        ("unix:", "", 0, ""),
    ],
)
def test_whom_to_believe(peer: str, told: str, proxies: int, found: str) -> None:
    assert address(peer, told, proxies) == found


@given(st.text(max_size=60), st.integers(1, 3), st.lists(st.ip_addresses(v=4).map(str), min_size=3, max_size=3))
def test_what_a_visitor_writes_changes_nothing(forged: str, proxies: int, real: list[str]) -> None:
    by_proxies = ", ".join(real[:proxies])
    assert address("10.0.0.1", f"{forged}, {by_proxies}", proxies) == real[0]


@given(st.ip_addresses(), st.integers(1, 65535))
def test_a_port_is_no_part_of_an_address(found: object, port: int) -> None:
    text = str(found)
    with_port = f"[{text}]:{port}" if ":" in text else f"{text}:{port}"
    assert plain_address(text) == plain_address(with_port) == str(ip_address(text))


def asked(proxies: int, **headers: str) -> HttpRequest:
    """The request as views see it."""
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    with override_settings(TRUSTED_PROXIES=proxies):
        VisitorMiddleware(view)(RequestFactory(headers=headers).get("/"))
    return seen[0]


def test_a_proxy_tells_the_scheme() -> None:
    assert asked(1, x_forwarded_proto="https").is_secure()
    assert asked(1, x_forwarded_proto="http, https").is_secure()
    assert not asked(1, x_forwarded_proto="https, http").is_secure()
    assert not asked(0, x_forwarded_proto="https").is_secure()


def test_nobody_behind_reads_the_headers_again() -> None:
    request = asked(1, x_forwarded_for="1.1.1.1, 81.2.69.160", x_forwarded_host="evil.example", x_real_ip="1.1.1.1")
    assert request.META["REMOTE_ADDR"] == "81.2.69.160"
    assert not [name for name in request.META if "FORWARDED" in name or "REAL_IP" in name]

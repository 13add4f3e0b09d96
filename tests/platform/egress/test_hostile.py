"""Addresses that lead, or might lead, into a private network are refused before a byte is sent."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platform.egress.servers import local, plain

from regulars.base.errors import NotAllowed
from regulars.platform.egress import Egress
from regulars.platform.egress.addresses import is_public, why_host_is_refused

HOSTILE = """
http://127.0.0.1/
http://127.0.0.1:80/
http://127.1/
http://127.0.1/
http://127.255.255.254/
http://0.0.0.0/
http://0/
http://2130706433/
http://3232235777/
http://0x7f000001/
http://0x7f.0.0.1/
http://0x7f.1/
http://017700000001/
http://0177.0.0.1/
http://0177.1/
http://127.0.0.01/
http://0300.0250.0.1/
http://10.0.0.1/
http://010.0.0.1/
http://10.255.255.255/
http://172.16.0.1/
http://172.31.255.255/
http://192.168.0.1/
http://192.168.1.254/admin
http://169.254.169.254/latest/meta-data/
http://169.254.170.2/v2/credentials
http://168.63.129.16/machine
http://100.100.100.200/latest/meta-data/
http://100.64.0.1/
http://192.0.0.192/
http://192.0.2.1/
http://198.18.0.1/
http://198.51.100.7/
http://203.0.113.7/
http://224.0.0.1/
http://239.255.255.250/
http://240.0.0.1/
http://255.255.255.255/
http://192.88.99.1/
http://[::1]/
http://[::]/
http://[0:0:0:0:0:0:0:1]/
http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/
http://[::ffff:169.254.169.254]/
http://[::ffff:10.0.0.1]/
http://[::127.0.0.1]/
http://[64:ff9b::7f00:1]/
http://[64:ff9b::169.254.169.254]/
http://[64:ff9b:1::a00:1]/
http://[2002:7f00:1::]/
http://[2002:a00:1::1]/
http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/
http://[fc00::1]/
http://[fd00:ec2::254]/latest/meta-data/
http://[fe80::1]/
http://[fe80::1%25eth0]/
http://[fec0::1]/
http://[ff02::1]/
http://[2001:db8::1]/
http://[100::1]/
http://[3fff::1]/
http://localhost/
http://LOCALHOST/
http://localhost./
http://app.localhost/
http://printer.local/
http://metadata.google.internal/computeMetadata/v1/
http://router.lan/
http://nas.home.arpa/
http://１２７.０.０.１/
http://①②⑦.0.0.1/
http://127。0。0。1/
http://user@127.0.0.1/
http://shop.example@127.0.0.1/
http://shop.example:secret@shop.example/
http://127.0.0.1#@shop.example/
http://127.0.0.1\\@shop.example/
http:///etc/passwd
http://
http://?x
http://sh op.example/
http://shop.example:22/
http://shop.example:6379/
http://shop.example:5432/
http://shop.example:0/
http://shop.example:99999/
ftp://shop.example/
file:///etc/passwd
gopher://127.0.0.1:6379/_FLUSHALL
dict://127.0.0.1:11211/stat
unix:///var/run/docker.sock
ws://shop.example/
javascript:alert(1)
data:text/plain,x
//shop.example/
shop.example
/etc/passwd
http://inside.example/
http://mixed.example/
http://mapped.example/
http://metadata.example/
""".strip().splitlines()

NAMES = {
    "shop.example": ["93.184.215.14"],
    "inside.example": ["10.1.2.3"],
    "mixed.example": ["93.184.215.14", "192.168.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
}


def resolve(host: str, _port: int) -> Sequence[str]:
    """As a system's resolver, which also understands every way to write an address; names are of this test."""
    if host in NAMES:
        return NAMES[host]
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM)]


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """To where a connection was asked for; none is made."""
    asked: list[object] = []

    def create_connection(address: object, *_: object, **__: object) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return asked


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_are_refused_before_anything_is_sent(url: str, connected: list[object]) -> None:
    with pytest.raises(NotAllowed) as refused:
        Egress(resolve=resolve).request("GET", url)
    assert connected == []
    assert "secret" not in str(refused.value)


def test_a_plain_client_would_go_there(connected: list[object]) -> None:
    """Negative control: most of these addresses are ones that httpx itself connects to."""
    went = 0
    for url in HOSTILE:
        try:
            httpx.get(url, trust_env=False)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError):
            went += bool(connected)
            connected.clear()
    assert went > 60


def test_a_public_address_is_called(connected: list[object]) -> None:
    from regulars.platform.egress import Unreachable

    with pytest.raises(Unreachable):
        Egress(resolve=resolve).request("GET", "http://shop.example/")
    assert connected == [("93.184.215.14", 80)]


@given(st.ip_addresses(v=4))
def test_no_private_ipv4_address_is_public(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(address)
    if is_public(address):
        assert address.is_global


@given(st.ip_addresses(v=4, network=None), st.sampled_from(["::ffff:0:0", "64:ff9b::", "::", "2002::", "64:ff9b:1::"]))
def test_no_ipv4_address_hides_in_a_public_ipv6_address(inside: IPv4Address, prefix: str) -> None:
    base = int(IPv6Address(prefix))
    hidden = IPv6Address(base | (int(inside) << 80 if prefix == "2002::" else int(inside)))
    assert not is_public(hidden)


@given(st.ip_addresses(v=6))
def test_a_public_ipv6_address_is_one_that_is_given_out(address: IPv6Address) -> None:
    if is_public(address):
        assert address in ip_network("2000::/3")
        assert not address.is_private


@pytest.mark.parametrize("text", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4026::200e"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "0{:o}", "{:#X}."]))
def test_an_address_as_one_number_is_never_looked_up(number: int, form: str) -> None:
    assert why_host_is_refused(form.format(number)) is not None


@pytest.mark.parametrize(
    "host", ["shop.example", "xn--hlzschuhe-07a.example", "a.b.c.example.", "1password.com", "3com"]
)
def test_names_may_be_looked_up(host: str) -> None:
    assert why_host_is_refused(host) is None


def test_a_name_that_changes_its_address_is_called_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the first answer may be called, every later one is a server inside."""
    monkeypatch.undo()
    with local(plain(body=b"public"), "127.0.0.2") as public, local(plain(body=b"inside"), port=public.port) as inside:
        answers = iter(["127.0.0.2"])
        egress = Egress(ports=[public.port], allowed=["127.0.0.2/32"], resolve=lambda *_: [next(answers, "127.0.0.1")])
        assert egress.request("GET", f"http://rebinding.example:{public.port}/").content == b"public"
        assert public.seen[0].headers["host"] == f"rebinding.example:{public.port}"
        with pytest.raises(NotAllowed):
            egress.request("GET", f"http://rebinding.example:{public.port}/")
        assert inside.seen == []


def test_checking_first_and_connecting_by_name_would_be_led_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control for rebinding: the usual check, then the usual client."""
    monkeypatch.undo()
    with local(plain(body=b"inside")) as inside:
        answers = iter(["93.184.215.14"])
        plain_lookup = socket.getaddrinfo

        def getaddrinfo(host: str, *rest: object, **options: object) -> object:
            return plain_lookup(next(answers, "127.0.0.1"), *rest, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        checked = socket.getaddrinfo("rebinding.example", inside.port)[0][4][0]
        assert is_public(ip_address(checked))
        assert httpx.get(f"http://rebinding.example:{inside.port}/", trust_env=False).content == b"inside"

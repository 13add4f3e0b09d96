"""Calls that are allowed: redirects each checked, limits of time and size, certificates checked against names."""

from __future__ import annotations

import ast
import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from tests.platform.egress.servers import Local, local, plain

import regulars
from regulars.base.errors import NotAllowed
from regulars.platform.egress import Egress, Unreachable


def to(server: Local, **options: object) -> Egress:
    """A client that may call this server."""
    return Egress(ports=[server.port], allowed=["127.0.0.1/32"], **options)  # type: ignore[arg-type]


def test_a_call_brings_its_answer() -> None:
    with local(plain(201, b'{"a": 1}', Content_Type="application/json")) as server:
        answer = to(server).request("POST", server.url("/x?y=1"), json={"b": 2}, headers={"X-Key": "k"})
    assert (answer.status_code, answer.json()) == (201, {"a": 1})
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/x?y=1", b'{"b":2}')
    assert seen.headers["x-key"] == "k"
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"


def test_nothing_local_is_called_unless_it_is_allowed_by_name() -> None:
    with local(plain()) as server:
        with pytest.raises(NotAllowed):
            Egress(ports=[server.port]).request("GET", server.url())
        with pytest.raises(NotAllowed):
            Egress(allowed=["127.0.0.1/32"]).request("GET", server.url())
        assert server.seen == []


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/", "http://[::1]/", "http://2130706433/", "file:///etc/passwd", "//10.0.0.1/"],
)
def test_a_redirect_inside_is_refused(target: str) -> None:
    with local(plain(302, Location=target)) as server, pytest.raises(NotAllowed):
        Egress(ports=[80, server.port], allowed=["127.0.0.1/32"]).request("GET", server.url())


def test_redirects_are_followed_three_times() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        left = int(handler.path[1:])
        plain(302, Location=f"/{left - 1}")(handler) if left else plain()(handler)

    with local(answer) as server:
        assert to(server).request("GET", server.url("/3")).content == b"here"
        with pytest.raises(Unreachable, match="3 times"):
            to(server).request("GET", server.url("/4"))


def test_secrets_are_not_taken_along_to_another_server() -> None:
    with local(plain()) as other, local(plain(307, Location=f"http://127.0.0.1:{other.port}/")) as first:
        egress = Egress(ports=[first.port, other.port], allowed=["127.0.0.1/32"])
        secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/plain"}
        egress.request("POST", first.url(), headers=secrets, content=b"body")
    assert first.seen[0].headers["x-api-key"] == "k"
    assert not {"authorization", "cookie", "x-api-key"} & set(other.seen[0].headers)
    assert (other.seen[0].headers["accept"], other.seen[0].body) == ("text/plain", b"body")


def test_a_form_that_is_sent_on_becomes_a_plain_question() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        plain(303, Location="/done")(handler) if handler.path == "/" else plain()(handler)

    with local(answer) as server:
        to(server).request("POST", server.url(), json={"a": 1}, headers={"X-Key": "k"})
    assert (server.seen[1].method, server.seen[1].path, server.seen[1].body) == ("GET", "/done", b"")
    assert server.seen[1].headers["x-key"] == "k"


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    with local(plain(body=b"x" * 200_000)) as server:
        assert len(to(server, limit_bytes=200_000).request("GET", server.url()).content) == 200_000
        with pytest.raises(Unreachable, match="more than 199,999 bytes"):
            to(server, limit_bytes=199_999).request("GET", server.url())


def test_a_compressed_answer_is_refused_as_it_could_be_of_any_length() -> None:
    with local(plain(Content_Encoding="gzip")) as server, pytest.raises(Unreachable, match="compresses"):
        to(server).request("GET", server.url())
    assert server.seen[0].headers["accept-encoding"] == "identity"


def drip(part: bytes) -> object:
    """Answers a bit at a time, each soon enough for a limit on single reads."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if part == b"X: y\r\n" else b"Content-Length: 99999\r\n\r\n"))
        for _ in range(100):
            handler.wfile.write(part)
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize("part", [b"X: y\r\n", b"x"])
def test_drips_end_in_time(part: bytes) -> None:
    with local(drip(part)) as server:  # type: ignore[arg-type]
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"within 0\.4 seconds"):
            to(server, timeout_seconds=0.4).request("GET", server.url())
    assert time.monotonic() - began < 2


def test_a_slow_look_up_ends_in_time() -> None:
    def resolve(*_: object) -> list[str]:
        time.sleep(3)
        return ["127.0.0.1"]

    began = time.monotonic()
    with pytest.raises(Unreachable):
        Egress(resolve=resolve, timeout_seconds=0.2).request("GET", "http://slow.example/")
    assert time.monotonic() - began < 2


def test_who_is_not_there_is_unreachable() -> None:
    with local(plain()) as server:
        gone = server
    with pytest.raises(Unreachable):
        to(gone).request("GET", gone.url())
    with pytest.raises(Unreachable):
        Egress(resolve=lambda *_: []).request("GET", "http://nowhere.example/")


def test_nonsense_is_no_answer() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"nonsense\r\n\r\n")

    with local(answer) as server, pytest.raises(Unreachable):
        to(server).request("GET", server.url())


def test_headers_cant_be_smuggled() -> None:
    with local(plain()) as server:
        with pytest.raises((NotAllowed, Unreachable)):
            to(server).request("GET", server.url(), headers={"X-A": "b\r\nX-Evil: 1"})
        to(server).request("GET", server.url(), headers={"Host": "other.example"})
    assert [seen.headers["host"] for seen in server.seen] == [f"127.0.0.1:{server.port}"]


def certificate(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and a client's that trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def test_a_certificate_is_checked_against_the_name_though_the_address_is_called(tmp_path: Path) -> None:
    theirs, ours = certificate("shop.example", tmp_path)
    with local(plain(), tls=theirs) as server:
        trusting = to(server, tls=ours, resolve=lambda *_: ["127.0.0.1"])
        assert trusting.request("GET", f"https://shop.example:{server.port}/").content == b"here"
        with pytest.raises(Unreachable):
            trusting.request("GET", f"https://other.example:{server.port}/")
        with pytest.raises(Unreachable):
            to(server, resolve=lambda *_: ["127.0.0.1"]).request("GET", f"https://shop.example:{server.port}/")


def test_encryption_is_not_given_up_on_the_way(tmp_path: Path) -> None:
    theirs, ours = certificate("shop.example", tmp_path)
    with local(plain(302, Location="http://shop.example/"), tls=theirs) as server:
        egress = Egress(ports=[80, server.port], allowed=["127.0.0.1/32"], tls=ours, resolve=lambda *_: ["127.0.0.1"])
        with pytest.raises(NotAllowed, match="without encryption"):
            egress.request("GET", f"https://shop.example:{server.port}/")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    with local(plain()) as server:
        assert to(server).request("GET", server.url()).status_code == 200


CLIENTS = {"httpx", "httpcore", "requests", "urllib3", "aiohttp", "urllib.request", "http.client"}


def test_no_other_code_calls_out() -> None:
    root = Path(regulars.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            if any(name == client or name.startswith(f"{client}.") for name in names for client in CLIENTS):
                found.add(path.relative_to(root).parts[:2])
    assert found == {("platform", "egress")}

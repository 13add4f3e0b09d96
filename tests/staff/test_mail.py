"""Letters through a real SMTP server; and what one is told when it can't be used."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from tests.members import browser, member
from tests.stores import every_database

from regulars.base.errors import BadInput
from regulars.platform import store
from regulars.platform.models import AuditEntry
from regulars.platform.settings import Mail
from regulars.platform.workspace import Workspace
from regulars.staff import jobs, mail
from regulars.staff.models import Link


class Box:
    """Takes letters; refuses some addresses."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if address.startswith("refused"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class Server(Controller):
    """An SMTP server at a free port."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, sign_in: bool = False) -> None:
        self.box, self._tls, self._sign_in = Box(), tls, sign_in
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__(self.box, hostname="127.0.0.1", port=port)

    def factory(self) -> SMTP:
        def known(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
            return AuthResult(success=data == LoginPassword(b"kohvik", b"right"), handled=False)

        return SMTP(
            self.handler,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=known if self._sign_in else None,
            auth_required=self._sign_in,
            auth_require_tls=True,
        )


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(**given: Any) -> Server:
        server = Server(**given)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of "localhost" and 127.0.0.1 in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def settings(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **given: Any) -> None:
    """The workspace with these settings of `[mail]`."""
    values = {"host": "127.0.0.1", "sender": "Kohvik <hello@kohvik.example>", "security": "none", **given}
    changed = msgspec.structs.replace(workspace.settings, mail=Mail(**values))
    opened = type(workspace)(workspace.path, changed)
    monkeypatch.setattr(store, "_opened", opened)


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_a_letter_arrives_over_starttls(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server], certificate: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = serve(tls=tls(certificate), sign_in=True)
    settings(workspace, monkeypatch, port=server.port, security="starttls", user="kohvik", password="right")
    mail.send_test("owner@kohvik.example")
    (letter,) = server.box.letters
    assert (letter["From"], letter["To"]) == ("Kohvik <hello@kohvik.example>", "owner@kohvik.example")
    assert "arrives" in letter.get_content()
    assert AuditEntry.objects.get(action="mail.tested").details == {"worked": True}


def test_a_wrong_password_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server], certificate: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = serve(tls=tls(certificate), sign_in=True)
    settings(workspace, monkeypatch, port=server.port, security="starttls", user="kohvik", password="wrong")
    with pytest.raises(BadInput, match=r"refuses the user name or the password.*535") as told:
        mail.send_test("owner@kohvik.example")
    assert "wrong" not in str(told.value).replace("is wrong", "")
    assert AuditEntry.objects.get(action="mail.tested").details == {"worked": False}


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server], certificate: Path
) -> None:
    server = serve(tls=tls(certificate), sign_in=True)
    settings(workspace, monkeypatch, port=server.port, security="starttls", user="kohvik", password="right")
    with pytest.raises(BadInput, match="can't be trusted"):
        mail.send_test("owner@kohvik.example")
    assert not server.box.letters


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"security": "starttls"}, "offers no STARTTLS"),
        ({"security": "tls"}, "doesn't speak TLS"),
        ({"host": "no-such-host.invalid"}, "no server called no-such-host.invalid"),
        ({"user": "kohvik", "password": "x"}, "lets nobody sign in"),
        ({"sender": ""}, "No sender is set"),
        ({"host": ""}, "No mail server is set"),
    ],
)
def test_what_is_wrong_with_the_settings_is_told(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[..., Server],
    given: dict[str, str],
    told: str,
) -> None:
    settings(workspace, monkeypatch, **{"port": serve().port, **given})
    with pytest.raises(BadInput, match=told):
        mail.send_test("owner@kohvik.example")


def test_nobody_at_the_port_and_a_refused_address(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server]
) -> None:
    server = serve()
    settings(workspace, monkeypatch, port=server.port)
    with pytest.raises(BadInput, match=r"doesn't take letters for this address.*550 nobody of that name"):
        mail.send_test("refused@kohvik.example")
    settings(workspace, monkeypatch, port=1)
    with pytest.raises(BadInput, match="Nothing answers"):
        mail.send_test("owner@kohvik.example")


def test_an_invitation_is_mailed_and_shown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server]
) -> None:
    server = serve()
    settings(workspace, monkeypatch, port=server.port)
    client = browser(member("owner", name="Mari & Co"))
    shown = client.post("/staff/members/invite/", {"email": "a@kohvik.example", "role": "agent"}).text
    (letter,) = server.box.letters
    address = shown.split('rows="3">')[1].split("<")[0]
    assert address in letter.get_content()
    assert "Mari & Co invites you" in letter.get_content()
    refused = client.post("/staff/members/invite/", {"email": "refused@kohvik.example", "role": "agent"}).text
    assert "550 nobody of that name" in refused
    assert "/staff/join/" in refused


def test_the_page_tests_mail(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server]
) -> None:
    client = browser(member("owner"))
    assert "No mail server is set" in client.get("/staff/mail/").text
    server = serve()
    settings(workspace, monkeypatch, port=server.port)
    assert client.post("/staff/mail/").status_code == 302
    assert len(server.box.letters) == 1
    settings(workspace, monkeypatch, port=server.port, security="tls")
    answer = client.post("/staff/mail/")
    assert answer.status_code == 400
    assert "speak TLS from the first byte" in answer.text


@every_database
def test_a_forgotten_password_by_mail(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Server]
) -> None:
    from django_tasks_db.models import DBTaskResult

    who = member("agent")
    asked = browser().post("/staff/forgot/", {"email": who.email})
    assert "Ask an owner" in asked.text  # no mail server
    server = serve()
    settings(workspace, monkeypatch, port=server.port)
    known = browser().post("/staff/forgot/", {"email": "Agent@kohvik.example"})
    unknown = browser().post("/staff/forgot/", {"email": "nobody@kohvik.example"})
    assert known.text == unknown.text
    assert known.status_code == unknown.status_code == 200
    assert DBTaskResult.objects.count() == 1
    jobs.mail_reset(member=who.pk)
    jobs.mail_reset(member=who.pk)  # done again, or asked for again at once: nothing more
    (letter,) = server.box.letters
    page = next(line for line in letter.get_content().splitlines() if "/staff/reset/" in line)
    chosen = {"password": "seven green chairs", "again": "seven green chairs"}
    assert browser().post(page[len("http://127.0.0.1:8000") :], chosen).status_code == 302
    who.refresh_from_db()
    assert who.check_password("seven green chairs")


def test_a_letter_that_could_not_leave_leaves_no_link(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    who = member("agent")
    settings(workspace, monkeypatch, port=9)
    with pytest.raises(BadInput):
        jobs.mail_reset(member=who.pk)
    assert Link.objects.get().revoked_at is not None

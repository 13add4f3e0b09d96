"""One call out: checked, within limits of time, size and redirects."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import httpcore
import httpx

from regulars.base.errors import NotAllowed, RegularsError
from regulars.platform.egress.addresses import Network, why_host_is_refused
from regulars.platform.egress.connecting import CheckedBackend, Deadline, NoAddress, Resolve, look_up

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_KEPT_FOR_OTHERS = ("accept", "accept-language", "content-type", "user-agent")
_ALWAYS = {"User-Agent": "Regulars", "Accept-Encoding": "identity"}


class Unreachable(RegularsError):
    """The other server didn't answer, or not as it should. Trying again later may help."""


@dataclass(frozen=True)
class Egress:
    """How calls are made.

    ports : that may be called.  allowed : networks that may be called although they aren't public, as "10.1.2.0/24".
    timeout_seconds : for the whole call, redirects included.  limit_bytes : of the answer's body.
    redirects : followed at most.  resolve : looks names up.  tls : whom to trust; else the usual authorities.
    """

    ports: Collection[int] = (80, 443)
    allowed: Sequence[str] = ()
    timeout_seconds: float = 15.0
    limit_bytes: int = 2_000_000
    redirects: int = 3
    resolve: Resolve = look_up
    tls: ssl.SSLContext | None = None
    _networks: tuple[Network, ...] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_networks", tuple(ip_network(text) for text in self.allowed))

    def check(self, url: str) -> None:
        """Raises NotAllowed for an address that is never called, whatever its name leads to."""
        self._request("GET", url, {}, None, None)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: Any = None,
    ) -> httpx.Response:
        """Call `url` (http or https) and return the whole answer, whatever its status.

        Raises NotAllowed for an address that may not be called, by itself or through a redirect; Unreachable when
        there is no proper answer within the limits.
        """
        deadline = Deadline(self.timeout_seconds)
        request = self._request(method, url, headers or {}, content, json)
        for _ in range(self.redirects + 1):
            answer = self._send(request, deadline)
            if answer.status_code not in _REDIRECTS or "location" not in answer.headers:
                return answer
            request = self._redirected(request, answer)
        raise Unreachable(f"{request.url.host} sends callers on more than {self.redirects} times.")

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, json: Any
    ) -> httpx.Request:
        given = {name: value for name, value in headers.items() if name.lower() not in ("host", "accept-encoding")}
        try:
            request = httpx.Request(method, url, headers=_ALWAYS | given, content=content, json=json)
        except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
            raise NotAllowed("That is no address of the web: it can't be read.") from None
        self._check(request.url)
        return request

    def _check(self, url: httpx.URL) -> None:
        if url.scheme not in _DEFAULT_PORTS:
            raise NotAllowed("Only addresses that begin with http:// or https:// can be called.")
        if url.userinfo:
            raise NotAllowed("An address with a name or password before the @ is not called.")
        host = url.raw_host.decode("ascii", "replace")
        reason = why_host_is_refused(host)
        if reason:
            raise NotAllowed(f"'{host[:80]}' is not called: {reason}.")
        port = _port(url)
        if port not in self.ports:
            raise NotAllowed(f"Port {port} is not called; only {', '.join(map(str, sorted(self.ports)))}.")

    def _send(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        url = request.url
        # Connections aren't kept: the next call to the same place is checked anew.
        pool = httpcore.ConnectionPool(
            ssl_context=self.tls or httpx.create_ssl_context(),
            network_backend=CheckedBackend(self.resolve, self._networks, deadline),
        )
        plain = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme,
                host=url.raw_host,
                port=_port(url),
                target=url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
        )
        try:
            with pool:
                answer = pool.handle_request(plain)
                try:
                    return self._read(request, answer)
                finally:
                    answer.close()
        except (httpcore.TimeoutException, TimeoutError):
            raise Unreachable(f"{url.host} didn't answer within {self.timeout_seconds:g} seconds.") from None
        except NoAddress:
            raise Unreachable(f"{url.host} can't be found: no address belongs to this name.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            raise Unreachable(f"{url.host} can't be reached: {_short(error)}.") from None

    def _read(self, request: httpx.Request, answer: httpcore.Response) -> httpx.Response:
        headers = httpx.Headers(answer.headers)
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise Unreachable(f"{request.url.host} compresses its answer, though it was asked not to.")
        body = bytearray()
        for chunk in answer.iter_stream():
            body += chunk
            if len(body) > self.limit_bytes:
                raise Unreachable(f"{request.url.host} answers with more than {self.limit_bytes:,} bytes.")
        return httpx.Response(answer.status, headers=headers, content=bytes(body), request=request)

    def _redirected(self, request: httpx.Request, answer: httpx.Response) -> httpx.Request:
        try:
            url = request.url.join(answer.headers["location"])
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise NotAllowed(f"{request.url.host} sends callers on to something that is no address.") from None
        if request.url.scheme == "https" and url.scheme == "http":
            raise NotAllowed(f"{request.url.host} sends callers on to an address without encryption.")
        turns_to_get = answer.status_code == 303 or (answer.status_code in (301, 302) and request.method == "POST")
        method = "GET" if turns_to_get and request.method != "HEAD" else request.method
        content = None if method == "GET" else request.read()
        same = (url.scheme, url.host, url.port) == (request.url.scheme, request.url.host, request.url.port)
        headers = {name: value for name, value in request.headers.items() if same or name in _KEPT_FOR_OTHERS}
        dropped = ("content-length", "transfer-encoding") + (("content-type",) if content is None else ())
        return self._request(
            method, str(url), {n: v for n, v in headers.items() if n not in dropped}, content or None, None
        )


def _port(url: httpx.URL) -> int:
    return _DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def _short(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:200].rstrip(".")

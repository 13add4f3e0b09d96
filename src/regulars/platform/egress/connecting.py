"""Connections that go only where they may, and end in time: the network side of the client."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from regulars.base.errors import NotAllowed
from regulars.platform.egress.addresses import Address, Network, may_be_called

Resolve = Callable[[str, int], Sequence[str]]
_SHORTEST_SECONDS = 0.001


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class NoAddress(httpcore.ConnectError):
    """The name leads nowhere."""


class Deadline:
    """The end of one call, with all its redirects."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, error: type[Exception] = httpcore.ReadTimeout) -> float:
        """Seconds that are left. Raises `error` when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise error("the time for this call is over")
        return max(seconds, _SHORTEST_SECONDS)


class CheckedBackend(httpcore.NetworkBackend):
    """Looks names up once, checks every address, and connects to one that it has checked.

    Checking first and letting the HTTP library look the name up again would leave room for a name that gives another
    address the second time. TLS still checks the certificate against the name.
    """

    def __init__(self, resolve: Resolve, allowed: Sequence[Network], deadline: Deadline) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """As httpcore has it. Raises NotAllowed when the name leads to an address that isn't public."""
        failure: Exception = NoAddress(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                stream = self._plain.connect_tcp(
                    str(address), port, self._deadline.left(httpcore.ConnectTimeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Timed(stream, self._deadline)
        raise failure

    def _checked(self, host: str, port: int) -> list[Address]:
        # One bad address among good ones is enough: who mixes them means no good.
        addresses = [ip_address(text) for text in self._looked_up(host, port)]
        for address in addresses:
            if not may_be_called(address, self._allowed):
                raise NotAllowed(f"{host} leads into a private network ({address}), which may not be called.")
        return addresses

    def _looked_up(self, host: str, port: int) -> Sequence[str]:
        """The system's resolver knows no time limit, so it is waited for in a thread."""
        found: list[Sequence[str]] = []
        errors: list[Exception] = []

        def look() -> None:
            try:
                found.append(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                errors.append(error)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        thread.join(self._deadline.left(httpcore.ConnectTimeout))
        if errors:
            raise NoAddress(f"{host} has no address") from errors[0]
        if not found:
            raise httpcore.ConnectTimeout(f"{host} could not be looked up in time")
        return found[0]

    def connect_unix_socket(self, *_: object, **__: object) -> httpcore.NetworkStream:
        """Never."""
        raise NotAllowed("A socket of this machine may not be called.")


class _Timed(httpcore.NetworkStream):
    """A connection whose every step gets what is left of the call's time, so that drips don't keep it open."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline counts
        self._stream.write(buffer, self._deadline.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

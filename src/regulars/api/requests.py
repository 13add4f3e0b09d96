"""What a request brings: its body (unpacked, never more than allowed) and its key."""

from __future__ import annotations

import base64
import binascii
import zlib

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from regulars.api.problems import Problem

_GZIP = 16 + zlib.MAX_WBITS


def header(request: HttpRequest, name: str) -> str:
    """A header's text, empty where it isn't there. Django's `headers` reads all of them, to look at one."""
    found: str = request.META.get(f"HTTP_{name.upper().replace('-', '_')}", "")
    return found


def body(request: HttpRequest, most: int) -> bytes:
    """The request's body, unpacked where it is gzipped.

    most : bytes, packed and unpacked. Raises Problem: 413 for more, 415 for another packing, 400 for a broken one.
    """
    packing = header(request, "Content-Encoding").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise Problem(415, "wrong_encoding", "Bodies are plain or gzipped.")
    raw = _sent(request, most)
    return _unpacked(raw, most) if "gzip" in packing else raw


def key(request: HttpRequest) -> str | None:
    """The key that the request's header has: the user name of Basic, or a Bearer token. None without one."""
    kind, _, value = header(request, "Authorization").strip().partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() != "basic":
        return None
    try:
        told = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return told.partition(":")[0]


def _sent(request: HttpRequest, most: int) -> bytes:
    if header(request, "Transfer-Encoding"):  # no length is told beforehand, and Django would read nothing
        raw: bytes = request.environ["wsgi.input"].read(most + 1)  # type: ignore[attr-defined]  # served through WSGI
    else:
        try:
            raw = request.read(most + 1)
        except (UnreadablePostError, OSError):
            raise Problem(400, "cut_off", "The request broke off.") from None
    if len(raw) > most:
        raise _too_large(most)
    return raw


def _unpacked(raw: bytes, most: int) -> bytes:
    unpack = zlib.decompressobj(_GZIP)
    try:
        plain = unpack.decompress(raw, most + 1)
        if len(plain) <= most:
            plain += unpack.flush(most + 1 - len(plain) or 1)
    except zlib.error:
        raise Problem(400, "broken_gzip", "The body is not gzip, though the request says so.") from None
    if len(plain) > most:
        raise _too_large(most)
    if not unpack.eof:
        raise Problem(400, "broken_gzip", "The gzipped body is cut off.")
    return plain


def _too_large(most: int) -> Problem:
    return Problem(413, "too_large", f"The request has more than {most // 1024} KB. Send less at a time.")

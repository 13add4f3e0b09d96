"""What stands around every resource: the key, its rate, the body unpacked, repeats, and one shape of errors.

The resources themselves are the rooms' routers; they ask `staff.callers` what the key may.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from regulars.api import origins, problems, repeats, requests
from regulars.api.problems import CONTENT_TYPE, Problem
from regulars.api.rates import Buckets
from regulars.base.errors import RegularsError
from regulars.platform import audit, store
from regulars.staff import callers
from regulars.staff.callers import Caller

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
"""Bytes of a request, packed and unpacked."""
_UNREAD = "regulars.unread"
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_CODES = {404: "not_found", 405: "wrong_method", 415: "wrong_type"}
_DETAILS = {404: "There is nothing at this address.", 405: "This can't be done at this address."}
_buckets = Buckets()
View = Callable[..., HttpResponse]


class _Strict(Parser):
    """JSON as it is meant: no NaN, no half characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            if kind not in ("application/json", ""):
                raise Problem(415, "wrong_type", "Send JSON, with the Content-Type application/json.")
            return msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            request.META[_UNREAD] = Problem(400, "invalid_json", "The request is not JSON.")
            raise
        except Problem as problem:
            request.META[_UNREAD] = problem  # ninja tells only that it couldn't be read, not why
            raise


class Api(NinjaAPI):
    """Django-ninja, whose errors are left to the frame."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parser=_Strict(), docs_url=None, openapi_url=None, **options)

    def on_exception(self, _request: HttpRequest, exc: Any) -> HttpResponse:
        """Leave it to the frame."""
        raise exc


def framed(view: View) -> View:
    """The view, with all that stands around it."""

    @csrf_exempt  # a key is asked for, never a cookie
    def answer(request: HttpRequest, *args: Any, **places: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return origins.preflight(request)
        try:
            response = _answer(request, lambda: view(request, *args, **places))
        except (RegularsError, DatabaseError, ValidationError, HttpError) as error:
            response = _problem(request.META.get(_UNREAD, error))
            if response.status_code == 401:
                response["WWW-Authenticate"] = 'Basic realm="Regulars"'
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def unknown(_request: HttpRequest, **_: str) -> HttpResponse:
    """An address under which there is nothing."""
    return Problem(404, "not_found", _DETAILS[404]).response()


def _answer(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    key = requests.key(request)
    caller = callers.recognise(key) if key else None
    if caller is None:
        raise Problem(401, "wrong_key", "Come in with a key: as a Bearer token, or as the user name of Basic.")
    _pay(caller)
    request._body = requests.body(request, LARGEST)  # where Django keeps what was read
    who = audit.Actor("key", caller.key_id, caller.name, request.META.get("REMOTE_ADDR") or None)
    with callers.calling(caller), audit.acting(who):
        if request.method not in _CHANGING:
            return _plain(view())
        return repeats.once(request, caller.key_id, request.body, lambda: _plain(view()))


def _pay(caller: Caller) -> None:
    settings = store.opened().settings.api
    rate, size = settings.requests_per_second, settings.requests_at_once
    again = _buckets.take(caller.key_id, 1, rate=rate, size=max(1, size))
    if again:
        raise Problem(429, "too_many", f"More than {rate} requests a second. Ask again later.", again_seconds=again)


def _plain(response: HttpResponse) -> HttpResponse:
    """The response; Django's own pages about errors become problems."""
    status = response.status_code
    if status < 400 or response.headers.get("Content-Type") == CONTENT_TYPE:
        return response
    told = Problem(status, _CODES.get(status, "refused"), _DETAILS.get(status, "This can't be answered.")).response()
    if "Allow" in response:
        told["Allow"] = response["Allow"]
    return told


def _problem(error: Exception) -> HttpResponse:
    if isinstance(error, ValidationError):
        wrong = [{"where": _where(one), "what": str(one.get("msg", ""))} for one in error.errors[:20]]
        told = Problem(422, "wrong_fields", "Some fields can't be used; `errors` says which and why.")
        return told.response(errors=wrong)
    if isinstance(error, HttpError):
        return Problem(
            error.status_code, _CODES.get(error.status_code, "refused"), "This can't be answered."
        ).response()
    found = problems.of(error)
    if found is None:
        raise error
    if found.status == 503:
        log.warning("nothing can be answered", extra={"reason": type(error).__name__})
    return found.response()


def _where(one: dict[str, Any]) -> str:
    """The field's name, as in `lines.3.quantity`, without ninja's own parts."""
    parts = [str(part) for part in one.get("loc", ())]
    return ".".join(part for part in parts[1:] if part != "body") or ".".join(parts)

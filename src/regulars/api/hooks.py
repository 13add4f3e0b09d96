"""Webhooks of shops over HTTP: `/hooks/shopify/SHOP` and `/hooks/woocommerce/SHOP`, signed by the shop's server."""

from __future__ import annotations

import logging

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from regulars.api import problems, requests
from regulars.api.problems import Problem
from regulars.base.errors import RegularsError
from regulars.stream import hooks_in
from regulars.stream.hooks_in import Called

log = logging.getLogger(__name__)

LARGEST = 4 * 1024 * 1024
"""Bytes of a delivery: orders of a thousand lines have a megabyte or two."""


@csrf_exempt  # the signature is asked for, never a cookie
def shopify(request: HttpRequest, shop: str) -> HttpResponse:
    """What Shopify calls."""
    return _answered(request, "shopify", shop)


@csrf_exempt
def woocommerce(request: HttpRequest, shop: str) -> HttpResponse:
    """What WooCommerce calls."""
    return _answered(request, "woocommerce", shop)


def _answered(request: HttpRequest, channel: str, shop: str) -> HttpResponse:
    try:
        return _take(request, channel, shop)
    except (RegularsError, DatabaseError) as error:
        told = _problem(error)
        if told is None:
            raise
        if told.status == 503:
            log.warning("a webhook can't be kept", extra={"reason": type(error).__name__})
        response = told.response()
        if told.status == 405:
            response["Allow"] = "POST"
        return response


def _problem(error: Exception) -> Problem | None:
    if isinstance(error, hooks_in.WrongSignature):
        return Problem(401, "wrong_signature", str(error))
    return problems.of(error)


def _take(request: HttpRequest, channel: str, shop: str) -> HttpResponse:
    if request.method != "POST":
        raise Problem(405, "wrong_method", "Send it by POST.")
    body = requests.body(request, LARGEST)
    reader = hooks_in.CHANNELS[channel]
    called = Called(
        channel=channel,
        shop=shop,
        body=body,
        signature=request.headers.get(reader.SIGNATURE, "").strip(),
        delivery=request.headers.get(reader.DELIVERY, "").strip()[:200],
        topic=request.headers.get(reader.TOPIC, "").strip().lower()[:60],
    )
    outcome = "ignored" if hooks_in.is_ping(called) else hooks_in.take(called)
    return HttpResponse(msgspec.json.encode({"outcome": outcome}), content_type="application/json")

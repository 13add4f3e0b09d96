"""Webhooks both ways: shops that call us, addresses that we call, and what they were told."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import back, page
from regulars.stream import hooks_actions, hooks_in, webhooks
from regulars.stream.models import Endpoint, Hook, Outgoing
from regulars.stream.webhook_types import TYPES

MOST = 50
SYSTEMS = {"shopify": "Shopify", "woocommerce": "WooCommerce"}
WORDS: dict[str, Promise] = {
    "standing.changed": lazy("A customer's standing changed"),
    "customer.created": lazy("A customer is new"),
    "customer.changed": lazy("What is known of a customer changed"),
    "customer.merged": lazy("Two customers became one"),
    "customer.parted": lazy("Merged customers were parted"),
    "customer.forgotten": lazy("A customer was forgotten"),
    "consent.given": lazy("Consent was given"),
    "consent.refused": lazy("Consent was refused or withdrawn"),
    "objection.made": lazy("A customer objects to analysis"),
    "objection.ended": lazy("An objection to analysis ended"),
    "order.placed": lazy("An order was placed"),
    "order.refunded": lazy("An order was refunded"),
    "order.cancelled": lazy("An order was cancelled"),
}
TRIAL = lazy("A test")
STATES: dict[str, Promise] = {
    "waiting": lazy("waiting"),
    "done": lazy("taken"),
    "failed": lazy("given up"),
    "stopped": lazy("stopped"),
}


@page("keys.edit", edits="keys.edit")
def show(request: HttpRequest) -> HttpResponse:
    """The page; a POST adds, changes, tests or removes. A new secret is shown in the answer, and never again."""
    if request.method == "POST":
        return _do(request)
    context = {
        "title": _("Webhooks"),
        "systems": SYSTEMS.items(),
        "shops": [_shop(request, row) for row in Hook.objects.order_by("shop", "channel")],
        "types": [(name, WORDS[name]) for name in TYPES],
        "endpoints": [
            (row, [(n, WORDS[n], n in row.wanted) for n in TYPES]) for row in Endpoint.objects.order_by("pk")
        ],
        "log": [
            (row, WORDS.get(row.type, TRIAL), STATES[row.state])
            for row in Outgoing.objects.select_related("endpoint").order_by("-pk")[:MOST]
        ],
    }
    return site.render(request, "console/stream/webhooks.html", context)


def _shop(request: HttpRequest, row: Hook) -> dict[str, object]:
    return {
        "row": row,
        "system": SYSTEMS[row.channel],
        "address": request.build_absolute_uri(reverse(row.channel, args=[row.shop])),
        "topics": hooks_in.CHANNELS[row.channel].TOPICS,
    }


def _do(request: HttpRequest) -> HttpResponse:
    given = request.POST
    verb, thing = given.get("verb", ""), given.get("thing", "")
    number = int(thing) if thing.isdecimal() else 0
    if verb == "add shop":
        row, secret = hooks_actions.add(given.get("shop", ""), given.get("channel", ""), given.get("secret", ""))
        return _shown(request, secret, row)
    if verb == "rotate shop":
        secret = hooks_actions.rotate(number, given.get("secret", ""))
        return _shown(request, secret, Hook.objects.get(pk=number))
    if verb == "add":
        return _shown(request, webhooks.add(given.get("url", ""), given.getlist("wanted"))[1])
    if verb == "rotate":
        return _shown(request, webhooks.rotate(number))
    others: dict[str, tuple[Callable[[], object], str]] = {
        "remove shop": (lambda: hooks_actions.remove(number), _("The shop's webhooks are refused from now on.")),
        "change": (lambda: webhooks.change(number, given.getlist("wanted")), _("Kept. It holds from now on.")),
        "off": (lambda: webhooks.enable(number, on=False), _("It isn't called any more.")),
        "on": (lambda: webhooks.enable(number, on=True), _("It is called again.")),
        "remove": (lambda: webhooks.remove(number), _("It is gone.")),
        "test": (lambda: webhooks.test(number), _("A test is on its way. The log below shows what comes of it.")),
        "redeliver": (lambda: webhooks.redeliver(number), _("It is sent once more.")),
    }
    if verb not in others:
        raise BadInput(_("Choose what to do."))
    act, said = others[verb]
    act()
    messages.success(request, said)
    return back(request, reverse("console:webhooks"))


def _shown(request: HttpRequest, secret: str, shop: Hook | None = None) -> HttpResponse:
    context = {"title": _("The new secret"), "secret": secret, "shop": _shop(request, shop) if shop else None}
    return site.render(request, "console/stream/secret.html", context)

"""What customers say about consent, written down: statements, questions with a link to confirm, objections, grounds.

The ledger is only added to. Whoever calls these has made sure who speaks: `verified` says that the source knows that
it was this person. Each verb is one transaction and answers the same when repeated.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import merges, sync_write
from regulars.customers.consent import ANALYSIS, statement
from regulars.customers.models import (
    Basis,
    Consent,
    ConsentChannel,
    ConsentLink,
    ConsentPurpose,
    Customer,
    Objection,
)
from regulars.customers.rules_consent import ANY_CHANNEL, EVERY_TOPIC, deciding
from regulars.customers.sync_some import sync_some
from regulars.platform import audit, events

CONFIRMED = "confirmed by link"
LINK_HOLDS = timedelta(days=14)
GROUNDS = ("legitimate interest", "contract", "consent", "legal obligation")
LONGEST_TOPIC = 60


@transaction.atomic
def say(
    customer_id: int,
    purpose: str,
    channel: str,
    topic: str = EVERY_TOPIC,
    *,
    given: bool,
    source: str,
    verified: bool,
    wording: str = "",
    basis: str = "consent",
    at: datetime | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Write down that the customer gave or refused something; the number of the statement.

    source : how it came here, as in "telephone" or "import 12".  wording : version of the text they saw.  at : when
    they said it, now unless it is told later; a moment that is still to come is now, as nobody has spoken then. Where
    the last statement about the same, or the one of that moment, says just that, it is the one.
    Raises BadInput for a purpose or channel that doesn't exist, and for marketing on every channel at once: it is
    given channel by channel (and may be refused everywhere at once).
    """
    check(purpose, channel, topic, given=given)
    who, now = _there(customer_id), clock.now()
    told_later = at is not None and at < now
    moment = at if at is not None and told_later else now
    same = Consent.objects.filter(customer_id=who, purpose=purpose, channel=channel, topic=topic)
    if told_later:
        of_then = list(same.filter(recorded_at=moment).order_by("pk"))
    else:
        last = deciding([statement(row) for row in same])
        of_then = [] if last is None else [same.get(pk=last.number)]
    said = (given, False, source, verified, wording, expires_at)
    for before in of_then:
        if _repeats(before, said, over=not told_later):
            return int(before.pk)
    row = Consent.objects.create(
        customer_id=who,
        purpose=purpose,
        channel=channel,
        topic=topic,
        given=given,
        source=source,
        verified=verified,
        wording=wording,
        basis=basis,
        recorded_at=moment,
        expires_at=expires_at,
        by_staff_id=_staff(),
    )
    if not given:
        revoke([who], purpose)
    _noted("consent given" if given else "consent refused", row)
    return int(row.pk)


@transaction.atomic
def ask(
    customer_id: int,
    purpose: str,
    channel: str,
    topic: str = EVERY_TOPIC,
    *,
    source: str,
    wording: str,
    expires_at: datetime | None = None,
    holds: timedelta = LINK_HOLDS,
) -> tuple[int, str]:
    """Double opt-in, its first half: write down that they were asked; the statement's number and the link's token.

    expires_at : when the consent will end, once confirmed.  holds : how long the link works. The token is told this
    once and can't be read again. Asking again makes the links before it worthless.
    """
    check(purpose, channel, topic, given=True)
    who, now = _there(customer_id), clock.now()
    revoke([who], purpose, channel, topic)
    row = Consent.objects.create(
        customer_id=who,
        purpose=purpose,
        channel=channel,
        topic=topic,
        given=False,
        pending=True,
        source=source,
        wording=wording,
        recorded_at=now,
        expires_at=expires_at,
        by_staff_id=_staff(),
    )
    token = secrets.token_urlsafe(32)
    ConsentLink.objects.create(consent=row, digest=digest(token), expires_at=now + holds)
    _noted("consent asked for", row)
    return int(row.pk), token


@transaction.atomic
def confirm(token: str) -> int:
    """Double opt-in, its second half, on the POST of the page behind the link; the number of the statement it makes.

    Raises NotFound for a link that isn't one, Conflict for one that was used, is over, or was taken back: the answer
    then is to ask again.
    """
    now = clock.now()
    link = ConsentLink.objects.select_related("consent").filter(digest=digest(token)).first()
    if link is None:
        raise NotFound("This link isn't known. Ask for a new one.")
    # Conditional, with the count checked: of two who follow it at once, one uses it.
    used = ConsentLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now)
    if not used:
        raise Conflict("This link was used already, or its time is over. Ask for a new one.")
    asked = link.consent
    row = Consent.objects.create(
        customer_id=asked.customer_id,
        purpose=asked.purpose,
        channel=asked.channel,
        topic=asked.topic,
        given=True,
        source=CONFIRMED,
        verified=True,
        wording=asked.wording,
        basis=asked.basis,
        recorded_at=now,
        expires_at=asked.expires_at,
    )
    _noted("consent given", row)
    return int(row.pk)


def revoke(
    customer_ids: Sequence[int], purpose: str | None = None, channel: str | None = None, topic: str = EVERY_TOPIC
) -> None:
    """Make links that wait to be confirmed worthless (of a purpose; of one channel and topic); in the caller's
    transaction."""
    now = clock.now()
    waiting = ConsentLink.objects.filter(consent__customer_id__in=customer_ids, used_at=None, expires_at__gt=now)
    if purpose is not None:
        waiting = waiting.filter(consent__purpose=purpose)
    if channel is not None:
        waiting = waiting.filter(consent__channel=channel, consent__topic=topic)
    ids = list(waiting.values_list("pk", flat=True))
    ConsentLink.objects.filter(pk__in=ids).update(expires_at=now)


@transaction.atomic
def object_to_analysis(customer_id: int, *, source: str) -> None:
    """The customer objects to being analysed: from now on nothing is judged of them, and nothing is learnt from them.

    What was said of them so far goes at once; the next refresh learns without them.
    """
    who = _there(customer_id)
    _row, new = Objection.objects.get_or_create(
        customer_id=who, defaults={"purpose": ANALYSIS, "recorded_at": clock.now(), "source": source}
    )
    if new:
        _unjudged(who)
        events.record("analysis objected to", customer_id=who)
        audit.note("objection.recorded", customer_id=who)


@transaction.atomic
def end_objection(customer_id: int) -> None:
    """The customer objects no longer, under none of the numbers that are theirs; nothing happens where they didn't."""
    who = _there(customer_id)
    if Objection.objects.filter(customer_id__in=merges.everyone_of([who])).delete()[0]:
        sync_some([who])
        events.record("analysis objection ended", customer_id=who)
        audit.note("objection.ended", customer_id=who)


@transaction.atomic
def rest_on(purpose: str, ground: str, statement: str) -> None:
    """Write down on what the firm rests something it does with everybody's data, such as ANALYSIS.

    Raises BadInput for a ground that isn't one, or without a word on why it holds.
    """
    if ground not in GROUNDS:
        raise BadInput(f"'{ground}' is no ground to rest on. There are: {', '.join(GROUNDS)}.")
    if not statement.strip():
        raise BadInput("Say in a sentence why that holds for your firm: people may ask.")
    known = {"ground": ground, "statement": statement.strip(), "recorded_at": clock.now(), "by_staff_id": _staff()}
    same = Basis.objects.filter(purpose=purpose, ground=ground, statement=statement.strip())
    if not same.exists():
        Basis.objects.update_or_create(purpose=purpose, defaults=known)
        audit.note("basis.recorded", object=purpose, ground=ground)


def check(purpose: str, channel: str, topic: str, *, given: bool) -> None:
    """Raises BadInput where such a statement can't be."""
    if purpose not in ConsentPurpose.values:
        raise BadInput(f"There is no purpose '{purpose}'. There are: {', '.join(ConsentPurpose.values)}.")
    if channel not in ConsentChannel.values:
        raise BadInput(f"There is no channel '{channel}'. There are: {', '.join(ConsentChannel.values)}.")
    if len(topic) > LONGEST_TOPIC:
        raise BadInput(f"A topic has at most {LONGEST_TOPIC} letters.")
    if given and purpose == ConsentPurpose.MARKETING and channel == ANY_CHANNEL:
        raise BadInput("Consent to marketing is given channel by channel. Say which one: email, sms, phone, post, ...")


def digest(token: str) -> str:
    """What is kept of a link: nobody who reads the database can follow it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _repeats(last: Consent, said: tuple[bool, bool, str, bool, str, datetime | None], *, over: bool) -> bool:
    """Whether the statement says just that. `over`: one that has ended by now may be said anew."""
    ended = over and last.expires_at is not None and last.expires_at <= clock.now()
    return not ended and said == (
        last.given,
        last.pending,
        last.source,
        last.verified,
        last.wording,
        last.expires_at,
    )


def _unjudged(customer_id: int) -> None:
    """From now on their picture is that of somebody who isn't judged."""
    sync_write.remove([customer_id])
    sync_some([customer_id])


def _there(customer_id: int) -> int:
    if not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(f"There is no customer {customer_id}.")
    return merges.current(customer_id)


def _staff() -> int | None:
    who = audit.actor()
    return who.id if who.kind == "staff" else None


def _noted(event: str, row: Consent) -> None:
    said = {"purpose": row.purpose, "channel": row.channel, "topic": row.topic}
    # At the statement's own moment: what is told long after it is history, which sets nothing off.
    events.record(event, customer_id=row.customer_id, properties=said, occurred_at=row.recorded_at)
    audit.note(f"consent.{event.split()[1]}", customer_id=row.customer_id, object=f"consent {row.pk}", **said)

"""What this room holds about people: the inventory's entries, each told, counted and erased in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_noop as _

from regulars.customers import models as m
from regulars.customers.models.privacy import Erasure
from regulars.platform import registry
from regulars.platform.personal import OPERATIONS, Held, entry
from regulars.platform.registry import NotPersonal, PersonalData
from regulars.platform.traces import Traces

ROOM = "customers"
TRIALS_KEPT = timedelta(days=7)
_WHO = "name email phone country region city birth_date organisation language time_zone"


def register() -> None:
    """Add the entries to the inventory. The customers themselves come last: with them goes whatever names them."""
    registry.personal_data.add(*_known(), *_said(), *_judged(), _people())
    registry.not_personal.add(*_not_personal())


def _known() -> Iterable[PersonalData]:
    yield entry(
        "keys",
        _("Numbers and contacts by which the shop knows them"),
        ROOM,
        _("Recognises the same customer in every file and order."),
        [
            Held(m.Identity, "customer", "shop kind key verified_at origin_id"),
            Held(m.Candidate, "first second", "why found_at dismissed_at", "found_at"),
            Held(m.Merge, "source target", "at reason undone_at", "at"),
            Held(m.MergedRow, "merge__source merge__target", "table row before"),
        ],
    )
    yield entry(
        "addresses",
        _("Postal addresses"),
        ROOM,
        _("Delivery and post."),
        [
            Held(
                m.Address,
                "customer",
                "use recipient lines postal_code city region country source recorded_at",
                "recorded_at",
            )
        ],
    )
    yield entry(
        "devices",
        _("Browsers and telephones they come from"),
        ROOM,
        _("Recognises a returning visitor, and reaches their telephone."),
        [Held(m.Device, "customer", "key kind push_token first_seen_at last_seen_at", "first_seen_at")],
        last_used=lambda: m.Device.objects.aggregate(last=Max("last_seen_at"))["last"],
    )
    yield entry(
        "attributes",
        _("What else the firm wants to know of them"),
        ROOM,
        _("Said for each attribute where it is declared."),
        [Held(m.Attribute, "customer", "value source recorded_at expires_at", "recorded_at")],
        expire=lambda now: _expired_attributes(now).delete()[0],
        due=lambda now: _expired_attributes(now).count(),
        last_used=lambda: m.AttributeType.objects.aggregate(last=Max("last_used_at"))["last"],
    )
    yield entry(
        "memberships",
        _("Which organisations they belong to"),
        ROOM,
        _("Shows who decides, buys, uses and pays."),
        [Held(m.Membership, "organisation member", "role since until source")],
    )


def _said() -> Iterable[PersonalData]:
    yield entry(
        "consent",
        _("What they agreed to and refused"),
        ROOM,
        _("Proves that they were written to with their consent."),
        [
            Held(m.ConsentLink, "consent__customer", "digest expires_at used_at"),
            Held(
                m.Consent,
                "customer",
                "purpose topic channel given pending source verified wording basis recorded_at expires_at",
                "recorded_at",
            ),
            Held(m.Objection, "customer", "purpose recorded_at source", "recorded_at"),
        ],
    )
    yield entry(
        "work",
        _("Notes, tags and tasks of staff"),
        ROOM,
        _("Helps staff to look after them."),
        [
            Held(m.Note, "customer", "by_name at text", "at"),
            Held(m.Task, "customer", "title text due created_at done_at", "created_at"),
            Held(m.CustomerTag, "customer", "at", "at"),
        ],
    )


def _judged() -> Iterable[PersonalData]:
    yield entry(
        "pictures",
        _("What their purchases say: standing, value, latest orders"),
        ROOM,
        _("Shows who buys, who is slipping away and what each is worth."),
        [
            Held(m.Picture, "customer", _PICTURE),
            Held(m.NameWord, "customer", "word"),
            Held(m.Recent, "customer", "packed"),
            Held(m.StandingChange, "customer", "day standing_before standing rung_before rung"),
        ],
        erase=_erase_pictures,
    )
    yield PersonalData(
        name="lists",
        label=_("Lists of single customers in the figures of each refresh"),
        room=ROOM,
        purpose=_("Says whom to call first."),
        where=OPERATIONS,
        columns=("customers.Run.firm",),
        people=lambda: len(_listed(m.Run.objects.order_by("-id").values_list("firm", flat=True).first())),
        export=_told_lists,
        erase=_erase_from_lists,
    )
    yield PersonalData(
        name="trials",
        label=_("Examples of who would move where by other thresholds"),
        room=ROOM,
        purpose=_("Shows what other thresholds would change before they hold."),
        where=OPERATIONS,
        columns=("customers.Trial.result",),
        people=lambda: 0,
        export=lambda _ids: (),
        # Which of them names whom isn't worth asking: another trial takes seconds.
        erase=lambda _ids: m.Trial.objects.all().delete()[0],
        keep=lambda: TRIALS_KEPT,
        expire=lambda before: m.Trial.objects.filter(asked_at__lt=before).delete()[0],
        due=lambda before: m.Trial.objects.filter(asked_at__lt=before).count(),
    )


def _people() -> PersonalData:
    return entry(
        "people",
        _("Who they are: name, contacts, country, birth date"),
        ROOM,
        _("Knows whom the firm deals with."),
        [
            Held(m.Customer, "id", f"kind internal {_WHO} owner_staff_id merged_into_id import_id"),
            Held(Erasure, "", "customer_ids traces"),
            Held(m.Retold, "customer_id"),
        ],
        erase=_erase_people,
    )


def _erase_people(customer_ids: Sequence[int]) -> int:
    m.Retold.objects.filter(customer_id__in=list(customer_ids)).delete()
    return m.Customer.objects.filter(pk__in=list(customer_ids)).delete()[0]


_PICTURE = (
    "label sort_name country organisation standing rung sure occasions orders first_day last_day late_after_day "
    "p_alive p_return return_in expected_occasions_365 next_in next_in_10 next_in_90 value_365 value_365_low "
    "value_365_high value_if_staying value_at_risk realised_value sales sales_365 spend_per_occasion median_gap "
    "longest_gap evenness client_score score_revenue score_needs score_reliability fading seasonal reasons"
)


def _not_personal() -> Iterable[NotPersonal]:
    def none(table: str, fields: str, why: str) -> NotPersonal:
        return NotPersonal(f"customers.{table}", tuple(fields.split()), why)

    yield none("Tag", "name", "a label; who has it is another table")
    yield none(
        "AttributeType",
        "name label type choices purpose basis sensitive keep_days created_at last_used_at",
        "says what may be held, not of whom",
    )
    yield none("Counter", "name next_id", "the next free number")
    yield none(
        "Run",
        "as_of started_at finished_at seconds versions standing_version parameters synced_at recent_versions",
        "figures of the whole firm, and what they were made from",
    )
    yield none(
        "Trial",
        "thresholds state stage error run_id versions by_staff_id by_name asked_at finished_at",
        "thresholds that somebody of the staff tries out",
    )
    yield none("RefreshFailure", "at stage message", "what is wrong and what to do, without names")
    yield none(
        "SyncedBlock", "number fingerprints recent guesses", "hashes and rounded figures; overwritten when rows go"
    )
    yield none("Basis", "purpose ground statement recorded_at by_staff_id", "the firm's own statement")
    yield none("Forgotten", "digest request at", "keyed hashes, from which nobody can be found")
    yield none("Erasure", "request asked_at by_name stage counts done_at", "says how far the work is")
    yield none("Merge", "by_staff_id", "who of the staff did it")
    yield none("Candidate", "by_staff_id", "who of the staff decided")
    yield none("Consent", "by_staff_id", "who of the staff noted it")
    yield none("Note", "by_staff_id", "who of the staff wrote it")
    yield none("Task", "for_staff_id by_staff_id done_by_staff_id", "who of the staff does it")


def _expired_attributes(now: datetime) -> QuerySet[m.Attribute]:
    return m.Attribute.objects.filter(expires_at__lte=now)


def _erase_pictures(customer_ids: Sequence[int]) -> int:
    from regulars.customers import sync_blocks  # needs NumPy, which listing the inventory doesn't

    wanted = list(customer_ids)
    gone = sum(
        model._default_manager.filter(customer_id__in=wanted).delete()[0]
        for model in (m.Picture, m.NameWord, m.Recent, m.StandingChange)
    )
    if wanted:
        sync_blocks.mark(wanted)  # a sync that is under way must not write them again
    return gone


def _listed(firm: Any) -> set[int]:
    """The customers that a run's figures name."""
    if isinstance(firm, dict):
        own = {firm["customer_id"]} if isinstance(firm.get("customer_id"), int) else set()
        return own.union(*map(_listed, firm.values()))
    return set().union(*map(_listed, firm)) if isinstance(firm, list) else set()


def _without(firm: Any, gone: frozenset[int]) -> Any:
    if isinstance(firm, dict):
        return {key: _without(value, gone) for key, value in firm.items()}
    if isinstance(firm, list):
        kept = [one for one in firm if not (isinstance(one, dict) and one.get("customer_id") in gone)]
        return [_without(one, gone) for one in kept]
    return firm


def _told_lists(customer_ids: Sequence[int]) -> Iterable[Mapping[str, Any]]:
    wanted = set(customer_ids)
    for run in m.Run.objects.order_by("id").iterator(chunk_size=20):
        if _listed(run.firm) & wanted:
            yield {"table": "Run", "as_of": run.as_of, "listed": True}


def _erase_from_lists(customer_ids: Sequence[int]) -> int:
    gone, changed = frozenset(customer_ids), 0
    for run in m.Run.objects.order_by("id").iterator(chunk_size=20):
        if _listed(run.firm) & gone:
            m.Run.objects.filter(pk=run.pk).update(firm=_without(run.firm, gone))
            changed += 1
    return changed


def traces_of(customer_ids: Sequence[int]) -> Traces:
    """What files may know these customers by, as far as the operations store says."""
    people = m.Customer.objects.filter(pk__in=list(customer_ids))
    # Others work for the same organisation: its name is theirs only where it is the customer itself.
    called = people.values_list("name", "organisation")
    names = {str(name or organisation) for name, organisation in called if name or organisation}
    names |= set(
        m.Address.objects.filter(customer__in=people).exclude(recipient="").values_list("recipient", flat=True)
    )
    emails = {text for text in people.values_list("email", flat=True) if text}
    phones = {text for text in people.values_list("phone", flat=True) if text}
    keys: set[str] = set()
    for kind, key in m.Identity.objects.filter(customer__in=people).values_list("kind", "key"):
        {"email": emails, "phone": phones}.get(kind, keys).add(key)
    return Traces(tuple(sorted(names)), tuple(sorted(emails)), tuple(sorted(phones)), tuple(sorted(keys)))

"""CHECKS 12: over any sequence of merges and undoings nothing is lost, and nobody's refusal is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.costly import examples
from tests.customers.people import everything, imported, keys, somebody
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import Conflict
from regulars.customers import actions_consent, actions_merges, actions_work, identity, merges
from regulars.customers import consent as ledger
from regulars.customers.merges_preview import preview
from regulars.customers.models import Consent, Customer, CustomerTag, Identity, Note, Task
from regulars.customers.rules_consent import state
from regulars.platform.workspace import Workspace

pytestmark = every_database
CHANNELS, TOPICS = ("any", "email", "sms"), ("", "news")
SCOPES = [(channel, topic) for channel in CHANNELS for topic in TOPICS]
PEOPLE = 4


def agreed(customer: int) -> dict[tuple[str, str], Any]:
    said = ledger.ledger(customer)
    return {scope: state(said, "marketing", *scope, at=clock.now()) for scope in SCOPES}


class Merging(RuleBasedStateMachine):
    """The store against a naive model: who everything was said to, and which merges stand."""

    @initialize()
    def begin(self) -> None:
        self.people = [somebody(name=f"P{i}" if i % 2 else None) for i in range(PEOPLE)]
        self.raw = {
            key: number
            for number in self.people
            for (key,) in Identity.objects.filter(customer_id=number).values_list("key")
        }
        self.into: dict[int, int] = {}
        self.standing: list[tuple[int, int, int, Any, Any]] = []
        self.quiet: dict[int, bool] = {}
        self.notes: dict[int, int] = {}
        self.tasks: dict[int, int] = {}
        self.tags: dict[int, set[str]] = {number: set() for number in self.people}
        self.said: dict[int, int] = {}

    def end(self, number: int) -> int:
        while number in self.into:
            number = self.into[number]
        return number

    def roots(self) -> list[int]:
        return [number for number in self.people if number not in self.into]

    def pick(self, place: int) -> int:
        roots = self.roots()
        return roots[place % len(roots)]

    def disturb(self) -> None:
        self.quiet = dict.fromkeys(self.quiet, False)

    places = st.integers(0, PEOPLE - 1)

    @rule(place=places)
    def note(self, place: int) -> None:
        who = self.pick(place)
        self.notes[actions_work.add_note(who, f"note {len(self.notes)}")] = who
        self.disturb()

    @rule(place=places)
    def task(self, place: int) -> None:
        who = self.pick(place)
        self.tasks[actions_work.add_task(f"task {len(self.tasks)}", customer_id=who)] = who
        self.disturb()

    @rule(place=places, name=st.sampled_from(["vip", "club"]))
    def tag(self, place: int, name: str) -> None:
        who = self.pick(place)
        if actions_work.tag([who], name):
            self.tags[who].add(name)
        self.disturb()

    @rule(place=places, given=st.booleans(), verified=st.booleans(), scope=st.sampled_from(SCOPES))
    def say(self, place: int, given: bool, verified: bool, scope: tuple[str, str]) -> None:
        if given and scope[0] == "any":
            return
        who = self.pick(place)
        number = actions_consent.say(
            who, "marketing", *scope, given=given, verified=verified, source=f"s{len(self.said)}"
        )
        self.said[number] = who
        self.disturb()

    @rule(place=places)
    def key_by_import(self, place: int) -> None:
        """A file brings another key of somebody, who may have been merged away."""
        number = self.people[place]
        own = next(key for key, meant in self.raw.items() if meant == number and key.startswith("N"))
        mail = f"{own.lower()}-{len(self.raw)}@example.org"
        assert imported((own, mail, None)) == [number], "the lake keeps them under one number"
        self.raw[mail] = number
        self.disturb()

    @rule(one=places, other=places)
    def merge(self, one: int, other: int) -> None:
        source, target = self.pick(one), self.pick(other)
        if source == target:
            return
        before = agreed(source), agreed(target)
        kept = everything(source, target)
        told = preview(source, target)
        number = actions_merges.merge(source, target)
        assert actions_merges.merge(source, target) == number, "the same again is the same merge"
        self.into[source] = target
        self.standing.append((number, source, target, kept, before))
        self.quiet[number] = True
        after = agreed(target)
        for scope in SCOPES:
            if any(part[scope].why == "refused" and part[scope].verified for part in before):
                assert not after[scope].given
        for thing in told.consent:
            assert after[thing.channel, thing.topic].why == thing.after.why
            assert (thing.source.why, thing.target.why) == tuple(
                part[thing.channel, thing.topic].why for part in before
            )

    @precondition(lambda self: self.standing)
    @rule(which=st.integers(0, 5))
    def undo(self, which: int) -> None:
        place = which % len(self.standing)
        number, source, target, kept, before = self.standing[place]
        later = self.standing[place + 1 :]
        if any({source, target} & {s, t} for _, s, t, _, _ in later):
            with pytest.raises(Conflict, match="Undo that one first"):
                actions_merges.undo(number)
            return
        actions_merges.undo(number)
        actions_merges.undo(number)
        del self.standing[place], self.into[source]
        if self.quiet.pop(number):
            assert everything(source, target) == kept
            assert (agreed(source), agreed(target)) == before

    @rule()
    def look(self) -> None:
        self.conserved()

    def teardown(self) -> None:
        if hasattr(self, "people"):
            self.conserved()

    def conserved(self) -> None:
        for model, owners in ((Note, self.notes), (Task, self.tasks), (Consent, self.said)):
            held = dict(model.objects.filter(pk__in=owners).values_list("pk", "customer_id"))
            assert held == {number: self.end(owner) for number, owner in owners.items()}
        keys_held = Identity.objects.filter(key__in=self.raw).values_list("key", "customer_id", "origin_id")
        assert {key: (who, origin or who) for key, who, origin in keys_held} == {
            key: (self.end(number), number) for key, number in self.raw.items()
        }
        orders = identity.assign(keys(*((key, None, None) for key in self.raw if key.startswith("N"))), import_id=2)
        assert orders["customer_id"].to_pylist() == [n for key, n in self.raw.items() if key.startswith("N")]
        for number in self.people:
            away = Customer.objects.get(pk=number).merged_into_id
            assert away == self.into.get(number)
            assert merges.current(number) == self.end(number)
        for number in self.roots():
            group = [one for one in self.people if self.end(one) == number]
            assert merges.everyone_of([number]) == sorted(group)
            shown = set(CustomerTag.objects.filter(customer_id=number).values_list("tag__name", flat=True))
            assert shown == set().union(*(self.tags[one] for one in group))
        assert set(merges.ends()) >= set(self.into)


@pytest.mark.many
def test_nothing_is_lost_over_merges_and_undoings(workspace: Workspace) -> None:
    run_state_machine_as_test(
        Merging,
        settings=settings(
            max_examples=examples(3, 8), stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

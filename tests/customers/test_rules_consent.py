"""What somebody agreed to: the last verified word, the strictest at one moment, the particular before the general."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.customers.rules_consent import NEVER, State, Statement, joined, state

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)
CHANNELS = ("any", "email", "sms")
TOPICS = ("", "news")


def on(day: int) -> datetime:
    return START + timedelta(days=day)


def said(day: int, *, given: bool, verified: bool = True, channel: str = "email", topic: str = "", **more) -> Statement:
    return Statement("marketing", channel, topic, given=given, verified=verified, recorded_at=on(day), **more)


def ask(*rows: Statement, channel: str = "email", topic: str = "") -> str:
    return state(rows, "marketing", channel, topic, at=NOW).why


statements = st.builds(
    Statement,
    purpose=st.just("marketing"),
    channel=st.sampled_from(CHANNELS),
    topic=st.sampled_from(TOPICS),
    given=st.booleans(),
    verified=st.booleans(),
    recorded_at=st.integers(0, 4).map(on),
    expires_at=st.none() | st.integers(3, 60).map(on),
    number=st.integers(1, 99),
)
ledgers = st.lists(statements, max_size=6)
scopes = [(channel, topic) for channel in CHANNELS for topic in TOPICS]


def states(rows: list[Statement]) -> dict[tuple[str, str], State]:
    return {scope: state(rows, "marketing", *scope, at=NOW) for scope in scopes}


def test_the_last_verified_word_counts() -> None:
    assert ask() == "never asked"
    assert ask(said(1, given=True), said(2, given=False)) == "refused"
    assert ask(said(2, given=True), said(1, given=False)) == "given"
    assert ask(said(1, given=True), said(2, given=False, verified=False)) == "given"
    assert ask(said(1, given=False), said(2, given=True, verified=False)) == "refused"
    assert ask(said(1, given=False, verified=False), said(2, given=True, verified=False)) == "given"


def test_at_one_moment_the_strictest_counts() -> None:
    pending = said(1, given=False, pending=True)
    assert ask(said(1, given=True), said(1, given=False)) == "refused"
    assert ask(said(1, given=True), pending) == "pending"
    assert ask(pending, said(1, given=False)) == "refused"


def test_what_is_over_is_not_given_and_nothing_older_takes_its_place() -> None:
    over = said(5, given=True, expires_at=NOW)
    assert ask(over) == "expired"
    assert ask(said(1, given=True), over) == "expired"
    assert ask(said(1, given=True, channel="any"), over) == "expired"


def test_the_particular_goes_before_the_general_but_a_refusal_of_everything_ends_it() -> None:
    assert ask(said(1, given=False, channel="any"), said(2, given=True)) == "given"
    assert ask(said(2, given=False, channel="any"), said(1, given=True)) == "refused"
    assert ask(said(2, given=True, channel="any"), said(1, given=False)) == "refused"
    assert ask(said(2, given=False), said(1, given=True, topic="news"), topic="news") == "refused"
    assert ask(said(2, given=False, channel="any", verified=False), said(1, given=True)) == "given"


def test_nothing_is_known_before_it_was_said() -> None:
    assert state([said(9, given=True)], "marketing", "email", at=on(8)) == NEVER
    assert state([said(1, given=True)], "surveys", "email", at=NOW) == NEVER


@given(ledgers, st.randoms(use_true_random=False))
def test_the_order_of_the_ledger_changes_nothing(rows: list[Statement], chance) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    for scope in scopes:
        one, other = (state(part, "marketing", *scope, at=NOW) for part in (rows, shuffled))
        assert one.why == other.why


@given(ledgers, st.sampled_from(scopes))
def test_a_verified_refusal_today_ends_it_there_and_below(rows: list[Statement], scope: tuple[str, str]) -> None:
    channel, topic = scope
    refused = Statement("marketing", channel, topic, given=False, verified=True, recorded_at=NOW)
    after = states([*rows, refused])
    below = [(c, t) for c, t in scopes if channel in ("any", c) and topic in ("", t)]
    assert not any(after[one].given for one in below)


@given(ledgers, st.sampled_from(scopes))
def test_nobody_unverified_changes_what_a_verified_source_said(rows: list[Statement], scope: tuple[str, str]) -> None:
    verified = [replace(one, verified=True) for one in rows]
    before = states(verified)
    for yes in (True, False):
        after = states([*verified, Statement("marketing", *scope, given=yes, recorded_at=NOW)])
        assert all(after[one] == before[one] for one in scopes if before[one].by is not None)


def put_together(ours: list[Statement], theirs: list[Statement]) -> list[Statement]:
    refused = joined(ours, theirs, at=NOW)
    made = [
        Statement(purpose, channel, topic, given=False, verified=True, recorded_at=moment)
        for purpose, channel, topic, moment in refused
    ]
    return [*ours, *theirs, *made]


@given(ledgers, ledgers)
def test_of_two_who_are_one_the_strictest_verified_wins(ours: list[Statement], theirs: list[Statement]) -> None:
    one, other, after = states(ours), states(theirs), states(put_together(ours, theirs))
    for scope in scopes:
        if any(part[scope].why == "refused" and part[scope].verified for part in (one, other)):
            assert not after[scope].given


@given(ledgers, ledgers)
def test_two_who_are_one_are_the_same_whoever_is_named_first(ours: list[Statement], theirs: list[Statement]) -> None:
    one, other = states(put_together(ours, theirs)), states(put_together(theirs, ours))
    assert {scope: found.given for scope, found in one.items()} == {
        scope: found.given for scope, found in other.items()
    }


@given(ledgers, ledgers)
def test_without_a_refusal_being_one_takes_nothing_away(ours: list[Statement], theirs: list[Statement]) -> None:
    ours, theirs = ([one for one in part if one.given and one.verified] for part in (ours, theirs))
    assert joined(ours, theirs, at=NOW) == []


def test_without_the_rule_the_later_yes_of_the_other_would_win() -> None:
    no, yes = [said(1, given=False)], [said(2, given=True)]
    assert state([*no, *yes], "marketing", "email", at=NOW).given, "the danger"
    assert not states(put_together(no, yes))["email", ""].given

"""One run: every customer judged and the firm viewed, as of one day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.base.progress import Progress, silent
from regulars.insight.choice import Chosen, choose
from regulars.insight.episodes import with_episodes
from regulars.insight.estimate import cycle_of, gap_of, parameters_of
from regulars.insight.extras import Extras, extras
from regulars.insight.figures import Firm
from regulars.insight.firm import firm
from regulars.insight.histories import Histories, histories
from regulars.insight.judge import judged
from regulars.insight.left_out import leave_out, left_out, rows_but
from regulars.insight.occasions import merge_pairs
from regulars.insight.onward import Earlier, basis_of, onward, settled
from regulars.insight.parameters import Choice, Parameters, Thresholds
from regulars.insight.reuse import Last, among, buyers, digest, left_out_digest, same_day, spliced, tested
from regulars.insight.source import Source

Merges: TypeAlias = Mapping[int, int] | pa.Table
Keep: TypeAlias = Callable[[Histories, str], str]


@dataclass(frozen=True)
class People:
    """Every customer judged: the table, the parameters it was made with, and what they were judged by."""

    customers: pa.Table
    parameters: Parameters
    histories: Histories
    extras: Extras


@dataclass(frozen=True)
class Picture:
    """The outcome of a run. Money in `customers` is int64 minor units, in `firm` major units."""

    customers: pa.Table
    firm: Firm
    parameters: Parameters


def run(
    source: Source,
    as_of: int,
    *,
    merges: Merges | None = None,
    without: Sequence[int] = (),
    attributes: pa.Table | None = None,
    thresholds: Thresholds | None = None,
    currency: str = "EUR",
    minor_digits: int = 2,
    margin_rate: float | None = None,
    previous: Parameters | None = None,
    last: Last | None = None,
    keep: Keep | None = None,
    progress: Progress = silent,
) -> Picture:
    """Judge every customer and view the firm as of day number `as_of`, from what was dated by then.

    merges : from -> to customer ids, applied on read.  without : ids of customers who object to being analysed; they,
    and whoever is one with them by merges, take part in nothing but the firm's totals.  attributes : see `extras`.
    margin_rate : margin per unit of sales where costs aren't known.  previous : the last run's parameters, whose choice
    of model stays unless another is clearly better.  last : the whole last run, of which is reused what still holds
    (see `reuse`).  keep : is given histories that a later run can be brought onward from, with what they were read by
    (`onward.basis_of`), and says what it calls them (`Parameters.histories`).
    Never fails for want of data: what can't be said is said to be so.
    """
    thresholds = thresholds or Thresholds()
    previous = previous or (last.parameters if last else None)
    source = leave_out(source, without, merges)
    attributes, absent = rows_but(attributes, source), left_out_digest(left_out(source))
    inputs = digest(merges, attributes, margin_rate) + absent
    anew = same_day(last, as_of, thresholds, source.versions, inputs)
    if last is not None and anew is not None:
        progress("Judging the customers who changed")
        customers = judge_again(source, last, anew, merges, attributes)
        parameters = msgspec.structs.replace(last.parameters, versions=dict(source.versions))
    else:
        progress("Reading who bought when")
        basis = basis_of(merges, absent, thresholds.late_share)
        earlier = last.earlier() if last is not None else None
        known = brought(source, as_of, thresholds, merges, earlier, basis)
        kept = keep(known, basis) if keep is not None and settled(source, as_of) else ""
        known = in_units(known, thresholds)
    if last is not None and last.firm is not None and tested(last, as_of, thresholds, absent):
        choice, backtest, replay = last.parameters.choice, last.firm.backtest, last.firm.replay
        chosen_on, tested_on = last.parameters.chosen_on, last.parameters.tested_on
    else:
        progress("Testing the models on your past")
        chosen = _chosen(source, as_of, thresholds, merges, previous, minor_digits)
        choice, backtest, replay = chosen.choice, chosen.backtest, chosen.replay
        chosen_on, tested_on = _chosen_on(chosen, previous, as_of), as_of
    if anew is None:
        progress("Judging every customer")
        people = judge_people(
            source, known, thresholds, choice, merges=merges, attributes=attributes, margin_rate=margin_rate
        )
        customers, parameters = people.customers, msgspec.structs.replace(people.parameters, histories=kept)
        del people, known  # what follows needs as much memory
    parameters = msgspec.structs.replace(
        parameters, chosen_on=chosen_on, tested_on=tested_on, inputs=inputs, left_out=absent
    )
    progress("Viewing the firm")
    figures = firm(
        source,
        customers,
        parameters,
        backtest=backtest,
        replay=replay,
        merges=merges,
        currency=currency,
        minor_digits=minor_digits,
    )
    return Picture(customers, figures, parameters)


def judge_again(
    source: Source, last: Last, changed: npt.NDArray[np.int64], merges: Merges | None, attributes: pa.Table | None
) -> pa.Table:
    """The last run's table with the changed customers judged anew, by the same parameters."""
    parameters = last.parameters
    pairs = merge_pairs(merges)
    current = np.unique(np.array([pairs.get(int(c), int(c)) for c in changed], dtype=np.int64)) if pairs else changed
    known = histories(
        source, parameters.as_of, merges=merges, only=current, late_share=parameters.thresholds.late_share
    )
    if parameters.episode_gap_days is not None:
        known = with_episodes(known, parameters.episode_gap_days, parameters.thresholds.late_share)
    more = extras(source, known.customer_id, known.as_of, merges=merges, attributes=attributes)
    if more.prospects is not None and more.prospects.size:
        more = replace(more, prospects=more.prospects[~among(more.prospects, buyers(last.customers, current))])
    return spliced(last.customers, judged(known, parameters, more)[0], current)


def read(source: Source, as_of: int, thresholds: Thresholds, merges: Merges | None = None) -> Histories:
    """Histories in the unit that the firm's buying asks for."""
    return in_units(histories(source, as_of, merges=merges, late_share=thresholds.late_share), thresholds)


def brought(
    source: Source, as_of: int, thresholds: Thresholds, merges: Merges | None, earlier: Earlier | None, basis: str
) -> Histories:
    """Histories of occasions, brought onward from an earlier day where they can be, else read."""
    known = onward(earlier, source, as_of, basis, merges=merges, late_share=thresholds.late_share)
    return histories(source, as_of, merges=merges, late_share=thresholds.late_share) if known is None else known


def in_units(known: Histories, thresholds: Thresholds) -> Histories:
    """Histories of occasions in the unit that the firm's buying asks for: episodes where it comes in bursts."""
    gap = gap_of(known, thresholds)
    return known if gap is None else with_episodes(known, gap, thresholds.late_share)


def judge_people(
    source: Source,
    known: Histories,
    thresholds: Thresholds,
    choice: Choice,
    *,
    merges: Merges | None = None,
    attributes: pa.Table | None = None,
    margin_rate: float | None = None,
) -> People:
    """Parameters from the histories, and by them the verdict on every customer."""
    cycle = cycle_of(source, known.as_of, thresholds)
    with ThreadPoolExecutor(1) as pool:  # what is read beside doesn't hang on the parameters
        more_later = pool.submit(extras, source, known.customer_id, known.as_of, merges=merges, attributes=attributes)
        parameters = parameters_of(
            known, thresholds, choice, versions=dict(source.versions), cycle=cycle, margin_rate=margin_rate
        )
        more = more_later.result()
    table, parameters = judged(known, parameters, more)
    return People(table, parameters, known, more)


def _chosen(
    source: Source,
    as_of: int,
    thresholds: Thresholds,
    merges: Merges | None,
    previous: Parameters | None,
    minor_digits: int,
) -> Chosen:
    return choose(
        source,
        as_of,
        thresholds,
        merges=merges,
        incumbent=previous.choice if previous else None,
        chosen_on=previous.chosen_on if previous else None,
        minor_digits=minor_digits,
    )


def _chosen_on(chosen: Chosen, previous: Parameters | None, as_of: int) -> int:
    """The day on which the model in use was chosen."""
    if previous is None or previous.chosen_on is None or previous.choice.model != chosen.choice.model:
        return as_of
    return previous.chosen_on

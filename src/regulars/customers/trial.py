"""The verbs of trying thresholds out: ask for it, and do it in the background. Nothing but the answer is kept."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from regulars.base import clock
from regulars.base.errors import NotFound, RegularsError
from regulars.base.money import digits
from regulars.customers import consent, contracts, jobs, merges, queries
from regulars.customers.models import Trial
from regulars.customers.refresh import day_of, last_run, open_lake
from regulars.customers.thresholds import besides_defaults, checked
from regulars.insight import Thresholds
from regulars.platform import audit
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace

FEW_CUSTOMERS = 20_000
"""So many are judged in seconds, and needn't wait behind heavy work."""
NOTHING_YET = "Nobody has been judged yet, so there is nothing to compare with. Give your orders first."


def ask(workspace: Workspace, thresholds: Thresholds) -> Trial:
    """Have thresholds tried out. The same on the same data is answered by what is known already.

    Raises NotFound where nobody was judged yet.
    """
    run = queries.latest_run()
    if run is None:
        raise NotFound(NOTHING_YET)
    wanted, versions = besides_defaults(thresholds), dict(open_lake(workspace).snapshot().versions)
    with transaction.atomic():
        for known in Trial.objects.exclude(state=Trial.State.FAILED).order_by("-pk"):
            fresh = known.working or (known.run_id == run.pk and known.versions == versions)
            if known.thresholds == wanted and fresh:
                return known
        who = audit.actor()
        trial = Trial.objects.create(
            thresholds=wanted,
            by_staff_id=who.id if who.kind == "staff" else None,
            by_name=who.name,
            asked_at=clock.now(),
        )
        small = run.firm["customers"] <= FEW_CUSTOMERS
        (jobs.try_out if small else jobs.try_out_long).enqueue(trial=trial.pk)
    return trial


def do(workspace: Workspace, trial_id: int) -> None:
    """Compute the answer of a trial; done or gone already: nothing."""
    taken = Trial.objects.filter(pk=trial_id).exclude(state=Trial.State.DONE)
    if not taken.update(state=Trial.State.RUNNING, error=""):
        return
    trial = Trial.objects.get(pk=trial_id)
    try:
        # Whoever forgets somebody waits: the examples would bring them back.
        with held("refresh", what="Judging the customers"):
            trial.run_id, trial.versions, trial.result = _answer(workspace, trial)
            trial.state, trial.finished_at, trial.stage = Trial.State.DONE, clock.now(), ""
            trial.save(update_fields=["run_id", "versions", "result", "state", "finished_at", "stage"])
    except RegularsError as error:  # a person must do something: trying again would end the same
        _failed(trial, str(error))
    except Exception as error:
        _failed(trial, type(error).__name__)
        raise


def _answer(workspace: Workspace, trial: Trial) -> tuple[int, dict[str, int], dict[str, Any]]:
    from regulars.insight.tryout import difference, try_out  # takes a second to load

    run = queries.latest_run()
    rules = checked(trial.thresholds)
    firm = workspace.settings.firm
    lake = open_lake(workspace)

    def progress(stage: str, *_done: object, **_of: object) -> None:
        Trial.objects.filter(pk=trial.pk).update(stage=stage[:100])

    def judge(source: Any) -> tuple[dict[str, int], dict[str, Any]]:
        last = last_run(lake, source)
        if last is None:
            raise NotFound("The customers have to be judged anew first. Start a refresh, then try again.")
        progress("Reading who bought when")
        before, after = try_out(
            source,
            day_of(source, None, firm.time_zone),
            last,
            rules,
            merges=merges.pairs(),
            without=consent.objecting(),
            attributes=contracts.attributes(source),
            margin_rate=firm.margin_rate,
            minor_digits=digits(firm.currency or "EUR"),
            progress=progress,
        )
        return dict(source.versions), msgspec.to_builtins(difference(before, after))

    if run is None:
        raise NotFound(NOTHING_YET)
    return (run.pk, *lake.read(judge))


def _failed(trial: Trial, why: str) -> None:
    Trial.objects.filter(pk=trial.pk).update(state=Trial.State.FAILED, error=why, finished_at=clock.now())

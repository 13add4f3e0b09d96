"""Thresholds: every one explained, changed, and tried out on everybody before it holds."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from regulars.base.errors import BadInput
from regulars.console import latest, phrases, site
from regulars.console.guard import demand, may, page
from regulars.console.settings.thresholds_form import Form
from regulars.customers import jobs, queries, trial
from regulars.customers.models import Trial
from regulars.customers.refresh import thresholds
from regulars.customers.thresholds import besides_defaults, checked
from regulars.insight import Thresholds
from regulars.insight.tryout import Difference, Move, differing
from regulars.platform import settings_actions, store
from regulars.platform.jobs import queries as job_queries

STAGES: dict[str, str | Promise] = {
    "Reading who bought when": lazy("Reading who bought when"),
    "Judging everybody as it is now": lazy("Judging everybody as it is now"),
    "Testing the models on your past": lazy("Testing the models on your past"),
    "Judging everybody by the other thresholds": lazy("Judging everybody by the other thresholds"),
}


@page("settings.view", edits="thresholds.try")
def show(request: HttpRequest) -> HttpResponse:
    """The form, with what a trial found; a POST tries out or keeps what the form says."""
    now, trouble = _in_force()
    if request.method == "POST":
        form = Form(request.POST, now=now)
        verb = request.POST.get("verb", "")
        if verb not in ("try", "keep"):
            raise BadInput(_("Choose what to do."))
        if verb == "keep":
            demand(request, "settings.edit")
        if not form.is_valid():
            return _shown(request, form, now, None, status=400)
        if verb == "try":
            return _try(form.thresholds())
        return _keep(request, form.thresholds(), None if trouble else now)
    tried = _known(request.GET.get("trial", ""))
    filled = now if tried is None else checked(tried.thresholds)
    if request.GET.get("defaults"):
        filled = Thresholds()
    if trouble:
        messages.error(request, trouble)
    return _shown(request, Form(now=filled), filled, tried)


@page("settings.view")
def progress(_request: HttpRequest, trial_id: int) -> HttpResponse:
    """How far a trial is, for the page's script: `{words, percent, working}`."""
    found = Trial.objects.filter(pk=trial_id).first()
    if found is None:
        raise Http404
    return site.sealed(JsonResponse({"working": found.working, "words": _stage(found), "percent": None}))


def _try(wanted: Thresholds) -> HttpResponse:
    asked = trial.ask(store.opened(), wanted)
    return HttpResponseRedirect(f"{reverse('console:thresholds')}?trial={asked.pk}")


def _keep(request: HttpRequest, wanted: Thresholds, now: Thresholds | None) -> HttpResponse:
    """Write what is other than `now`; everything anew where the file can't be understood (None)."""
    workspace = store.opened()
    names = differing(now, wanted) if now else {*Thresholds.__struct_fields__, *workspace.settings.thresholds}
    if names:
        said = besides_defaults(wanted)
        values = {name: said.get(name) for name in sorted(names)}
        settings_actions.change(workspace, "thresholds", values, check=lambda found: checked(found.thresholds))
        jobs.refresh.enqueue(once=True)
        messages.success(request, _("Kept. Everybody is judged anew now; the screens follow when that is done."))
    else:
        messages.success(request, _("Nothing was changed: these thresholds hold already."))
    return HttpResponseRedirect(reverse("console:thresholds"))


def _in_force() -> tuple[Thresholds, str]:
    """The firm's thresholds; the defaults, and what is wrong, where the file can't be understood."""
    try:
        return thresholds(store.opened()), ""
    except BadInput as error:
        return Thresholds(), str(error)


def _known(number: str) -> Trial | None:
    return Trial.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None


def _shown(
    request: HttpRequest, form: Form, filled: Thresholds, tried: Trial | None, *, status: int = 200
) -> HttpResponse:
    in_force, _trouble = _in_force()
    context: dict[str, Any] = {
        "title": _("Thresholds"),
        "form": form,
        "groups": list(form.groups()),
        "trial": tried,
        "unsaved": filled != in_force,
        "usual": in_force == Thresholds(),
        "may_try": may(request, "thresholds.try"),
        "may_edit": may(request, "settings.edit"),
    }
    if tried is not None:
        run = queries.latest_run()
        context |= {
            "words": _stage(tried),
            "no_worker": tried.working and not job_queries.running_workers(),
            "stale": run is None or tried.run_id != run.pk,
        }
    if tried is not None and tried.result:
        context |= _told(request, msgspec.convert(tried.result, Difference))
    return site.render(request, "console/settings/thresholds.html", context, status=status)


def _stage(found: Trial) -> str:
    return str(STAGES.get(found.stage, _("It is about to begin")))


def _told(request: HttpRequest, found: Difference) -> dict[str, Any]:
    moves = [*found.standing, *found.rung]
    names: dict[int, str] = {}
    if may(request, "customers.view"):
        ids = {number for move in moves for number in move.examples}
        names = dict.fromkeys(ids, "") | queries.names(ids)
    f = latest.figures(latest.latest())
    return {
        "sees_value": may(request, "customers.value"),
        "tables": [
            {
                "name": name,
                "title": title,
                "moved": sum(move.customers for move in moved),
                "counts": _counts(before, after, order),
                "moves": [_row(move, names, f) for move in moved],
            }
            for name, title, moved, before, after, order in (
                ("standing", _("Standing"), found.standing, found.before.standing, found.after.standing,
                 phrases.STANDINGS),
                ("rung", _("Rung"), found.rung, found.before.rung, found.after.rung, phrases.RUNGS),
            )
        ],
        "customers": found.customers,
        "facts": _facts(found, f, money=may(request, "customers.value")),
    }  # fmt: skip


def _counts(before: dict[str, int], after: dict[str, int], order: Any) -> list[tuple[str, int, int, int]]:
    names = [name for name in order if name in before or name in after]
    return [(name, before.get(name, 0), after.get(name, 0), after.get(name, 0) - before.get(name, 0)) for name in names]


def _row(move: Move, names: dict[int, str], f: phrases.Figures) -> dict[str, Any]:
    return {
        "origin": move.origin,
        "target": move.target,
        "customers": move.customers,
        "sales": f.fact(move.sales_365),
        "value": f.guess(move.value_365),
        "examples": [
            (number, names[number] or _("Customer %(n)s") % {"n": number})
            for number in move.examples
            if number in names
        ],
    }


def _facts(found: Difference, f: phrases.Figures, *, money: bool) -> list[tuple[str, str, str]]:
    """What else changes: name, now, then; what stays is left out."""
    before, after = found.before, found.after
    rows = [
        (_("The firm's window W"), phrases.span(before.window_days), phrases.span(after.window_days)),
        (_("Model"), before.model, after.model),
        (_("Fading"), f.number(before.fading), f.number(after.fading)),
        (_("Seasonal"), f.number(before.seasonal), f.number(after.seasonal)),
    ]
    if money:
        rows.append((_("Value at risk"), f.guess(before.value_at_risk), f.guess(after.value_at_risk)))
    return [row for row in rows if row[1] != row[2]]

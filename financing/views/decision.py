"""Decisions: the list, the page with everything a decider needs, and the acts on it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clients.views.saving import saved
from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.lists import ListPage, Preset
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Empty
from financing.decision_forms import CommitteeForm, ConditionForm, DecideForm, OpinionForm
from financing.decision_lists import DecisionFilter, DecisionTable, with_waiting
from financing.decision_page import page_of_decision
from financing.models import Condition, Decision
from financing.services import decision as services
from financing.services.committee import committee_of, record_committee, why_not_chair
from financing.services.condition import confirm_condition, report_condition
from financing.views.plan import chosen_version, visible_plan

MEANWHILE = gettext_lazy("Somebody acted on this meanwhile; here is how it stands now.")


class DecisionList(ListPage):
    request: StaffRequest
    title = gettext_lazy("Decisions")
    table_class = DecisionTable
    filterset_class = DecisionFilter
    default_sort = "state"
    presets = (
        Preset(gettext_lazy("All")),
        Preset(gettext_lazy("Waiting for me"), "box=mine"),
        Preset(gettext_lazy("Waiting for the risk opinion"), "state=submitted"),
        Preset(gettext_lazy("Waiting for the decision"), "state=opined"),
        Preset(gettext_lazy("Approved"), "state=approved"),
    )

    def get_queryset(self) -> QuerySet[Decision]:
        return with_waiting(Decision.objects.visible_to(self.request.user).with_plan(), self.request.user)

    def empty(self) -> Empty:
        return Empty(gettext_lazy("No decision yet. A plan is submitted from its workbench."))


def visible_decision(request: StaffRequest, pk: int) -> Decision:
    rows = Decision.objects.visible_to(request.user).with_plan()
    people = rows.select_related("plan_version__plan__project", "submitted_by", "opinion_by", "decided_by")
    return get_object_or_404(people, pk=pk)


@require_safe
def decision_detail(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, visible_decision(request, pk))


def _page(request: StaffRequest, decision: Decision, **typed: forms.Form) -> HttpResponse:
    """The page; a form that was refused stands in it with its words."""
    context = {**page_of_decision(decision, request.user), **_acts(request, decision), **typed}
    stale = any(form.has_error("__all__", "changed") for form in typed.values())
    return render(request, "financing/decision_detail.html", context, status=409 if stale else 200)


def _acts(request: StaffRequest, decision: Decision) -> dict[str, Any]:
    """Forms for what this account may do now, or why it may not."""
    user, found = request.user, dict[str, Any]()
    found["may_withdraw"] = (
        may_open(user, "financing:decision_withdraw", "POST")
        and decision.state in (Decision.State.SUBMITTED, Decision.State.OPINED)
        and decision.submitted_by_id == user.person_id
    )
    found["may_report"] = may_open(user, "financing:condition_report", "POST")
    found["may_confirm"] = may_open(user, "financing:condition_confirm", "POST")
    if decision.state == Decision.State.SUBMITTED and may_open(user, "financing:decision_opinion", "POST"):
        found |= _form_or_refusal("opinion_form", services.why_no_opinion(decision, user), OpinionForm)
    if decision.state == Decision.State.OPINED and may_open(user, "financing:decision_decide", "POST"):
        if decision.level_needed == Decision.Level.L3:
            refusal = why_not_chair(decision, user)
            found |= _form_or_refusal("committee_form", refusal, lambda: _committee_form(decision))
        else:
            found |= _form_or_refusal("decide_form", services.why_not_decide(decision, user), DecideForm)
    return found


def _form_or_refusal(name: str, refusal: RuleBroken | None, make: Callable[[], forms.Form]) -> dict[str, Any]:
    return {"refusal": refusal.message} if refusal else {name: make()}


def _committee_form(decision: Decision, data: Any = None) -> CommitteeForm:
    return CommitteeForm(data, members=committee_of(decision))


@require_POST
def plan_submit(request: StaffRequest, pk: int, no: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    version = chosen_version(plan, str(no))
    seen = request.POST.get("seen", "")
    try:
        number = int(seen) if seen.isdecimal() else 0
        decision = services.submit_plan(version=version, seen=number, by=request.user)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.error(request, _("Another window has changed this version meanwhile; look at it, then submit."))
    else:
        request.journal_subject_id = decision.pk
        messages.success(request, _("Submitted. The version is frozen; the risk officer has a task."))
        return redirect(decision)
    return redirect(f"{plan.get_absolute_url()}?version={version.no}")


@require_POST
def decision_opinion(request: StaffRequest, pk: int) -> HttpResponse:
    decision = visible_decision(request, pk)
    form = OpinionForm(request.POST)
    if form.is_valid():
        given = {"supports": form.cleaned_data["supports"], "text": form.cleaned_data["text"]}
        if saved(form, services.give_opinion, decision=decision, by=request.user, **given):
            messages.success(request, _("The opinion stands; the deal waits for its decision."))
            return redirect(decision)
    return _page(request, visible_decision(request, pk), opinion_form=form)


@require_POST
def decision_decide(request: StaffRequest, pk: int) -> HttpResponse:
    decision = visible_decision(request, pk)
    form = DecideForm(request.POST)
    if form.is_valid():
        approve, reason = form.cleaned_data["answer"] == "approve", form.cleaned_data["reason"]
        given = {"approve": approve, "reason": reason, "terms": form.terms()}
        if saved(form, services.decide, decision=decision, by=request.user, **given):
            messages.success(request, _("Decided."))
            return redirect(decision)
    return _page(request, visible_decision(request, pk), decide_form=form)


@require_POST
def decision_committee(request: StaffRequest, pk: int) -> HttpResponse:
    decision = visible_decision(request, pk)
    form = _committee_form(decision, request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        given = {"attendance": list(typed["attendance"]), "votes": form.votes(), "minutes": typed["minutes"]}
        more = {"veto": typed["veto"], "terms": form.terms()}
        if saved(form, record_committee, decision=decision, by=request.user, **given, **more):
            messages.success(request, _("The session is on record."))
            return redirect(decision)
    return _page(request, visible_decision(request, pk), committee_form=form)


@require_POST
def decision_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    decision = visible_decision(request, pk)
    return _told(request, decision, _("Withdrawn; the plan is in design again."), services.withdraw, decision=decision)


@require_POST
def condition_report(request: StaffRequest, pk: int, condition: int) -> HttpResponse:
    decision = visible_decision(request, pk)
    row = get_object_or_404(Condition, pk=condition, decision=decision)
    form = ConditionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say since when the condition is met and what shows it."))
        return redirect(decision)
    said = _("Reported; a second person confirms it.")
    return _told(request, decision, said, report_condition, condition=row, **form.cleaned_data)


@require_POST
def condition_confirm(request: StaffRequest, pk: int, condition: int) -> HttpResponse:
    decision = visible_decision(request, pk)
    row = get_object_or_404(Condition, pk=condition, decision=decision)
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() else 0
    return _told(request, decision, _("Confirmed."), confirm_condition, condition=row, version=version)


def _told(request: StaffRequest, back: Decision, said: str, service: Callable[..., Any], **what: Any) -> HttpResponse:
    """Calls a service and goes back to the page with what came of it."""
    try:
        service(by=request.user, **what)
    except RuleBroken as error:
        messages.error(request, error.message)
    except Stale:
        messages.warning(request, str(MEANWHILE))
    else:
        messages.success(request, said)
    return redirect(back)

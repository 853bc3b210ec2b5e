"""Tasks and notices of a decision: the risk officer is called, then those who decide; the submitter learns the end."""

from decimal import Decimal

from django.db.models import QuerySet
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_project.organization.models import Branch, Staff, Subject
from crm_project.organization.roles import Role
from crm_project.workflow.models import Act, Notice, Task
from crm_project.workflow.services.notices import NoticeKind, notify, settle
from crm_project.workflow.services.tasks import TaskKind, drop_task, finish_task, open_task
from financing.models import Decision

OPINION, DECISION, DECIDED = "risk_opinion", "credit_decision", "credit_decided"
OPINION_HOURS = Decimal(24)
DECISION_HOURS = Decimal(24)
"""Business hours for the opinion and for the decision. Defaults of ours, no source."""
PATH_STEP = "/"


def above(decision: Decision) -> QuerySet[Branch]:
    """The deal's branch and all above it, the nearest first."""
    root = Subject.objects.select_related("branch").get(pk=decision.root_id)
    steps = root.branch.path.strip(PATH_STEP).split(PATH_STEP) if root.branch else []
    paths = [PATH_STEP.join(steps[: n + 1]) + PATH_STEP for n in range(len(steps))]
    return Branch.objects.filter(path__in=paths).order_by(Length("path").desc())


def call_risk_officer(decision: Decision) -> None:
    _call(decision, OPINION, Role.RISK_OFFICER, "", OPINION_HOURS)


def call_deciders(decision: Decision) -> None:
    _call(decision, DECISION, Role.APPROVER, decision.level_needed, DECISION_HOURS)


def _call(decision: Decision, kind: str, role: str, level: str, hours: Decimal) -> None:
    """A task at the nearest desk that may act, by name where only one sits there, and a notice to each."""
    able = Staff.objects.filter(role=role, is_active=True).select_related("branch", "person")
    if level:
        able = able.filter(level=level)
    branches = list(above(decision))
    found: list[Staff] = []
    for branch in branches:
        found = found or list(able.filter(branch=branch).order_by("pk"))
    open_task(
        kind=kind,
        key=_key(kind, decision),
        subject=decision.subject,
        role=role,
        branch=found[0].branch if found else branches[0],
        assignee=found[0] if len(found) == 1 else None,
        working_hours=hours,
        amount=decision.amount,
    )
    for one in found:
        notify(staff=one, kind=kind, key=_key(kind, decision), subject=decision.subject)


def finish_opinion(decision: Decision, by: Staff) -> None:
    finish_task(key=_key(OPINION, decision), by=by)
    settle(kind=OPINION, key=_key(OPINION, decision))


def finish_decision(decision: Decision, by: Staff) -> None:
    finish_task(key=_key(DECISION, decision), by=by, outcome=decision.get_state_display())
    settle(kind=DECISION, key=_key(DECISION, decision))
    submitted = Act.objects.filter(deal_id=decision.pk, act=Act.Kind.PROPOSE).select_related("account").first()
    if submitted is not None:
        key, params = _key(DECIDED, decision), {"state": decision.state}
        notify(staff=submitted.account, kind=DECIDED, key=key, params=params, subject=decision.subject)


def drop_calls(decision: Decision) -> None:
    for kind in (OPINION, DECISION):
        drop_task(key=_key(kind, decision))
        settle(kind=kind, key=_key(kind, decision))


def _key(kind: str, decision: Decision) -> str:
    return f"{kind}:{decision.pk}"


def _page(item: Task | Notice) -> str:
    return reverse("financing:decision_detail", args=[item.subject_id])


def _outcome(notice: Notice) -> str:
    return _("Decision: %(outcome)s") % {"outcome": Decision.State(notice.params["state"]).label}


TASK_KINDS = (
    TaskKind(
        OPINION,
        gettext_lazy("Risk opinion"),
        title=lambda task: _("Give the risk opinion"),
        button=pgettext_lazy("button", "Give opinion"),
        address=_page,
    ),
    TaskKind(
        DECISION,
        gettext_lazy("Credit decision"),
        title=lambda task: _("Decide the deal"),
        button=pgettext_lazy("button", "Decide"),
        address=_page,
    ),
)
NOTICE_KINDS = (
    NoticeKind(OPINION, gettext_lazy("Risk opinion"), lambda notice: _("Waits for your risk opinion"), _page, "gavel"),
    NoticeKind(DECISION, gettext_lazy("Credit decision"), lambda notice: _("Waits for your decision"), _page, "gavel"),
    NoticeKind(DECIDED, gettext_lazy("Credit decision"), _outcome, _page, "circle-check"),
)

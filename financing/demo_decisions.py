"""Decisions of the demonstration: approved, refused, before those who decide, before the risk officer."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import override

from clients.models import Project
from crm_project.organization.models import Staff
from crm_project.organization.roles import Level, Role
from crm_project.rules.errors import RuleBroken
from crm_project.rules.workdays import add_months
from financing.models import Decision, Plan
from financing.services.committee import Votes, committee_of, record_committee, why_not_chair
from financing.services.condition import confirm_condition, report_condition
from financing.services.decision import Terms, decide, give_opinion, submit_plan, why_excluded
from financing.services.decision_desk import above
from financing.services.security import add_collateral

ENDS = ("approved", "approved", "submitted", "refused", "opined", "approved")
"""What becomes of the deals, in the order of their plans; the last two are small enough for the committee."""
SMALL = Decimal(500_000_000)
FOR = "项目现金流覆盖倍数符合要求，第一还款来源可靠；抵质押物权属清晰，同意按方案授信。"
AGAINST = "收入预测依据不足，主要抵押物尚未登记，不支持按现方案授信。"
MINUTES = "会议听取主办客户经理汇报及风险意见，委员就收入稳定性、资本金到位和抵押登记充分讨论后表决。"
CONDITIONS = (
    "项目收费权质押及土地抵押登记办妥",
    "项目资本金按比例先于贷款到位",
    "施工许可、环评等合规文件齐备且在有效期内",
    "资金监管账户开立并签署监管协议",
)


def load_decisions() -> None:
    with override("zh-hans"):
        for end, decision in zip(ENDS, _submitted(), strict=False):
            if end != "submitted":
                _judge(decision, supports=end != "refused")
            if end in ("approved", "refused"):
                _decide(decision, passes=end == "approved")


def _submitted() -> Iterator[Decision]:
    """Deals under construction first; those whose borrower has no grade that serves are passed over."""
    plans = Plan.objects.select_related("root__manager__person", "project__sponsor").order_by("project__stage", "pk")
    for plan in plans:
        version = plan.versions.order_by("-no")[0]
        if plan.root.manager is None:
            continue
        if plan.project.total_investment <= SMALL:
            _cover(plan.project, plan.root.manager)
        try:
            yield submit_plan(version=version, seen=version.version, by=plan.root.manager)
        except RuleBroken:
            continue


def _cover(project: Project, by: Staff) -> None:
    """Office buildings of the sponsor, worth as much as the project: with them its loan is covered in full."""
    day = timezone.localdate() - timedelta(days=20)
    add_collateral(
        project=project,
        by=by,
        kind="commercial",
        asset="发起人办公楼及商铺",
        owner_name=project.sponsor.name,
        value=project.total_investment,
        valued_on=day,
        valuer="澜州中正资产评估有限公司",
        registered_on=day + timedelta(days=9),
        registration_no=f"澜押〔{day.year}〕商{project.pk:04d}",
    )


def _judge(decision: Decision, *, supports: bool) -> None:
    officers = Staff.objects.filter(role=Role.RISK_OFFICER, is_demo=True, branch__in=above(decision))
    officer = officers.select_related("person").order_by("-branch__path")[0]
    give_opinion(decision=decision, by=officer, supports=supports, text=FOR if supports else AGAINST)


def _decide(decision: Decision, *, passes: bool) -> None:
    terms = Terms(_line_until(), CONDITIONS)
    decision.refresh_from_db()
    if decision.level_needed != Decision.Level.L3:
        _decide_alone(decision, passes=passes, terms=terms)
    else:
        present = [one for one in committee_of(decision) if why_excluded(decision, one) is None]
        chair = next(one for one in present if why_not_chair(decision, one) is None)
        votes = Votes(len(present) - 1, 1, 0) if passes else Votes(2, len(present) - 2, 0)
        given = {"attendance": present, "votes": votes, "minutes": MINUTES, "veto": False, "terms": terms}
        record_committee(decision=decision, by=chair, **given)  # type: ignore[arg-type]
    if passes:
        _meet_first_conditions(decision)


def _decide_alone(decision: Decision, *, passes: bool, terms: Terms) -> None:
    levels = {"L1": Level.L1, "L2": Level.L2, "L4": Level.L4}
    able = Staff.objects.filter(role=Role.APPROVER, level=levels[decision.level_needed], branch__in=above(decision))
    approver = able.select_related("person")[0]
    reason = "同意，落实提款前提后放款。" if passes else "不同意，请补充落实后再报。"
    decide(decision=decision, by=approver, approve=passes, reason=reason, terms=terms)


def _meet_first_conditions(decision: Decision) -> None:
    """Two are met, one of them confirmed."""
    manager = decision.root.manager
    officer = Staff.objects.filter(role=Role.RELEASE_OFFICER, is_demo=True, branch=decision.root.branch)[0]
    assert manager is not None  # noqa: S101  (a root has one by constraint)
    for condition in decision.conditions.order_by("no")[:2]:
        reported = report_condition(
            condition=condition,
            version=condition.version,
            by=manager,
            fulfilled_on=timezone.localdate(),
            evidence="登记证明及入账凭证",
        )
        if condition.no == 1:
            confirm_condition(condition=reported, version=reported.version, by=officer)


def _line_until() -> date:
    return add_months(timezone.localdate(), 12)

"""Ratings and tiers of the demonstration: most clients rated, some waiting, refused, overridden, expiring."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db.models import F
from django.utils import timezone
from django.utils.translation import override

from clients.models import Client, Project, Rating
from clients.services.rating import fill_rating, override_rating, propose_rating, start_rating
from clients.services.rating_approval import CONFIRM, OVERRIDE, holds_until
from clients.services.rating_sheet import CorporateSheet, Judgement, SlottingSheet
from clients.services.tier import record_cooperation, settle_client_tier
from crm_project.organization.demo import World
from crm_project.organization.models import Branch, Staff
from crm_project.organization.roles import Level, Role
from crm_project.workflow.models import Approval, Notice
from crm_project.workflow.services.approvals import decide

WAN = 10_000
RATED = 45
WAITING = (7, 19, 31)
DRAFTS = (12, 38)
REFUSED = (26,)
BETTER, WORSE = 10, 33
"""By number: a grade that the upper branch bettered, and one that waits to be made worse."""
ENDING = {4: 322, 16: 325, 29: 327, 40: 400}
"""Client by number and days since its rating was confirmed, as far back as the rule goes: these run out soon."""
TROUBLE = {
    5: {"worst_loan_category": "special_mention", "max_overdue_days_all_banks": "42"},
    20: {"enforcement_state": "enforced_under_1pct"},
    44: {"guarantees_to_equity": "1.35", "enforcement_state": "enforced_1pct_plus"},
}
CLEAN = {
    "max_overdue_days_all_banks": "0",
    "worst_loan_category": "normal",
    "enforcement_state": "none",
    "restructured_under_observation": "no",
    "red_alerts_open": "0",
}
EVIDENCE = {
    "industry_outlook": {
        "A": "列入鼓励类目录，区域需求近三年年均增长 9% 以上。",
        "B": "属允许类，区域需求平稳，主要对手三家，价格未见恶性竞争。",
        "C": "行业周期一般，毛利率与同业平均持平。",
        "D": "区域产能利用率不足七成，产品价格较上年回落。",
        "E": "属限制类，行业连续两年收缩。",
    },
    "management_quality": {
        "A": "董事会设审计委员会，三年预算完成率均在 95% 以上，核心团队任职逾六年。",
        "B": "治理较健全，去年预算偏差 6%，由知名事务所审计。",
        "C": "集团化管理，财务部门五人，月报次月 15 日前报送。",
        "D": "重大事项由实际控制人一人决定，两年更换财务负责人两次。",
        "E": "股东之间存在诉讼，账务多次更正。",
    },
    "credit_record": {
        "A": "征信报告显示五年内各行无逾期，借款记录满三年。",
        "B": "近 24 个月无 7 天以上逾期，2023 年一次 3 天逾期已说明原因。",
        "C": "近 24 个月出现一次 12 天逾期，系回款延迟。",
        "D": "近 24 个月出现 42 天逾期，他行有一笔关注类贷款。",
        "E": "他行有重组贷款尚在观察期。",
    },
    "shareholder_backing": {
        "A": "省属国企控股 67%，曾两次增资并出具流动性支持函。",
        "B": "控股股东评级良好，2024 年曾提供股东借款 8,000 万元。",
        "C": "自然人股东为主，可适度增资。",
        "D": "控股股权质押比例 58%。",
        "E": "股东占用资金，其他应收款持续上升。",
    },
    "compliance_environment": {
        "A": "三年无处罚，通过 ISO 14001 认证，排污许可有效期至 2030 年。",
        "B": "去年一次轻微处罚，已整改验收。",
        "C": "去年罚款 6 万元，已整改，证照有效。",
        "D": "去年罚款 18 万元，排污许可到期正在换发。",
        "E": "曾被责令停产整治。",
    },
}
ODDS = (
    {"A": 25, "B": 50, "C": 20, "D": 5},
    {"A": 8, "B": 32, "C": 42, "D": 18},
    {"B": 10, "C": 42, "D": 38, "E": 10},
)
"""Of anchors, by how good a client is: sound, middling, weak."""
BASIS = {
    "political_legal": "省、市重点项目清单，特许经营协议已签署，合同经法律部门审核。",
    "transaction": "固定总价总承包合同，工艺成熟；收入合同与承购条款见尽调报告第 5 章。",
    "security": "收费权与账户质押、在建工程抵押合同清单，偿债准备金约定见融资方案。",
}


def load_ratings(world: World, clients: Sequence[Client]) -> None:
    """Rates the first clients by the scorecard and their project companies by slotting, then settles the tiers."""
    with override("zh-hans"):
        for number, client in enumerate(clients[:RATED]):
            _rate(number, Client.objects.get(pk=client.pk))
        companies = Project.objects.exclude(borrower=F("sponsor")).order_by("pk")
        for number, project in enumerate(companies[:6]):
            _slot(number, project)
        for number, client in enumerate(Client.objects.exclude(grade="").order_by("pk")):
            _settle(world, number, client)
    _read_notices()


def _rate(number: int, client: Client) -> None:
    rng = Random(5_000 + number)  # noqa: S311  (judgements for show)
    by = _manager(client)
    rating = start_rating(client=client, kind=Rating.Kind.CORPORATE, by=by, as_of=timezone.localdate())
    given = CorporateSheet.from_json(rating.inputs)
    sheet = _sheet(rng, number, given)
    rating = fill_rating(rating=rating, version=rating.version, by=by, sheet=sheet)
    if number in DRAFTS:
        return
    approval = propose_rating(rating=rating, version=rating.version, by=by, reason="按年度审计报表评定。")
    if number in WAITING:
        return
    if number in REFUSED:
        _decide(approval, Level.BRANCH, approve=False, reason="信用记录的依据不足，请补充征信报告。")
        return
    _decide(approval, Level.BRANCH, reason="报表与依据已核对，同意。")
    rating.refresh_from_db()
    if number in ENDING:
        _backdate(rating, ENDING[number])
    if number in (BETTER, WORSE):
        _override(rating, by, number)


def _sheet(rng: Random, number: int, given: CorporateSheet) -> CorporateSheet:
    odds = ODDS[2] if number in TROUBLE else ODDS[(0, 1, 0, 1, 2)[number % 5]]
    levels = {factor: rng.choices(list(odds), list(odds.values()))[0] for factor in EVIDENCE}
    small = {"guarantees_to_equity": f"{rng.randrange(0, 55) / 100}"}
    return CorporateSheet(
        years_trading=Decimal(rng.randrange(30, 240)) / 10,
        largest_customer_share=Decimal(rng.randrange(8, 62)) / 100,
        management_tenure=Decimal(rng.randrange(10, 110)) / 10,
        gates={**CLEAN, **small, **given.gates, **TROUBLE.get(number, {})},
        judgements={factor: Judgement(level, EVIDENCE[factor][level]) for factor, level in levels.items()},
    )


def _override(rating: Rating, by: Staff, number: int) -> None:
    better = number == BETTER
    place = int(rating.computed_grade.removeprefix("R") or 0)
    reason = (
        "报表日后新签五年期供应合同，已核对合同原件及首笔回款。" if better else "主要客户停产检修，二季度订单减少三成。"
    )
    approval = override_rating(
        rating=rating,
        version=rating.version,
        by=by,
        to_grade=f"R{place - 1 if better else place + 2}",
        code=Rating.OverrideReason.RECENT_EVENT,
        reason=reason,
    )
    if better:
        _decide(approval, Level.UPPER_BRANCH, reason="合同与回款属实，同意上调一级。")


def _backdate(rating: Rating, days: int) -> None:
    """As if the rating had been confirmed some days ago."""
    first = timezone.make_aware(datetime.combine(rating.rule_set.effective_from, time(10)))
    at = max(timezone.now() - timedelta(days=days), first)
    rating.valid_until = holds_until(rating, timezone.localdate(at))
    rating.proposed_at = rating.confirmed_at = at
    rating.as_of = timezone.localdate(at)
    rating.save(update_fields=["valid_until", "proposed_at", "confirmed_at", "as_of"])


def _slot(number: int, project: Project) -> None:
    """A project company of the demonstration; the last one waits for confirmation."""
    rng = Random(6_000 + number)  # noqa: S311
    by = _manager(project.borrower)
    rating = start_rating(
        client=project.borrower, kind=Rating.Kind.SLOTTING, by=by, as_of=timezone.localdate(), project=project
    )
    done = project.stage == Project.Stage.OPERATION
    target = Decimal("1.30")
    lowest = target * Decimal(rng.randrange(98, 122)) / 100
    elements = ["2.3", "2.4", "2.6", "3.1", "3.2.1", "3.2.2", "3.2.4", "3.3", "3.4", "5.1", "5.2", "5.3", "5.4", "5.5"]
    sheet = SlottingSheet(
        completed=done,
        lowest_dscr=round(lowest, 4),
        target_dscr=target,
        lowest_downside_dscr=round(lowest * Decimal("0.85"), 4),
        project_life_years=Decimal(rng.randrange(14, 25)),
        tenor_years=Decimal(rng.randrange(9, 14)),
        figures_from="可研测算表（银行调整版），偿债备付率表第 3 页",
        anchors={element: rng.choices((1, 2, 3), (30, 50, 20))[0] for element in elements},
        basis=BASIS,
        support=("completion",) if number == 1 and not done else (),
        support_paper="完工担保函，发起人董事会决议 2026-03" if number == 1 and not done else "",
    )
    rating = fill_rating(rating=rating, version=rating.version, by=by, sheet=sheet)
    approval = propose_rating(rating=rating, version=rating.version, by=by, reason="项目公司无经营年度，按项目评级。")
    if number < 5:
        _decide(approval, Level.BRANCH, reason="测算口径与依据已核对，同意。")


def _settle(world: World, number: int, client: Client) -> None:
    rng = Random(8_000 + number)  # noqa: S311
    scale = {"large": 12, "medium": 4, "small": 1}[client.size_class or "small"]
    day = max(world.today - timedelta(days=rng.randrange(3, 50)), world.today.replace(month=1, day=1))
    lends = rng.random() < 0.8
    days = rng.choices((0, 4, 15), (80, 14, 6))[0]
    record_cooperation(
        client=client,
        as_of=day,
        products=rng.randrange(1, 8),
        overdue_days=days if lends else None,
        times_late=rng.randrange(1, 4) if lends and 0 < days < 8 else 0,
        raroc=Decimal(rng.randrange(200, 1900)) / 10_000 if lends else None,
        deposits=Decimal(rng.randrange(40, 2_400) * scale * WAN),
        fees=Decimal(rng.randrange(1, 24) * scale * WAN),
        source=f"客户综合贡献报表 {day:%Y-%m}",
        by=_manager(client),
    )
    settle_client_tier(client=client, as_of=day, by=_manager(client))


def _decide(approval: Approval, level: str, reason: str, approve: bool = True) -> None:
    """By the risk officer of this level nearest above the client."""
    officers = Staff.objects.filter(is_demo=True, role=Role.RISK_OFFICER, level=level)
    home = Branch.objects.get(subject=approval.subject.root_id).path
    signer = next(one for one in officers.select_related("branch", "person") if home.startswith(one.branch.path))
    decide(approval=approval, by=signer, approve=approve, reason=reason)


def _read_notices() -> None:
    """Who decided has read that it waited, who asked that it is decided; only what still waits is news."""
    over = Approval.objects.filter(kind__in=[CONFIRM, OVERRIDE]).exclude(state=Approval.State.WAITING)
    keys = {f"approval:{pk}" for pk in over.values_list("pk", flat=True)}
    news = Notice.objects.filter(read_at__isnull=True, key__startswith="approval:")
    done = [notice.pk for notice in news if ":".join(notice.key.split(":")[:2]) in keys]
    Notice.objects.filter(pk__in=done).update(read_at=timezone.now())


def _manager(client: Client) -> Staff:
    return Staff.objects.select_related("branch", "person").get(managed=client.pk)

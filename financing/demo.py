"""Financing of the demonstration: budgets, cases, security and plans in two versions for its projects."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from clients.models import Project
from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from financing.demo_decisions import load_decisions
from financing.models import CashFlowCase, Plan, PlanVersion
from financing.services.budget import budget_token, save_budget
from financing.services.case import create_case, period_end
from financing.services.plan import copy_version, create_plan, save_version
from financing.services.products import load_products
from financing.services.security import add_collateral, add_guarantee

WAN = Decimal(10_000)
SHARES = [
    # kind, name, share of the budget
    ("construction", "建筑工程", "0.42"),
    ("equipment", "设备购置", "0.31"),
    ("installation", "安装工程", "0.09"),
    ("land", "建设用地费", "0.06"),
    ("other", "工程建设其他费用", "0.06"),
    ("contingency", "预备费", "0.05"),
    ("working_capital", "铺底流动资金", "0.01"),
]
TRADES: dict[str, tuple[str, str, str]] = {
    # industry: kind of income, revenue over investment a year, cost over revenue
    "D4610": ("regulated_utility", "0.205", "0.33"),
    "D4430": ("regulated_utility", "0.280", "0.56"),
    "G5532": ("transport", "0.255", "0.30"),
    "D4416": ("solar", "0.136", "0.14"),
    "C3311": ("industrial", "0.420", "0.70"),
    "E4813": ("availability", "0.150", "0.18"),
    "G5930": ("industrial", "0.210", "0.38"),
    "C2614": ("petrochemical_mining", "0.620", "0.64"),
}
EQUITY = ["0.28", "0.30", "0.25", "0.32", "0.35", "0.22"]
SPREADS = [-15, 0, 20, 35, -5, 50]
FALLING = 1
"""Number of the project whose income falls year by year, so that its cover does."""
MONTHS_OF_LIFE = 180


def load(world: World) -> None:
    load_products()
    projects = Project.objects.select_related("root__manager__person", "sponsor", "borrower").order_by("pk")
    for number, project in enumerate(projects):
        if project.start_on is None or project.complete_on is None or project.stage == Project.Stage.CLOSED:
            continue
        manager = project.root.manager
        assert manager is not None  # noqa: S101  (a root has one by constraint)
        _budget(project, manager)
        case = _case(world, project, manager, number)
        _security(world, project, manager, number)
        _plan(project, manager, case, number)
    load_decisions()


def _budget(project: Project, by: Staff) -> None:
    amounts = [_round(project.total_investment * Decimal(share)) for _kind, _name, share in SHARES]
    amounts[0] += project.total_investment - sum(amounts)
    lines = [
        {"pk": None, "kind": kind, "name": name, "amount": amount}
        for (kind, name, _share), amount in zip(SHARES, amounts, strict=True)
    ]
    save_budget(project=project, token=budget_token([]), lines=lines, by=by)


def _case(world: World, project: Project, by: Staff, number: int) -> CashFlowCase:
    """Half-yearly for every second project; income ramps up over the first year, or falls."""
    months = 6 if number % 2 == 0 else 12
    first = _first_end(project.complete_on, months)  # type: ignore[arg-type]
    count = MONTHS_OF_LIFE // months
    rows = [_flows(world, project, number, n, months) for n in range(count)]
    return create_case(
        project=project,
        by=by,
        name="基准方案",
        frequency="yearly" if months == 12 else "half_yearly",
        source="可行性研究报告及我行评估",
        variable_share=Decimal("0.35"),
        tax_rate=Decimal("0.25"),
        first_ends_on=first,
        count=count,
        rows=rows,
    )


def _first_end(complete: date, months: int) -> date:
    """The end of the first half-year or year that begins after completion."""
    ends = [date(complete.year, 6, 30), date(complete.year, 12, 31)] if months == 6 else [date(complete.year, 12, 31)]
    following = next((end for end in ends if end > complete), period_end(ends[-1], months))
    return period_end(following, months) if (following - complete) < timedelta(days=60) else following


def _flows(world: World, project: Project, number: int, n: int, months: int) -> dict[str, Decimal]:
    _case_of, revenue_share, cost_share = TRADES[project.industry_id]
    year = Decimal(n * months) / 12
    trend = 1 - Decimal("0.045") * year if number == FALLING else 1 + Decimal("0.004") * year
    ramp = Decimal("0.92") if year < 1 else Decimal(1)
    chance = Decimal(world.rng.randrange(-15, 16)) / 1000
    season = Decimal(1) if number == FALLING else 1 + chance
    if months == 6:
        season *= Decimal("1.04") if n % 2 == 0 else Decimal("0.96")
    revenue = _round(project.total_investment * Decimal(revenue_share) * months / 12 * trend * ramp * season)
    opex = _round(revenue * Decimal(cost_share))
    tax = _round((revenue - opex) * (Decimal("0.03") if year < 3 else Decimal("0.08")))
    capex = _round(revenue * Decimal("0.01"))
    change = _round(revenue * Decimal("0.02")) if n == 0 else Decimal(0)
    return {"revenue": revenue, "opex": opex, "tax": tax, "capex": capex, "working_capital": change}


def _security(world: World, project: Project, by: Staff, number: int) -> None:
    value = project.total_investment
    fresh = world.today - timedelta(days=40 + number * 3)
    stale = world.today - timedelta(days=430)
    operating = project.stage == Project.Stage.OPERATION
    things: list[dict[str, Any]] = [
        {"kind": "income_right", "asset": "项目收费权", "value": _round(value * Decimal("0.72")), "valued_on": fresh},
        {"kind": "industrial_land", "asset": "项目建设用地使用权", "value": _round(value * Decimal("0.08"))},
        {"kind": "machinery", "asset": "项目主要设备", "value": _round(value * Decimal("0.30"))},
    ]
    for turn, thing in enumerate(things):
        registered = fresh + timedelta(days=10) if turn < 2 or operating else None
        facts = {"owner_name": project.borrower.name, "valuer": "澜州中正资产评估有限公司", **thing}
        facts.setdefault("valued_on", stale if number % 7 == 3 and turn == 1 else fresh)
        number_of = f"澜押〔{fresh.year}〕{number * 10 + turn:04d}" if registered else ""
        add_collateral(project=project, by=by, registered_on=registered, registration_no=number_of, **facts)
    if project.sponsor_id != project.borrower_id:
        add_guarantee(
            project=project,
            by=by,
            kind="joint_several",
            guarantor=project.sponsor,
            guarantor_name=project.sponsor.name,
            amount=_round(value * Decimal("0.70")),
            net_assets=_round(value * Decimal("1.6")),
            other_guarantees=_round(value * Decimal("0.25")),
            has_resolution=number % 4 != 0,
        )


def _plan(project: Project, by: Staff, case: CashFlowCase, number: int) -> Plan:
    """V1 sculpted to the target; V2 with more capital for some, level instalments for others."""
    equity = _round(project.total_investment * Decimal(EQUITY[number % len(EQUITY)]))
    kind = TRADES[project.industry_id][0]
    plan = create_plan(
        project=project, by=by, title=f"{project.name}融资方案", case=case, dscr_case=kind, equity=equity
    )
    first = _saved(plan.versions.get(), by, {}, _first_terms(project, number))
    second = copy_version(version=first, name="V2", by=by)
    if number == FALLING:
        loan = Decimal(first.result["tranches"][0]["amount"])
        _saved(second, by, {}, {"method": "annuity", "amount": loan})
    else:
        _saved(second, by, {"equity": _round(equity * Decimal("1.12"))}, {"spread_bp": SPREADS[number % 6] - 10})
    return plan


def _first_terms(project: Project, number: int) -> dict[str, Any]:
    return {
        "spread_bp": SPREADS[number % len(SPREADS)],
        "upfront_fee": Decimal("0.002"),
        "gearing_limit": Decimal("0.80"),
        "tenor_months": 120,
        "starts_on": project.complete_on,
    }


def _saved(version: PlanVersion, by: Staff, terms: dict[str, Any], tranche: dict[str, Any]) -> PlanVersion:
    return save_version(version=version, seen=version.version, by=by, terms=terms, tranches={1: tranche})


def _round(amount: Decimal) -> Decimal:
    """To the 万元, as budgets are written."""
    return (amount / WAN).quantize(Decimal(1), ROUND_HALF_UP) * WAN

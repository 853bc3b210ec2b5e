"""Statements of the demonstration: three years for every client, consistent in themselves and like their trade."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import override

from clients.calc.statements import StatementLines
from clients.models import Client, StatementUpload
from clients.services.statement_sheet import PeriodRead, Reading, check_figures
from clients.services.statement_upload import read_upload
from clients.services.statements import Period, book_statements
from clients.statement_books import template_lines
from clients.statement_template import workbook
from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from crm_project.rules.money import Unit
from crm_project.ui.exports import XLSX_TYPE
from crm_project.workflow.store import store_made

YEARS = 3
TAX = Decimal("0.25")
PAYOUT = Decimal("0.3")
RATE = Decimal("0.043")
DEPRECIATION = Decimal("0.055")
FILED_ON = (4, 20)
"""Month and day on which the demo's clients hand in the year before."""


@dataclass(frozen=True)
class Trade:
    """How a trade looks in its statements: shares of assets or revenue, days of 360."""

    turnover: float
    margin: float
    overhead: float
    leverage: float
    receivable_days: int
    inventory_days: int
    payable_days: int
    short_share: float
    growth: float


TRADES = {
    "D4610": Trade(0.24, 0.36, 0.10, 0.60, 70, 12, 90, 0.10, 0.06),
    "D4430": Trade(0.42, 0.22, 0.06, 0.64, 55, 18, 70, 0.18, 0.04),
    "G5532": Trade(0.26, 0.38, 0.12, 0.52, 50, 8, 60, 0.12, 0.05),
    "D4416": Trade(0.13, 0.52, 0.06, 0.70, 170, 3, 60, 0.06, 0.03),
    "C3311": Trade(1.00, 0.17, 0.09, 0.62, 85, 75, 80, 0.70, 0.07),
    "E4813": Trade(0.85, 0.12, 0.06, 0.72, 110, 70, 130, 0.65, 0.05),
    "G5930": Trade(0.55, 0.24, 0.11, 0.58, 60, 10, 50, 0.45, 0.09),
    "C2614": Trade(0.80, 0.27, 0.13, 0.45, 70, 65, 60, 0.55, 0.10),
}
ASSETS = {"large": (120_000, 800_000), "medium": (20_000, 120_000), "small": (4_000, 20_000)}
"""Total assets by enterprise size, 万元."""
FAILING = {5: Decimal("0.055"), 20: Decimal("0.035"), 44: Decimal("0.045")}
"""Clients by number that go downhill: gross margin lost a year, with receivables and stocks that swell."""


def load_statements(world: World, clients: Sequence[Client]) -> None:
    """Books three years for each client from a stored workbook, and leaves two files of the first one in preview."""
    rule = template_lines()
    last_year = world.today.year - (1 if (world.today.month, world.today.day) > FILED_ON else 2)
    with override("zh-hans"):
        for number, client in enumerate(clients):
            years = simulate(client.industry_id, client.size_class, number, last_year)
            _book(rule, client, years, opinion_of(client, number), world.today)
        _leave_previews(rule, clients[0], last_year)


def simulate(industry: str, size: str, number: int, last_year: int) -> list[PeriodRead]:
    """Year ends of one client in CNY, oldest first; balances and the roll-forward of equity hold to the cent.

    The same number gives the same figures. Debt closes the balance; where none is needed, cash does.
    """
    rng = Random(7_000 + number)  # noqa: S311  (figures for show)
    trade = _varied(TRADES[industry], rng)
    decline = FAILING.get(number, Decimal(0))
    low, high = ASSETS[size]
    year = _Year(trade, Decimal(rng.randrange(low, high)), rng)
    year.step(Decimal(0))  # the year before the first one shown, so that each has something to move from
    ends = [date(last_year - YEARS + place, 12, 31) for place in range(1, YEARS + 1)]
    return [PeriodRead(end, column, year.step(decline)) for end, column in zip(ends, "BCD", strict=True)]


def opinion_of(client: Client, number: int) -> str:
    if number in FAILING:
        return "emphasis"
    return "unaudited" if client.size_class == "small" and number % 3 == 0 else "unqualified"


class _Year:
    """A company that moves from one year end to the next. Amounts in 万元 to two decimals."""

    def __init__(self, trade: Trade, assets: Decimal, rng: Random) -> None:
        self.trade = trade
        self.rng = rng
        self.margin = _d(trade.margin)
        self.revenue = assets * _d(trade.turnover)
        self.equity = _cents(assets * (1 - _d(trade.leverage)))
        self.swell = Decimal(1)
        self.debt = assets * _d(trade.leverage) * _d(0.6)
        self.intangibles = assets * _d(0.06)
        current = self.revenue * _d((trade.receivable_days + trade.inventory_days) / 360 + 0.16)
        self.fixed = max(assets * _d(0.9) - self.intangibles - current, assets * _d(0.2))
        self.last: dict[str, Decimal] = {}

    def step(self, decline: Decimal) -> dict[str, Decimal]:
        """Figures of the next year in CNY by line; the first year has no year before to compare with."""
        if decline:
            self.margin -= decline
            self.swell *= _d(1.22)
        growth = _d(self.trade.growth + self.rng.uniform(-0.02, 0.03)) - decline * 2
        self.revenue = _cents(self.revenue * (1 + growth))
        values = self._income()
        values |= self._assets(values)
        values |= self._liabilities(values)
        values["operating_cash_flow"] = self._cash_flow(values)
        self.last = values
        return {line: amount * 10_000 for line, amount in values.items()}

    def _income(self) -> dict[str, Decimal]:
        revenue, overhead = self.revenue, _d(self.trade.overhead)
        margin = self.margin + _d(self.rng.uniform(-0.008, 0.008))
        values = {
            "revenue": revenue,
            "operating_cost": _cents(revenue * (1 - margin)),
            "taxes": _cents(revenue * _d(0.007)),
            "selling": _cents(revenue * overhead * _d(0.3) * self._sway()),
            "admin": _cents(revenue * overhead * _d(0.45) * self._sway()),
            "research": _cents(revenue * overhead * _d(0.25) * self._sway()),
            "interest_expense": _cents(self.debt * RATE),
            "other_income": _cents(revenue * _d(0.003)),
            "non_operating": _cents(revenue * _d(self.rng.uniform(-0.001, 0.001))),
        }
        costs = ("operating_cost", "taxes", "selling", "admin", "research", "interest_expense")
        before_tax = revenue - sum(values[line] for line in costs) + values["other_income"] + values["non_operating"]
        values["income_tax"] = _cents(max(before_tax, Decimal(0)) * TAX)
        profit = before_tax - values["income_tax"]
        values["dividends"] = _cents(max(profit, Decimal(0)) * PAYOUT)
        self.equity += profit - values["dividends"]
        return values

    def _assets(self, income: dict[str, Decimal]) -> dict[str, Decimal]:
        cost = income["operating_cost"]
        invested = self.fixed * _d(self.rng.uniform(0.05, 0.11))
        self.fixed = _cents(self.fixed * (1 - DEPRECIATION) + invested)
        self.intangibles = _cents(self.intangibles * _d(0.97))
        cash = _cents(self.revenue * _d(0.11) / self.swell * self._sway())
        return {
            "cash": cash,
            "cash_unrestricted": _cents(cash * _d(0.9)),
            "receivables": _cents(self.revenue * self.trade.receivable_days / 360 * self.swell * self._sway()),
            "prepayments": _cents(cost * _d(0.02) * self._sway()),
            "inventories": _cents(cost * self.trade.inventory_days / 360 * self.swell * self._sway()),
            "other_receivables": _cents(self.revenue * _d(0.015) * self.swell * self._sway()),
            "fixed_assets": self.fixed,
            "construction_in_progress": _cents(invested * _d(0.6)),
            "intangibles": self.intangibles,
        }

    def _liabilities(self, values: dict[str, Decimal]) -> dict[str, Decimal]:
        owed = {
            "payables": _cents(values["operating_cost"] * self.trade.payable_days / 360 * self._sway()),
            "advances": _cents(self.revenue * _d(0.02) * self._sway()),
            "taxes_wages_payable": _cents(self.revenue * _d(0.015) * self._sway()),
            "other_payables": _cents(self.revenue * _d(0.018) * self._sway()),
            "other_long": _cents(self.fixed * _d(0.012)),
        }
        parts = ("cash", "receivables", "prepayments", "inventories", "other_receivables")
        assets = sum(values[line] for line in (*parts, "fixed_assets", "construction_in_progress", "intangibles"))
        gap = assets - self.equity - sum(owed.values())
        if gap < 0:
            values["cash"] -= gap
        self.debt = max(gap, Decimal(0))
        short = _cents(self.debt * _d(self.trade.short_share))
        due = _cents(self.debt * _d(0.07))
        return owed | {
            "short_loans": short,
            "long_due_1y": due,
            "non_current_due_1y": due,
            "long_loans": self.debt - short - due,
            "notes_payable_financing": _cents(owed["payables"] * _d(0.1)),
            "interest_capitalised": _cents(values["construction_in_progress"] * RATE / 2),
            "net_assets": self.equity,
        }

    def _sway(self) -> Decimal:
        """What a line strays from its rule this year."""
        return _d(self.rng.uniform(0.96, 1.05))

    def _cash_flow(self, values: dict[str, Decimal]) -> Decimal:
        """Profit before dividends and interest, depreciation added, less what working capital took up."""
        tied = ("receivables", "inventories", "prepayments", "other_receivables")
        owed = ("payables", "advances", "taxes_wages_payable", "other_payables")
        costs = ("operating_cost", "taxes", "selling", "admin", "research", "income_tax")
        profit = values["revenue"] - sum(values[line] for line in costs) + values["other_income"]
        moved = sum((values[line] - self.last.get(line, values[line]) for line in tied), Decimal(0))
        moved -= sum((values[line] - self.last.get(line, values[line]) for line in owed), Decimal(0))
        return _cents(profit + self.fixed * DEPRECIATION - moved)


def _book(rule: StatementLines, client: Client, years: list[PeriodRead], opinion: str, today: date) -> None:
    consolidated = client.size_class == "large" or client.nature == "listed"
    rows = {line.key: line.row for line in rule.lines.values()}
    reading = Reading(client.short_name, Unit.WAN, consolidated, opinion, rows, years)
    content = workbook(
        rule,
        name=client.short_name,
        periods=[(year.period_end, year.values) for year in years],
        consolidated=consolidated,
        opinion=opinion,
    )
    filed_on = min(date(years[-1].period_end.year + 1, *FILED_ON), today)
    filed = datetime.combine(filed_on, time(10), timezone.get_current_timezone())
    manager = Staff.objects.get(managed=client.pk)
    upload = StatementUpload.objects.create(
        root_id=client.root_id,
        client=client,
        file=store_made(content, XLSX_TYPE),
        file_name=f"{client.short_name}{years[-1].period_end.year}年度报表.xlsx",
        content=reading.content(),
        problems=[finding.as_dict() for finding in check_figures(rule, reading, [])],
        state=StatementUpload.State.COMMITTED,
        uploaded_by=manager,
        uploaded_at=filed,
        closed_at=filed,
    )
    periods = [Period(year.period_end, consolidated, opinion, year.values) for year in years]
    book_statements(client=client, upload=upload, periods=periods, by=manager)


def _leave_previews(rule: StatementLines, client: Client, last_year: int) -> None:
    """A correction that waits to be taken over, and a file that does not balance."""
    manager = Staff.objects.get(managed=client.pk)
    last = simulate(client.industry_id, client.size_class, 0, last_year)[-1]
    moved = _cents(last.values["revenue"] * _d(0.01))
    corrected = last.values | {line: last.values[line] + moved for line in ("cash", "other_payables")}
    wrong = last.values | {"fixed_assets": last.values["fixed_assets"] + 90_000}
    for name, values in (("更正", corrected), ("初稿", wrong)):
        content = workbook(
            rule,
            name=client.short_name,
            periods=[(last.period_end, values)],
            consolidated=client.size_class == "large" or client.nature == "listed",
            opinion=opinion_of(client, 0),
        )
        file = ContentFile(content, f"{client.short_name}{last.period_end.year}年度报表（{name}）.xlsx")
        read_upload(client=client, upload=file, by=manager)


def _varied(trade: Trade, rng: Random) -> Trade:
    return replace(
        trade,
        margin=trade.margin + rng.uniform(-0.03, 0.03),
        leverage=trade.leverage + rng.uniform(-0.08, 0.06),
        turnover=trade.turnover * rng.uniform(0.85, 1.15),
        receivable_days=round(trade.receivable_days * rng.uniform(0.8, 1.2)),
    )


def _d(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)

"""What a drawdown must pass: capital in proportion, progress, entrusted payment. Source: RULES §1.2–1.4.

Every check names its figure, its limit, the room left and what would make it pass.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

from crm_project.rules.money import round_half_up
from crm_project.rules.workdays import Workdays

from .results import N_, CalcError, Check, Message, Param

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
SOURCE = "drawdown/project"
POINT_PLACES = 4


@dataclass(frozen=True)
class DrawdownRules:
    """tolerance_points: by how many points of total investment spending may lead physical progress."""

    tolerance_points: Decimal

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "DrawdownRules":
        """Rules from the params of a rule body."""
        return cls(Decimal(body["params"]["progress_tolerance_points"]))


@dataclass(frozen=True)
class EntrustedRule:
    """When a payment must be entrusted: above an amount, or above a share of total investment; never at the figure.

    window_workdays: payments to one payee group whose distance from the first is at most this are added up; None
    judges single payments only. all_entrusted: the bank lets nothing be paid by the borrower.
    """

    version: str
    effective_from: date
    amount: Decimal
    investment_share: Decimal | None
    window_workdays: int | None
    time_limit_workdays: int
    borrower_cause_workdays: int
    all_entrusted: bool

    @classmethod
    def from_body(cls, body: Mapping[str, Any], *, version: str, effective_from: date) -> "EntrustedRule":
        """Rule from the params of a rule body; version and day stand beside the body."""
        params = body["params"]
        share, window = params.get("investment_share"), params.get("window_workdays")
        return cls(
            version=version,
            effective_from=effective_from,
            amount=Decimal(params["amount_cny"]),
            investment_share=None if share is None else Decimal(share),
            window_workdays=None if window is None else int(window),
            time_limit_workdays=int(params["time_limit_workdays"]),
            borrower_cause_workdays=int(params["borrower_cause_workdays"]),
            all_entrusted=bool(params.get("all_entrusted", False)),
        )

    @property
    def source(self) -> str:
        return f"entrusted_payment/fixed_asset@{self.version}"

    def threshold(self, total_investment: Decimal) -> Decimal:
        """Largest single payment the borrower may make itself, CNY."""
        if self.all_entrusted:
            return ZERO
        if self.investment_share is None:
            return self.amount
        return min(self.amount, (total_investment * self.investment_share).quantize(CENT, ROUND_DOWN))


@dataclass(frozen=True)
class CapitalPosition:
    """required: project capital of the whole plan; paid_in: paid and evidenced; loan: the whole loan; drawn: so far."""

    required: Decimal
    paid_in: Decimal
    loan: Decimal
    drawn: Decimal

    @property
    def allowed(self) -> Decimal:
        """max(0, loan × min(1, paid_in ÷ required) − drawn), cents rounded down."""
        share = Fraction(1) if not self.required else min(Fraction(1), Fraction(self.paid_in) / Fraction(self.required))
        cents = int(Fraction(self.loan) * share * 100)
        return max(ZERO, Decimal(cents).scaleb(-2) - self.drawn)


@dataclass(frozen=True)
class Payment:
    """A payment out of the drawdown or an earlier one. payee_group: related payees share it."""

    ref: str
    payee_group: str
    amount: Decimal
    pay_on: date
    entrusted: bool


def rule_for_contract(signed_on: date, rules: Iterable[EntrustedRule]) -> EntrustedRule:
    """The version in force when the contract was signed. Raises CalcError no_rule."""
    found = [rule for rule in rules if rule.effective_from <= signed_on]
    if not found:
        raise CalcError("no_rule", N_("no rule was in force on %(day)s"), day=signed_on)
    return max(found, key=lambda rule: rule.effective_from)


def check_capital(position: CapitalPosition, request: Decimal) -> Check:
    """Project capital in the same proportion as the loan.

    Example: capital 120 of 200, loan 800 with 400 drawn: 80 may be drawn, 80.01 not.
    """
    allowed = position.allowed
    passed = request <= allowed
    cures: list[Message] = []
    if not passed:
        after = position.drawn + request
        if after <= position.loan:
            share = Fraction(after) / Fraction(position.loan)
            needed = Fraction(position.required) * share - Fraction(position.paid_in)
            template = N_("have %(amount)s more project capital paid in")
            cures.append(Message("pay_in_capital", template, {"amount": _cents_up(needed)}))
        cures.append(Message("draw_less", N_("draw at most %(amount)s"), {"amount": allowed}))
    facts = {"required": position.required, "paid_in": position.paid_in, "loan": position.loan, "drawn": position.drawn}
    return Check("capital", request, allowed, allowed - request, passed, "CNY", SOURCE, tuple(cures), facts=facts)


def check_progress(*, total_investment: Decimal, spent: Decimal, progress: Decimal, rules: DrawdownRules) -> Check:
    """Spending may lead physical progress by the tolerance in points of total investment.

    spent: CNY, with this drawing where it is meant to be tested before release. progress: fraction of the works.
    Example: progress 40 %, spent 45 % passes, 45.01 % does not. Raises CalcError no_investment.
    """
    if total_investment <= 0:
        raise CalcError("no_investment", N_("the total investment must be positive"))
    share = Fraction(spent) / Fraction(total_investment)
    lead = (share - Fraction(progress)) * 100
    passed = lead <= Fraction(rules.tolerance_points)
    figure = round_half_up(lead, POINT_PLACES)
    cures: tuple[Message, ...] = ()
    if not passed:
        points = _up(share * 100 - Fraction(rules.tolerance_points), POINT_PLACES)
        supported = (Fraction(progress) + Fraction(rules.tolerance_points) / 100) * Fraction(total_investment)
        excess = _cents_up(Fraction(spent) - supported)
        cures = (
            Message("more_progress", N_("show physical progress of at least %(points)s %%"), {"points": points}),
            Message("spend_less", N_("leave out %(amount)s of spending"), {"amount": excess}),
        )
    facts = {"spent": spent, "total_investment": total_investment, "progress": progress}
    headroom = round_half_up(Fraction(rules.tolerance_points) - lead, POINT_PLACES)
    return Check("progress", figure, rules.tolerance_points, headroom, passed, "points", SOURCE, cures, facts=facts)


def check_entrusted(
    payments: Sequence[Payment], rule: EntrustedRule, *, total_investment: Decimal, workdays: Workdays
) -> tuple[Check, ...]:
    """One check per payee group that the borrower pays itself, the worst sum within the window against the threshold.

    The single largest payment is the figure where the rule has no window. Entrusted payments never count.
    """
    groups: defaultdict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        if not payment.entrusted:
            groups[payment.payee_group].append(payment)
    limit = rule.threshold(total_investment)
    return tuple(_group_check(group, items, limit, rule, workdays) for group, items in sorted(groups.items()))


def payment_deadline(
    disbursed_on: date, rule: EntrustedRule, workdays: Workdays, *, borrower_cause: bool = False
) -> date:
    """Last day to pass the money on to the payee."""
    days = rule.borrower_cause_workdays if borrower_cause else rule.time_limit_workdays
    return workdays.add_workdays(disbursed_on, days)


def overrun_capital(extra_cost: Decimal, capital_ratio: Decimal) -> Decimal:
    """Least capital the sponsor must add to a cost overrun, cents rounded up."""
    return _cents_up(Fraction(extra_cost) * Fraction(capital_ratio))


def _group_check(group: str, items: list[Payment], limit: Decimal, rule: EntrustedRule, workdays: Workdays) -> Check:
    worst = max((_window(first, items, rule, workdays) for first in items), key=_total)
    figure = _total(worst)
    passed = figure <= limit
    template = N_("have %(payee)s paid by entrusted payment")
    cures = () if passed else (Message("entrust", template, {"payee": group}),)
    refs = ", ".join(payment.ref for payment in worst)
    facts: dict[str, Param] = {"payee": group, "payments": len(worst), "refs": refs}
    return Check("entrusted_payment", figure, limit, limit - figure, passed, "CNY", rule.source, cures, facts=facts)


def _window(first: Payment, items: list[Payment], rule: EntrustedRule, workdays: Workdays) -> list[Payment]:
    if rule.window_workdays is None:
        return [first]
    return [
        item
        for item in items
        if item.pay_on >= first.pay_on and workdays.workdays_between(first.pay_on, item.pay_on) <= rule.window_workdays
    ]


def _total(payments: list[Payment]) -> Decimal:
    return sum((payment.amount for payment in payments), ZERO)


def _cents_up(amount: Fraction) -> Decimal:
    return _up(amount, 2)


def _up(value: Fraction, places: int) -> Decimal:
    """Rounded towards the larger number, so that the cure is enough."""
    return Decimal(-(-value.numerator * 10**places // value.denominator)).scaleb(-places)

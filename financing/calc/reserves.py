"""Reserve account, payment order, cash sweep and distribution lock-up. Source: RULES §8.4. CNY to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from crm_project.rules.money import quantise_cent, split_amount

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Claim:
    """What is due at one step of the payment order."""

    code: str
    due: Decimal


@dataclass(frozen=True)
class Payment:
    code: str
    due: Decimal
    paid: Decimal

    @property
    def short(self) -> Decimal:
        return self.due - self.paid


def reserve_target(service: Sequence[Decimal], period_months: int, months: int) -> Decimal:
    """Debt service of the next `months` months, an unfinished period in proportion.

    service: per period from the next one on. Example: 92.3077 a year and 6 months give 46.1538.
    """
    total, left = Fraction(0), months
    for due in service:
        if left <= 0:
            break
        total += Fraction(due) * Fraction(min(left, period_months), period_months)
        left -= period_months
    return quantise_cent(total)


def pay_in_order(cash: Decimal, claims: Sequence[Claim]) -> tuple[tuple[Payment, ...], Decimal]:
    """Payments down the order as far as the cash reaches, and what is left of it."""
    payments, left = [], max(ZERO, cash)
    for claim in claims:
        paid = min(left, claim.due)
        payments.append(Payment(claim.code, claim.due, paid))
        left -= paid
    return tuple(payments), left


def cash_sweep(cfads: Decimal, service: Decimal, *, share: Decimal, trigger_dscr: Decimal) -> Decimal:
    """Extra repayment: the share of the cash above service × trigger; 0 where there is none."""
    return quantise_cent(share * max(ZERO, cfads - service * trigger_dscr))


def apply_sweep(principals: Sequence[Decimal], amount: Decimal, *, pro_rata: bool) -> tuple[Decimal, ...]:
    """Remaining instalments after an extra repayment: last ones first, or all in proportion.

    The amount beyond the remaining principal is not used.
    """
    amount = min(amount, sum(principals, ZERO))
    if pro_rata:
        if not amount:
            return tuple(principals)
        cuts = split_amount(amount, principals)
        return tuple(due - cut for due, cut in zip(principals, cuts, strict=True))
    remaining = list(principals)
    for n in reversed(range(len(remaining))):
        cut = min(remaining[n], amount)
        remaining[n] -= cut
        amount -= cut
    return tuple(remaining)


def distributions_allowed(historic: Decimal, forward: Decimal, lock_up: Decimal, *, in_default: bool) -> bool:
    """Whether money may go to the owners: both twelve-month covers reach the lock-up and nothing is in default."""
    return not in_default and min(historic, forward) >= lock_up

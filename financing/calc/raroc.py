"""Risk-adjusted return on capital of a loan, economic value added and the rate at which it earns its hurdle.

Source: RULES §14. Amounts CNY a year, rates as fractions.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from crm_project.rules.money import quantise_cent, round_half_up

RATIO_PLACES = 6


@dataclass(frozen=True)
class RarocInput:
    """One loan and the bank's parameters.

    vat: value added tax contained in the interest; surcharge: charges on that tax, as a share of it.
    other_income: fees and deposit margin of the deal, already net of tax on turnover, CNY a year.
    """

    balance: Decimal
    rate: Decimal
    funding_rate: Decimal
    cost_rate: Decimal
    pd: Decimal
    lgd: Decimal
    income_tax: Decimal
    risk_weight: Decimal
    capital_ratio: Decimal
    hurdle: Decimal
    vat: Decimal = Decimal(0)
    surcharge: Decimal = Decimal(0)
    other_income: Decimal = Decimal(0)


@dataclass(frozen=True)
class RarocResult:
    """Amounts to the cent; raroc and price_floor to six decimals, half up. price_floor is the rate with EVA 0."""

    income: Decimal
    funding: Decimal
    cost: Decimal
    expected_loss: Decimal
    profit: Decimal
    capital: Decimal
    raroc: Decimal
    eva: Decimal
    price_floor: Decimal


def raroc(deal: RarocInput) -> RarocResult:
    """Return = [income ÷ (1 + v) − funding − cost − expected loss] × (1 − tax) ÷ economic capital.

    Example: 100 m at 3.85 %, funded at 2.50 %, cost 0.30 %, PD 0.58 %, LGD 45 %, tax 25 %, capital 10.5 %: 5.64 %
    gross of VAT, 4.08 % at 6 %. Raises ZeroDivisionError for a balance, risk weight or capital ratio of 0.
    """
    balance = Fraction(deal.balance)
    kept = _share_kept(deal)
    income = balance * Fraction(deal.rate) * kept + Fraction(deal.other_income)
    funding = balance * Fraction(deal.funding_rate)
    cost = balance * Fraction(deal.cost_rate)
    loss = balance * Fraction(deal.pd) * Fraction(deal.lgd)
    profit = (income - funding - cost - loss) * (1 - Fraction(deal.income_tax))
    capital = balance * Fraction(deal.risk_weight) * Fraction(deal.capital_ratio)
    needed = capital * Fraction(deal.hurdle) / (1 - Fraction(deal.income_tax)) + funding + cost + loss
    floor = (needed - Fraction(deal.other_income)) / kept / balance
    return RarocResult(
        income=quantise_cent(income),
        funding=quantise_cent(funding),
        cost=quantise_cent(cost),
        expected_loss=quantise_cent(loss),
        profit=quantise_cent(profit),
        capital=quantise_cent(capital),
        raroc=round_half_up(profit / capital, RATIO_PLACES),
        eva=quantise_cent(profit - capital * Fraction(deal.hurdle)),
        price_floor=round_half_up(floor, RATIO_PLACES),
    )


def _share_kept(deal: RarocInput) -> Fraction:
    """What is left of gross interest after VAT and the charges on it."""
    vat = Fraction(deal.vat)
    return (1 - vat * Fraction(deal.surcharge)) / (1 + vat)

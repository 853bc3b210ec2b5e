from financing.models.budget import BudgetLine
from financing.models.case import CasePeriod, CashFlowCase
from financing.models.decision import Condition, Decision
from financing.models.line import CreditLine
from financing.models.plan import Covenant, Plan, PlanVersion, Tranche
from financing.models.product import Product
from financing.models.security import Collateral, Guarantee

__all__ = [
    "BudgetLine",
    "CasePeriod",
    "CashFlowCase",
    "Collateral",
    "Condition",
    "Covenant",
    "CreditLine",
    "Decision",
    "Guarantee",
    "Plan",
    "PlanVersion",
    "Product",
    "Tranche",
]

"""How the rules of this room are read: a draft that one of these refuses is no rule."""

from clients.calc.capital import CapitalRule
from clients.calc.permits import PermitRule
from clients.calc.rating_rule import RatingRule
from clients.calc.service import service_standards
from clients.calc.size import SizeRule
from clients.calc.slotting import SlottingRule
from clients.calc.statements import StatementLines
from clients.calc.tier import TierRule
from crm_project.rules import bodies


def register() -> None:
    bodies.register("rating", RatingRule.from_body)
    bodies.register("slotting", SlottingRule.from_body)
    bodies.register("tier", TierRule.from_body)
    bodies.register("service", service_standards)
    bodies.register("statement_lines", StatementLines.from_body)
    bodies.register("permits", PermitRule.from_body)
    bodies.register("project_capital_min", CapitalRule.from_body)
    bodies.register("enterprise_size", SizeRule.from_body)

from crm_project.rules.models.calendar import CalendarDay
from crm_project.rules.models.industry import Industry
from crm_project.rules.models.ruleset import RuleSet

__all__ = ["CalendarDay", "Industry", "RuleSet"]

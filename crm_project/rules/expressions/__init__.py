"""The language of indicators, gates and ratio covenants: parse, check, evaluate, judge. Imports no Django."""

from .checker import Checked, Want, check
from .environment import Environment, Metric, ValueType, environment_from_tables
from .errors import CODES, ExpressionError
from .evaluator import Cell, Evaluation, Outcome, Reason, Step, Value, Values, evaluate
from .judge import (
    LEVELS,
    AlertState,
    Judgement,
    ThresholdError,
    Thresholds,
    for_industry,
    judge,
    next_state,
)
from .nodes import Node
from .parser import FUNCTIONS, parse

__all__ = [
    "CODES",
    "FUNCTIONS",
    "LEVELS",
    "AlertState",
    "Cell",
    "Checked",
    "Environment",
    "Evaluation",
    "ExpressionError",
    "Judgement",
    "Metric",
    "Node",
    "Outcome",
    "Reason",
    "Step",
    "ThresholdError",
    "Thresholds",
    "Value",
    "ValueType",
    "Values",
    "Want",
    "check",
    "environment_from_tables",
    "evaluate",
    "for_industry",
    "judge",
    "next_state",
    "parse",
]

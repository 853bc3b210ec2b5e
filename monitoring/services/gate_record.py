"""A gate as the drawdown keeps it: checks as JSON, so that a decided drawdown shows what was decided on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from financing.calc.results import Check, Message
from monitoring.services.gate import Gate

Json = dict[str, Any]


def record_of(gate: Gate) -> list[Json]:
    """One JSON object per check, failures first. Decimals are strings; in parameters they are marked by type."""
    return [_check(check, gate.rules) for check in gate.checks]


def _check(check: Check, rules: Mapping[str, Mapping[str, str]]) -> Json:
    rule = rules.get(check.source.partition("@")[0], {})
    return {
        "code": check.code,
        "figure": _plain(check.figure),
        "limit": _plain(check.limit),
        "headroom": _plain(check.headroom),
        "passed": check.passed,
        "unit": check.unit,
        "source": check.source,
        "title_en": rule.get("title_en", ""),
        "title_zh": rule.get("title_zh", ""),
        "provenance": rule.get("provenance", ""),
        "cures": [_message(cure) for cure in check.cures],
        "facts": {name: _plain(value) for name, value in check.facts.items()},
    }


def _message(message: Message) -> Json:
    params = {name: _param(value) for name, value in message.params.items()}
    return {"code": message.code, "template": message.template, "params": params}


def _param(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value

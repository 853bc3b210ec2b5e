"""Numbers, amounts and dates as the desk writes them.

Amounts are shown in the unit the user has chosen. The unit is activated once per request, as a language is, so that
filters, tables and exports agree without passing it along.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_project.rules.money import Unit as UnitCode
from crm_project.rules.money import round_half_up, scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import _StrPromise

MISSING = "—"


@dataclass(frozen=True)
class Unit:
    """A unit of money. `decimals`: places shown, so that 万元 and 亿元 show the same digits."""

    code: str
    label: "_StrPromise"
    decimals: int


UNITS = {
    "yuan": Unit("yuan", _("CNY"), 2),
    "wan": Unit("wan", _("CNY 10k"), 0),
    "yi": Unit("yi", _("CNY 100m"), 4),
}
DEFAULT_UNIT = "wan"

_active: ContextVar[str] = ContextVar("rq_money_unit", default=DEFAULT_UNIT)


def activate_unit(code: str) -> None:
    """Show amounts in this unit from now on in this request; an unknown code means the default."""
    _active.set(code if code in UNITS else DEFAULT_UNIT)


def active_unit() -> Unit:
    return UNITS[_active.get()]


@contextmanager
def unit(code: str) -> "Iterator[Unit]":
    """Show amounts in another unit for a while: documents that fix their unit, tests."""
    token = _active.set(code)
    try:
        yield UNITS[code]
    finally:
        _active.reset(token)


def to_decimal(value: Any) -> Decimal | None:
    """A Decimal, or None for a missing value. A float goes through its shortest text form."""
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def in_unit(value: Any, code: str | None = None) -> Decimal | None:
    """The amount counted in a unit, unrounded."""
    amount = to_decimal(value)
    return None if amount is None else scale(amount, UnitCode(code or _active.get()))


def number(value: Any, decimals: int = 0) -> str:
    """`1,234.50`, negatives in parentheses, missing as a dash."""
    amount = to_decimal(value)
    if amount is None:
        return MISSING
    shown = round_half_up(amount, decimals)
    text = f"{abs(shown):,.{decimals}f}"
    return f"({text})" if shown < 0 else text


def money(value: Any, decimals: int | None = None, code: str | None = None) -> str:
    """An amount in CNY, written in the active unit and without it: `12,345,678` in 万元 is `1,235`.

    An amount that is not zero but would read as zero keeps two more decimals: 3,200 CNY in 万元 is `0.32`.
    """
    chosen = UNITS[code or _active.get()]
    amount = in_unit(value, chosen.code)
    if amount is None:
        return MISSING
    places = chosen.decimals if decimals is None else decimals
    if decimals is None and amount and not round_half_up(amount, places):
        places += 2
    return number(amount, places)


def percent(value: Any, decimals: int = 1) -> str:
    """A fraction as `64.1%`. Rates of interest, coverage, PD and NPL take two decimals."""
    fraction = to_decimal(value)
    if fraction is None:
        return MISSING
    text = number(fraction * 100, decimals)
    return f"{text[:-1]}%)" if text.endswith(")") else f"{text}%"


def ratio(value: Any, decimals: int = 2) -> str:
    """DSCR and its kin: `1.41`."""
    return number(value, decimals)


def points(value: Any, decimals: int = 2) -> str:
    """A difference of two fractions in percentage points, without the word: 0.0004 is `0.04`."""
    difference = to_decimal(value)
    return MISSING if difference is None else number(difference * 100, decimals)


def day(value: Any) -> str:
    """`2026-11-23`; a moment is given as the day it falls on in the bank's time zone."""
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        return value.strftime("%Y-%m-%d")
    return value.isoformat() if isinstance(value, date) else MISSING


def moment(value: Any) -> str:
    """`2026-11-23 16:42` in the bank's time zone."""
    if not isinstance(value, datetime):
        return day(value)
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M")


def is_negative(text: str) -> bool:
    """Whether a written number is a negative one; tells markup to turn it red."""
    return text.startswith("(")

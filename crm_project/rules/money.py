"""Money and rates as exact decimals: reading, rounding, splitting, display units. No Django, no silent rounding."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

CENT_PLACES = 2
RATE_PLACES = 6
AMOUNT_LIMIT = Decimal(10) ** 16  # numeric(18,2)
RATE_LIMIT = Decimal(10) ** 3  # numeric(9,6)
DOUBLE_DIGITS = 15  # a double carries no more decimal digits than this faithfully

FULL_WIDTH = str.maketrans("０１２３４５６７８９．，（）＋－−％＿\u3000\u00a0", "0123456789.,()+--%_  ")
PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
EXPONENT = re.compile(r"[0-9.,]+[eE][+-]?[0-9]+")
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


class BadAmount(ValueError):
    """A figure that cannot be taken exactly as it stands; `code` is stable, `message` is English."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Unit(StrEnum):
    """Display units of money; the value is the code, the size is in `UNIT_EXPONENT`."""

    YUAN = "yuan"
    WAN = "wan"
    YI = "yi"


UNIT_EXPONENT = {Unit.YUAN: 0, Unit.WAN: 4, Unit.YI: 8}


def round_half_up(value: Decimal | Fraction, places: int) -> Decimal:
    """The value at `places` decimals, halves away from zero; a fraction is rounded from its exact value."""
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**places
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        value = Decimal(whole if value >= 0 else -whole).scaleb(-places)
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0  # + 0 turns -0.00 into 0.00


def quantise_cent(value: Decimal | Fraction) -> Decimal:
    """The value in yuan to the cent, half up (away from zero)."""
    return round_half_up(value, CENT_PLACES)


def quantise_rate(value: Decimal | Fraction) -> Decimal:
    """A rate or share as a fraction to six decimals, half up."""
    return round_half_up(value, RATE_PLACES)


def parse_amount(value: str | float | Decimal) -> Decimal:
    """An amount of money with two decimals, exactly as given.

    Text may carry full-width digits and signs, thousands separators in proper groups of three, and parentheses
    for a negative. A double must show at most 15 significant digits. Nothing is rounded.
    Raises BadAmount with code: empty, not_a_number, not_finite, underscore, exponent, thousands_separator,
    parentheses, too_many_decimals, too_many_digits, too_large.
    """
    return _exact(_to_decimal(value), CENT_PLACES, AMOUNT_LIMIT)


def parse_figure(value: str | float | Decimal) -> Decimal:
    """A figure in any unit, exactly as given, with any number of decimals. Raises BadAmount as parse_amount does."""
    return _to_decimal(value)


def parse_rate(value: str | float | Decimal, *, percent: bool = False) -> Decimal:
    """A rate or share as a fraction with six decimals: "3.85%" gives 0.038500.

    percent: whether a figure without % sign is in percent; a % sign always says so itself.
    Raises BadAmount as parse_amount does.
    """
    if isinstance(value, str):
        text = value.translate(FULL_WIDTH).strip()
        percent = percent or text.endswith("%")
        value = text.removesuffix("%")
    number = _to_decimal(value)
    return _exact(number.scaleb(-2) if percent else number, RATE_PLACES, RATE_LIMIT)


def scale(amount: Decimal, unit: Unit) -> Decimal:
    """The amount in the display unit, exact: 12,345,678.90 yuan are 1234.567890 万元."""
    return amount.scaleb(-UNIT_EXPONENT[unit])


def unscale(figure: Decimal, unit: Unit) -> Decimal:
    """Yuan for a figure typed in a display unit. Raises BadAmount where it is finer than a cent or too large."""
    return _exact(figure.scaleb(UNIT_EXPONENT[unit]), CENT_PLACES, AMOUNT_LIMIT)


def split_amount(total: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Parts of `total` in proportion to the weights, to the cent, adding up exactly.

    Cents left over go to the largest remainders, then to the larger weights, so the order of the weights and
    their common scale do not matter. No part has the opposite sign of the total.
    Raises ValueError for a total finer than a cent, a negative weight, or weights that sum to 0.
    """
    if total != quantise_cent(total):
        raise ValueError("the total is finer than a cent")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole == 0:
        raise ValueError("the weights sum to 0")
    cents = int(abs(total).scaleb(2))
    shares = [Fraction(weight) * cents / whole for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(
        range(len(parts)),
        key=lambda n: (shares[n] - parts[n], weights[n]),
        reverse=True,
    )
    for n in by_remainder[: cents - sum(parts)]:
        parts[n] += 1
    return tuple(Decimal(part if total >= 0 else -part).scaleb(-2) for part in parts)


def _to_decimal(value: object) -> Decimal:
    if isinstance(value, str):
        return _text_to_decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadAmount("not_a_number", f"{value!r} is not a number")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise BadAmount("not_finite", f"{value!r} is not a finite number")
    if isinstance(value, float) and _significant_digits(number) > DOUBLE_DIGITS:
        raise BadAmount(
            "too_many_digits",
            f"{value!r} has more digits than a spreadsheet number holds exactly",
        )
    return number


def _text_to_decimal(text: str) -> Decimal:
    plain = text.translate(FULL_WIDTH).strip()
    if not plain:
        raise BadAmount("empty", "there is no figure")
    if "_" in plain:
        raise BadAmount("underscore", f"{text!r} contains an underscore")
    if NOT_FINITE.fullmatch(plain):
        raise BadAmount("not_finite", f"{text!r} is not a finite number")
    bracketed = plain.startswith("(") and plain.endswith(")")
    if not bracketed and ("(" in plain or ")" in plain):
        raise BadAmount("parentheses", f"{text!r} has a parenthesis without its pair")
    body = plain[1:-1].strip() if bracketed else plain
    if bracketed and body[:1] in ("+", "-", "("):
        raise BadAmount("parentheses", f"{text!r} carries a sign inside parentheses")
    negative = bracketed or body.startswith("-")
    digits = body[1:].lstrip() if body[:1] in ("+", "-") else body
    if EXPONENT.fullmatch(digits):
        raise BadAmount(
            "exponent",
            f"{text!r} is written with an exponent, its last digits are lost",
        )
    if not PLAIN.fullmatch(digits) and not GROUPED.fullmatch(digits):
        separated = "," in digits and re.fullmatch(r"[0-9.,]+", digits)
        code = "thousands_separator" if separated else "not_a_number"
        reason = "has separators in the wrong place" if separated else "is not a number"
        raise BadAmount(code, f"{text!r} {reason}")
    number = Decimal(digits.replace(",", ""))
    return number.copy_negate() if negative else number


def _significant_digits(number: Decimal) -> int:
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))


def _exact(number: Decimal, places: int, limit: Decimal) -> Decimal:
    if abs(number) >= limit:
        raise BadAmount("too_large", f"{number} is too large")
    rounded = round_half_up(number, places)
    if rounded != number:
        raise BadAmount("too_many_decimals", f"{number} has more than {places} decimals")
    return rounded

"""How a result explains itself, and how rule tables are read: shared by all calculations of this room."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

YUAN_PER_WAN = Decimal(10000)


@dataclass(frozen=True)
class ExplanationLine:
    """One line of a result's explanation: what went in, what the rule says, what it contributed.

    `input` and `rule` are figures and codes only, so that they read the same in both languages.
    """

    key: str
    label_en: str
    label_zh: str
    input: str
    rule: str
    contribution: str

    def as_dict(self) -> dict[str, object]:
        """Form in which a result is stored: label (en, zh), input, rule, contribution."""
        return {
            "key": self.key,
            "label": {"en": self.label_en, "zh": self.label_zh},
            "input": self.input,
            "rule": self.rule,
            "contribution": self.contribution,
        }


def optional_decimal(text: str) -> Decimal | None:
    """A cell of a rule table as a number; an empty cell is no value. Raises ValueError on other text."""
    if not text:
        return None
    return decimal_of(text)


def decimal_of(text: str | int) -> Decimal:
    """A figure of a rule body as a finite number. Raises ValueError on anything else."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"not a number: {text!r}") from None
    if not value.is_finite():
        raise ValueError(f"not a number: {text!r}")
    return value


def shown(value: Decimal | None, places: int = 4) -> str:
    """A figure rounded half-up for display, without trailing zeros; an unknown one as an empty string."""
    if value is None:
        return ""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded.normalize():f}" if rounded else "0"


def nearest_to_worse(value: Decimal) -> int:
    """Nearest whole category, a half to the worse (higher) one: 1.5 → 2, 2.05 → 2."""
    return int((value + Decimal("0.5")).to_integral_value(ROUND_FLOOR))

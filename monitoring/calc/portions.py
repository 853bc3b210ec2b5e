"""How much of a drawing fits, payment by payment. CNY to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Portion:
    """One payment of a drawing. rooms: names of what it takes from (its contract, its budget line, its invoice)."""

    amount: Decimal
    rooms: tuple[str, ...] = ()


def fill(
    portions: Sequence[Portion], total: Decimal, rooms: Mapping[str, Decimal] | None = None
) -> tuple[Decimal, ...]:
    """Amounts that fit when the payments are served in their order, one per portion.

    total: what may be drawn at all. rooms: what is left of each named room. The first payment that does not fit in
    full is cut, and those after it get nothing. Example: 30 and 20 with a total of 36 give 30 and 6.
    """
    left = dict(rooms or {})
    rest = max(ZERO, total)
    taken = []
    for portion in portions:
        fits = min(portion.amount, rest, *(left[name] for name in portion.rooms if name in left))
        amount = max(ZERO, fits)
        taken.append(amount)
        for name in portion.rooms:
            if name in left:
                left[name] -= amount
        rest = rest - amount if amount == portion.amount else ZERO
    return tuple(taken)

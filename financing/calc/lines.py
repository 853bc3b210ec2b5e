"""Use and free amount of credit lines: group line, client line, product sub-limit, facility. Source: RULES §27.

Limits bind the exposure, which is the nominal amount less cash margin and pledged own deposits. CNY to the cent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crm_project.rules.money import quantise_cent
from crm_project.rules.workdays import add_months

from .results import N_, CalcError, Check, Message, Param

ZERO = Decimal("0.00")
FACILITY_SOURCE = "facility"
DECISION_SOURCE = "decision"


class Level(StrEnum):
    GROUP = "group"
    CLIENT = "client"
    SUB_LIMIT = "sub_limit"


@dataclass(frozen=True)
class Facility:
    """A facility under a sub-limit.

    outstanding includes what was written off, which keeps occupying. available: the availability period runs; its
    end frees the undrawn part. frozen: no new drawing, but the amount stays occupied. security: cash margin and own
    deposits pledged for it.
    """

    ref: str
    amount: Decimal
    revolving: bool
    drawn: Decimal = ZERO
    outstanding: Decimal = ZERO
    cancelled: Decimal = ZERO
    available: bool = True
    frozen: bool = False
    security: Decimal = ZERO

    @property
    def undrawn(self) -> Decimal:
        """What still occupies the line without being lent."""
        if not self.available:
            return ZERO
        taken = self.outstanding if self.revolving else self.drawn
        return max(ZERO, self.amount - self.cancelled - taken)

    @property
    def drawable(self) -> Decimal:
        return ZERO if self.frozen else self.undrawn

    @property
    def use(self) -> Decimal:
        """Nominal use: outstanding and undrawn."""
        return self.outstanding + self.undrawn

    @property
    def exposure(self) -> Decimal:
        return max(ZERO, self.use - self.security)

    @property
    def consumed(self) -> Decimal:
        """What a non-revolving sub-limit has given away for good, repaid or not; net of security."""
        return max(ZERO, (self.amount - self.cancelled if self.available else self.drawn) - self.security)


@dataclass(frozen=True)
class Line:
    """A limit and what stands under it. valid: not expired or withdrawn; an invalid line has nothing free.

    revolving matters at a sub-limit only: where False, repayment gives nothing back.
    """

    ref: str
    level: Level
    limit: Decimal
    valid: bool = True
    revolving: bool = True
    lines: tuple["Line", ...] = ()
    facilities: tuple[Facility, ...] = ()

    @property
    def nominal(self) -> Decimal:
        return sum((facility.use for facility in self.all_facilities()), ZERO)

    @property
    def use(self) -> Decimal:
        """Exposure of all facilities below."""
        return sum((facility.exposure for facility in self.all_facilities()), ZERO)

    @property
    def free(self) -> Decimal:
        """What a new facility may take here; negative where the line is overdrawn, 0 where it is not valid."""
        if not self.valid:
            return ZERO
        if self.level is Level.SUB_LIMIT and not self.revolving:
            return self.limit - sum((facility.consumed for facility in self.all_facilities()), ZERO)
        return self.limit - self.use

    def all_facilities(self) -> Iterator[Facility]:
        yield from self.facilities
        for line in self.lines:
            yield from line.all_facilities()


def path_to(root: Line, ref: str) -> tuple[Line, ...]:
    """Lines from the root down to the one with this reference. Raises CalcError no_line."""
    found = _find(root, ref)
    if not found:
        raise CalcError("no_line", N_("there is no line %(ref)s"), ref=ref)
    return found


def check_signing(
    root: Line, sub_limit: str, amount: Decimal, *, security: Decimal = ZERO, buffer: Decimal = Decimal(0)
) -> tuple[Check, ...]:
    """Whether a new facility fits, one check per level from the sub-limit up.

    amount: nominal, CNY. security: margin and pledged deposits that come with it. buffer: head-room share asked of
    a facility in foreign currency (0.05). Raises CalcError no_line.
    """
    asked = quantise_cent((amount - security) * (1 + buffer))
    return tuple(_fits(line, asked) for line in reversed(path_to(root, sub_limit)))


def check_drawing(facility: Facility, amount: Decimal, *, line_valid: bool) -> Check:
    """Whether a drawing fits its facility; a revolving facility needs a line that is still valid."""
    limit = facility.drawable if line_valid or not facility.revolving else ZERO
    cures = () if amount <= limit else (Message("draw_less", N_("draw at most %(amount)s"), {"amount": limit}),)
    return Check("drawing", amount, limit, limit - amount, amount <= limit, "CNY", FACILITY_SOURCE, cures)


def latest_note_end(line_ends_on: date, run_off_months: int) -> date:
    """Last day a note may end after its line, as the decision allows (at most twelve months by the default rule)."""
    return add_months(line_ends_on, run_off_months)


def draw(facility: Facility, amount: Decimal) -> Facility:
    """The facility after a drawing. Raises CalcError beyond_facility."""
    if not ZERO < amount <= facility.drawable:
        template = N_("%(amount)s cannot be drawn, %(free)s is left")
        raise CalcError("beyond_facility", template, amount=amount, free=facility.drawable)
    return replace(facility, drawn=facility.drawn + amount, outstanding=facility.outstanding + amount)


def repay(facility: Facility, amount: Decimal) -> Facility:
    """The facility after a repayment: a revolving one may draw it again. Raises CalcError beyond_balance."""
    if not ZERO < amount <= facility.outstanding:
        template = N_("%(amount)s cannot be repaid, %(balance)s is outstanding")
        raise CalcError("beyond_balance", template, amount=amount, balance=facility.outstanding)
    return replace(facility, outstanding=facility.outstanding - amount)


def cancel(facility: Facility, amount: Decimal) -> Facility:
    """The facility after giving up undrawn money, which frees every level. Raises CalcError beyond_undrawn."""
    if not ZERO < amount <= facility.undrawn:
        template = N_("%(amount)s cannot be cancelled, %(undrawn)s is undrawn")
        raise CalcError("beyond_undrawn", template, amount=amount, undrawn=facility.undrawn)
    return replace(facility, cancelled=facility.cancelled + amount)


def refused_at(checks: Sequence[Check]) -> str | None:
    """Level that refuses, named as in the checks: the one with least room, the lowest of equals; None if it fits."""
    failed = [check for check in checks if not check.passed]
    return min(failed, key=lambda check: check.headroom or 0).code if failed else None


def _fits(line: Line, asked: Decimal) -> Check:
    room = line.free - asked
    cures: tuple[Message, ...] = ()
    if room < 0:
        smaller = Message("smaller_facility", N_("sign at most %(amount)s"), {"amount": max(ZERO, line.free)})
        larger = Message(
            "larger_line", N_("have the %(level)s limit raised by %(amount)s"), {"level": line.level, "amount": -room}
        )
        renew = Message("renew_line", N_("renew the %(level)s limit, it is no longer valid"), {"level": line.level})
        cures = (smaller, larger) if line.valid else (renew,)
    facts: dict[str, Param] = {"ref": line.ref, "limit": line.limit, "use": line.use, "nominal": line.nominal}
    return Check(line.level.value, asked, line.free, room, room >= 0, "CNY", DECISION_SOURCE, cures, facts=facts)


def _find(line: Line, ref: str) -> tuple[Line, ...]:
    if line.ref == ref:
        return (line,)
    for child in line.lines:
        below = _find(child, ref)
        if below:
            return (line, *below)
    return ()

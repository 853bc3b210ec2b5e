"""Guarantee rings: companies that stand surety for one another in a circle, so that none is secured by the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 6
"""Members of the longest ring that is looked for; a default, longer ones dilute the guarantee anyway."""


@dataclass(frozen=True)
class Guarantee:
    """`guarantor` stands surety for `debtor`; both by their credit code. amount in CNY."""

    guarantor: str
    debtor: str
    amount: Decimal


@dataclass(frozen=True)
class Ring:
    """Guarantees in a circle, beginning with the one the start gives."""

    links: tuple[Guarantee, ...]

    @property
    def amount(self) -> Decimal:
        """Sum of the guarantees, CNY."""
        return sum((link.amount for link in self.links), Decimal(0))


def find_rings(guarantees: Iterable[Guarantee], start: str, longest: int = LONGEST) -> list[Ring]:
    """Every ring through `start` of at most `longest` members, the shortest first, then by codes.

    The same guarantee noted by both sides counts once, with the larger amount.
    Worked: A→B 60, B→C 45, C→A 38 gives one ring of three, 143.
    """
    largest: dict[tuple[str, str], Guarantee] = {}
    for one in guarantees:
        known = largest.get((one.guarantor, one.debtor))
        if known is None or one.amount > known.amount:
            largest[one.guarantor, one.debtor] = one
    given: dict[str, list[Guarantee]] = {}
    for one in sorted(largest.values(), key=lambda link: link.debtor):
        given.setdefault(one.guarantor, []).append(one)
    rings: list[Ring] = []
    _walk(given, start, start, (), longest, rings)
    return sorted(rings, key=lambda ring: (len(ring.links), [link.debtor for link in ring.links]))


def _walk(
    given: dict[str, list[Guarantee]],
    start: str,
    here: str,
    path: tuple[Guarantee, ...],
    longest: int,
    rings: list[Ring],
) -> None:
    for link in given.get(here, []):
        if link.debtor == start:
            rings.append(Ring((*path, link)))
        elif len(path) + 1 < longest and all(link.debtor != step.debtor for step in path):
            _walk(given, start, link.debtor, (*path, link), longest, rings)

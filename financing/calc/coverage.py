"""How far collateral and guarantees cover an exposure. Source: RULES §15, §29. CNY to the cent, shares as fractions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from crm_project.rules.money import quantise_cent
from crm_project.rules.workdays import Workdays, add_months

from .results import N_, CalcError

ZERO = Decimal("0.00")


class Refresh(StrEnum):
    """How often a valuation must be renewed."""

    NONE = "none"
    DAILY = "daily"
    MONTHLY = "monthly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    AT_DRAWING = "at_drawing"


REFRESH_MONTHS = {Refresh.MONTHLY: 1, Refresh.HALF_YEARLY: 6, Refresh.YEARLY: 12}


class Basis(StrEnum):
    """From what a guarantee counts: the guarantor's means, the insured sum, or nothing."""

    GUARANTOR = "guarantor"
    SUM = "sum"
    NOTHING = "nothing"


@dataclass(frozen=True)
class CollateralType:
    code: str
    name_en: str
    name_zh: str
    rate: Decimal
    refresh: Refresh
    provenance: str


@dataclass(frozen=True)
class GuaranteeKind:
    """share: part of the basis that counts; the flags say which paper it must have first."""

    code: str
    name_en: str
    name_zh: str
    basis: Basis
    share: Decimal
    needs_opinion: bool
    needs_resolution: bool
    needs_listing: bool
    provenance: str


@dataclass(frozen=True)
class CollateralPolicy:
    types: Mapping[str, CollateralType]
    kinds: Mapping[str, GuaranteeKind]
    net_asset_share: Decimal
    insurer_worst_grade: int
    receivable_max_age_days: int
    receivable_debtor_cap: Decimal
    sale_cost: Decimal

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "CollateralPolicy":
        """Policy from a rule body with tables `types` and `guarantees` and five params."""
        params = body["params"]
        return cls(
            types={row["code"]: _type(row) for row in body["tables"]["types"]},
            kinds={row["code"]: _kind(row) for row in body["tables"]["guarantees"]},
            net_asset_share=Decimal(params["net_asset_share"]),
            insurer_worst_grade=int(params["insurer_worst_grade"]),
            receivable_max_age_days=int(params["receivable_max_age_days"]),
            receivable_debtor_cap=Decimal(params["receivable_debtor_cap"]),
            sale_cost=Decimal(params["sale_cost"]),
        )


@dataclass(frozen=True)
class Collateral:
    """One thing given as security for the exposure.

    asset: what identifies the thing itself; the same asset counts once. valued_on: None where never valued.
    prior_claims: secured by it before us. cap: the most it may secure (maximum amount, register, agreement); None
    without one. effective: registered or delivered as the law asks for this type.
    """

    ref: str
    asset: str
    type: str
    value: Decimal
    valued_on: date | None
    prior_claims: Decimal = ZERO
    cap: Decimal | None = None
    effective: bool = True


@dataclass(frozen=True)
class Guarantee:
    """One promise of another party.

    amount: promised, or the sum insured. net_assets and other_guarantees: of the guarantor, newest statement.
    group: guarantors with the same group never count twice; empty = the guarantor stands alone.
    insurer_grade: number of R-grade, for policies. listed: on the approved list and inside its legal limits.
    """

    ref: str
    guarantor: str
    kind: str
    amount: Decimal
    net_assets: Decimal = ZERO
    other_guarantees: Decimal = ZERO
    group: str = ""
    has_opinion: bool = False
    has_resolution: bool = False
    listed: bool = False
    insurer_grade: int | None = None
    public_body: bool = False


@dataclass(frozen=True)
class CountedItem:
    """What one item contributes; reason is empty where it counts by its plain formula, else why it does not.

    Reasons: not_effective, not_valued, stale, counted_before, prior_claims, capped, not_counted; for guarantees
    public_body, no_resolution, no_opinion, not_listed, insurer_grade, used_up, group_counted_once, not_counted.
    """

    ref: str
    value: Decimal
    rate: Decimal
    eligible: Decimal
    reason: str
    renew_by: date | None = None


@dataclass(frozen=True)
class Coverage:
    """coverage: eligible collateral over exposure (risk-adjusted); raw: value over exposure; with_guarantees adds
    what guarantors count for. Ratios are None without exposure."""

    collateral: tuple[CountedItem, ...]
    guarantees: tuple[CountedItem, ...]
    exposure: Decimal
    eligible: Decimal
    value: Decimal
    guaranteed: Decimal
    coverage: Decimal | None
    raw: Decimal | None
    with_guarantees: Decimal | None


def cover_exposure(
    exposure: Decimal,
    collateral: Sequence[Collateral],
    guarantees: Sequence[Guarantee],
    *,
    policy: CollateralPolicy,
    as_of: date,
    workdays: Workdays,
    last_drawing: date | None = None,
) -> Coverage:
    """Collateral counts min(value × rate − prior claims, cap), not below 0; a stale valuation counts 0.

    last_drawing: since when a valuation due at each drawing must have been renewed.
    Raises CalcError unknown_type, unknown_kind.
    Example: factory 100 m at 50 %, land 60 m at 60 %, receivables 40 m at 50 % against 150 m: 70.67 %, raw 133.33 %.
    """
    items, seen = [], set[str]()
    for thing in collateral:
        items.append(_count_collateral(thing, policy, as_of, workdays, last_drawing, seen))
        seen.add(thing.asset)
    promises = _count_guarantees(guarantees, policy)
    assets = {thing.asset: thing.value for thing in collateral}
    eligible = sum((item.eligible for item in items), ZERO)
    value = sum(assets.values(), ZERO)
    guaranteed = sum((item.eligible for item in promises), ZERO)
    return Coverage(
        collateral=tuple(items),
        guarantees=promises,
        exposure=exposure,
        eligible=eligible,
        value=value,
        guaranteed=guaranteed,
        coverage=eligible / exposure if exposure else None,
        raw=value / exposure if exposure else None,
        with_guarantees=(eligible + guaranteed) / exposure if exposure else None,
    )


def renewal_date(valued_on: date, refresh: Refresh, workdays: Workdays) -> date | None:
    """Last day on which a valuation still counts; None where no date makes it stale."""
    if refresh is Refresh.DAILY:
        return workdays.add_workdays(valued_on, 1)
    months = REFRESH_MONTHS.get(refresh)
    return add_months(valued_on, months) if months else None


def maximum_amount_cap(limit: Decimal, registered: Decimal, claims: Decimal) -> Decimal:
    """What a maximum-amount mortgage secures: the least of its limit, the registered amount and the claims inside
    its period."""
    return min(limit, registered, claims)


def eligible_receivables(claims: Sequence[tuple[str, Decimal, int]], policy: CollateralPolicy) -> Decimal:
    """Receivables that may be valued: not older than the limit, one debtor at most its share of those.

    claims: debtor, amount, days since due or invoiced.
    """
    per_debtor: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for debtor, amount, age in claims:
        if age <= policy.receivable_max_age_days:
            per_debtor[debtor] += amount
    most = quantise_cent(sum(per_debtor.values(), ZERO) * policy.receivable_debtor_cap)
    return sum((min(amount, most) for amount in per_debtor.values()), ZERO)


def loss_given_default(eligible: Decimal, exposure: Decimal, *, sale_cost: Decimal, floor: Decimal) -> Decimal:
    """LGD = max(floor, 1 − eligible collateral after the cost of selling it ÷ exposure)."""
    return max(floor, 1 - eligible * (1 - sale_cost) / exposure)


def guarantor_capacity(amount: Decimal, net_assets: Decimal, other_guarantees: Decimal, share: Decimal) -> Decimal:
    """min(promise, share of net assets − other guarantees), not below 0.

    Example: 80 m promised, net assets 120 m, other guarantees 25 m, half counted: 35 m.
    """
    return max(ZERO, min(amount, quantise_cent(net_assets * share) - other_guarantees))


def _count_collateral(
    thing: Collateral,
    policy: CollateralPolicy,
    as_of: date,
    workdays: Workdays,
    last_drawing: date | None,
    seen: set[str],
) -> CountedItem:
    if thing.type not in policy.types:
        raise CalcError("unknown_type", N_("there is no collateral type %(type)s"), type=thing.type)
    kind = policy.types[thing.type]
    renew_by = renewal_date(thing.valued_on, kind.refresh, workdays) if thing.valued_on else None
    at_drawing = kind.refresh is Refresh.AT_DRAWING and last_drawing is not None
    reason = ""
    if thing.asset in seen:
        reason = "counted_before"
    elif not thing.effective:
        reason = "not_effective"
    elif thing.valued_on is None:
        reason = "not_valued"
    elif (renew_by and as_of > renew_by) or (at_drawing and last_drawing and thing.valued_on < last_drawing):
        reason = "stale"
    elif not kind.rate:
        reason = "not_counted"
    if reason:
        return CountedItem(thing.ref, thing.value, kind.rate, ZERO, reason, renew_by)
    free = max(ZERO, quantise_cent(thing.value * kind.rate) - thing.prior_claims)
    eligible = free if thing.cap is None else min(free, thing.cap)
    if eligible < free:
        reason = "capped"
    elif thing.prior_claims:
        reason = "prior_claims"
    return CountedItem(thing.ref, thing.value, kind.rate, eligible, reason, renew_by)


def _count_guarantees(guarantees: Sequence[Guarantee], policy: CollateralPolicy) -> tuple[CountedItem, ...]:
    """Each promise by its kind; of one guarantor, and of one group, only the largest counts."""
    items = [_count_guarantee(promise, policy) for promise in guarantees]
    best: dict[str, int] = {}
    for n, promise in enumerate(guarantees):
        key = promise.group or promise.guarantor
        if key not in best or items[n].eligible > items[best[key]].eligible:
            best[key] = n
    return tuple(
        item
        if best[promise.group or promise.guarantor] == n or not item.eligible
        else CountedItem(item.ref, item.value, item.rate, ZERO, "group_counted_once")
        for n, (item, promise) in enumerate(zip(items, guarantees, strict=True))
    )


def _count_guarantee(promise: Guarantee, policy: CollateralPolicy) -> CountedItem:
    if promise.kind not in policy.kinds:
        raise CalcError("unknown_kind", N_("there is no kind of guarantee %(kind)s"), kind=promise.kind)
    kind = policy.kinds[promise.kind]
    reason = _refusal(promise, kind, policy)
    amount = ZERO
    if not reason and kind.basis is Basis.SUM:
        amount = quantise_cent(promise.amount * kind.share)
    elif not reason:
        means = guarantor_capacity(promise.amount, promise.net_assets, promise.other_guarantees, policy.net_asset_share)
        amount = quantise_cent(means * kind.share)
        reason = "" if amount else "used_up"
    return CountedItem(promise.ref, promise.amount, kind.share, amount, reason)


def _refusal(promise: Guarantee, kind: GuaranteeKind, policy: CollateralPolicy) -> str:
    if promise.public_body:
        return "public_body"
    if kind.basis is Basis.NOTHING:
        return "not_counted"
    if kind.needs_resolution and not promise.has_resolution:
        return "no_resolution"
    if kind.needs_opinion and not promise.has_opinion:
        return "no_opinion"
    if kind.needs_listing and not promise.listed:
        return "not_listed"
    grade = promise.insurer_grade
    if kind.basis is Basis.SUM and (grade is None or grade > policy.insurer_worst_grade):
        return "insurer_grade"
    return ""


def _type(row: Mapping[str, str]) -> CollateralType:
    return CollateralType(
        row["code"], row["name_en"], row["name_zh"], Decimal(row["rate"]), Refresh(row["refresh"]), row["provenance"]
    )


def _kind(row: Mapping[str, str]) -> GuaranteeKind:
    return GuaranteeKind(
        code=row["code"],
        name_en=row["name_en"],
        name_zh=row["name_zh"],
        basis=Basis(row["basis"]),
        share=Decimal(row["share"]),
        needs_opinion=row["needs_opinion"] == "yes",
        needs_resolution=row["needs_resolution"] == "yes",
        needs_listing=row["needs_listing"] == "yes",
        provenance=row["provenance"],
    )

"""Coverage by collateral and guarantees: vectors and rules of RULES §15, §29."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from crm_project.rules.shipped import shipped_body
from crm_project.rules.workdays import Workdays
from financing.calc.coverage import (
    Collateral,
    CollateralPolicy,
    Guarantee,
    Refresh,
    cover_exposure,
    eligible_receivables,
    guarantor_capacity,
    loss_given_default,
    maximum_amount_cap,
    renewal_date,
)
from financing.calc.results import CalcError

M = Decimal(1_000_000)
TODAY = date(2026, 6, 30)
CALENDAR = Workdays.from_body(shipped_body("calendar", "china"))
POLICY = CollateralPolicy.from_body(shipped_body("collateral", "all"))
FACTORY = Collateral("C1", "factory", "factory", 100 * M, date(2026, 1, 10))
LAND = Collateral("C2", "land", "industrial_land", 60 * M, date(2026, 1, 10))
RECEIVABLE = Collateral("C3", "receivable", "receivable", 40 * M, date(2026, 6, 15))
GUARANTEE = Guarantee(
    "G1", "parent", "joint_several", 80 * M, net_assets=120 * M, other_guarantees=25 * M, has_resolution=True
)


def cover(collateral=(), guarantees=(), policy=POLICY, exposure=150 * M, last_drawing=None):
    return cover_exposure(
        exposure,
        list(collateral),
        list(guarantees),
        policy=policy,
        as_of=TODAY,
        workdays=CALENDAR,
        last_drawing=last_drawing,
    )


def counted(item, **changes):
    found = cover([replace(item, **changes)] if isinstance(item, Collateral) else (), ()).collateral[0]
    return found.eligible, found.reason


def test_the_worked_case_covers_70_67_percent():
    half = replace(
        POLICY, types={**POLICY.types, "receivable": replace(POLICY.types["receivable"], rate=Decimal("0.5"))}
    )
    found = cover([FACTORY, LAND, RECEIVABLE], policy=half)
    assert found.eligible == 106 * M
    assert found.coverage.quantize(Decimal("0.0001")) == Decimal("0.7067")
    assert found.raw.quantize(Decimal("0.0001")) == Decimal("1.3333")


@pytest.mark.parametrize(
    ("valued_on", "eligible", "reason"),
    [
        (date(2025, 6, 30), 50 * M, ""),
        (date(2025, 6, 29), 0, "stale"),
        (None, 0, "not_valued"),
    ],
)
def test_a_valuation_past_its_renewal_counts_nothing(valued_on, eligible, reason):
    assert counted(FACTORY, valued_on=valued_on) == (eligible, reason)


def test_a_stale_item_still_stands_in_the_raw_value():
    found = cover([replace(FACTORY, valued_on=date(2024, 1, 1))])
    assert (found.eligible, found.value) == (0, 100 * M)
    assert found.collateral[0].renew_by == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("changes", "eligible", "reason"),
    [
        ({"prior_claims": 20 * M}, 30 * M, "prior_claims"),
        ({"prior_claims": 60 * M}, 0, "prior_claims"),
        ({"cap": 35 * M}, 35 * M, "capped"),
        ({"cap": 35 * M, "prior_claims": 20 * M}, 30 * M, "prior_claims"),
        ({"cap": 60 * M}, 50 * M, ""),
        ({"effective": False}, 0, "not_effective"),
        ({"type": "unlisted_shares"}, 0, "not_counted"),
    ],
)
def test_prior_claims_caps_and_missing_registration_lower_what_counts(changes, eligible, reason):
    assert counted(FACTORY, **changes) == (eligible, reason)


def test_the_same_asset_counts_once():
    found = cover([FACTORY, replace(FACTORY, ref="C9")])
    assert [(item.eligible, item.reason) for item in found.collateral] == [(50 * M, ""), (0, "counted_before")]
    assert found.value == 100 * M


def test_a_building_under_construction_is_valued_anew_at_each_drawing():
    building = replace(FACTORY, type="construction_in_progress", valued_on=date(2025, 1, 1))
    assert cover([building]).collateral[0].reason == ""
    assert cover([building], last_drawing=date(2026, 5, 1)).collateral[0].reason == "stale"
    assert cover([replace(building, valued_on=date(2026, 5, 1))], last_drawing=date(2026, 5, 1)).eligible == 50 * M


@pytest.mark.parametrize(
    ("refresh", "renew_by"),
    [
        (Refresh.NONE, None),
        (Refresh.DAILY, date(2026, 2, 24)),  # the next working day after the festival
        (Refresh.MONTHLY, date(2026, 3, 14)),
        (Refresh.HALF_YEARLY, date(2026, 8, 14)),
        (Refresh.YEARLY, date(2027, 2, 14)),
        (Refresh.AT_DRAWING, None),
    ],
)
def test_each_type_has_its_interval_of_renewal(refresh, renew_by):
    assert renewal_date(date(2026, 2, 14), refresh, CALENDAR) == renew_by


def test_a_guarantor_of_120_with_25_promised_elsewhere_counts_35():
    assert guarantor_capacity(80 * M, 120 * M, 25 * M, Decimal("0.5")) == 35 * M
    found = cover([FACTORY], [GUARANTEE])
    assert found.guaranteed == 35 * M
    assert found.with_guarantees == Decimal(85) / 150
    assert found.coverage == Decimal(50) / 150


@pytest.mark.parametrize(
    ("changes", "eligible", "reason"),
    [
        ({"amount": 10 * M}, "10", ""),
        ({"kind": "ordinary"}, "17.5", ""),
        ({"other_guarantees": 60 * M}, "0", "used_up"),
        ({"has_resolution": False}, "0", "no_resolution"),
        ({"public_body": True}, "0", "public_body"),
        ({"kind": "shortfall"}, "0", "no_opinion"),
        ({"kind": "shortfall", "has_opinion": True}, "35", ""),
        ({"kind": "repurchase"}, "0", "no_opinion"),
        ({"kind": "debt_joining"}, "35", ""),
        ({"kind": "completion"}, "0", "not_counted"),
        ({"kind": "comfort_letter"}, "0", "not_counted"),
        ({"kind": "property_insurance"}, "0", "not_counted"),
        ({"kind": "credit_insurance", "insurer_grade": 4}, "64", ""),
        ({"kind": "credit_insurance", "insurer_grade": 5}, "0", "insurer_grade"),
        ({"kind": "credit_insurance"}, "0", "insurer_grade"),
        ({"kind": "guarantee_company", "has_resolution": False}, "0", "not_listed"),
        ({"kind": "guarantee_company", "has_resolution": False, "listed": True}, "35", ""),
    ],
)
def test_a_promise_counts_by_its_kind_and_its_papers(changes, eligible, reason):
    item = cover(guarantees=[replace(GUARANTEE, **changes)]).guarantees[0]
    assert (item.eligible / M, item.reason) == (Decimal(eligible), reason)


def test_guarantors_of_one_group_and_one_guarantor_twice_never_add_up():
    sister = replace(GUARANTEE, ref="G2", guarantor="sister", amount=20 * M)
    together = cover(guarantees=[replace(GUARANTEE, group="g"), replace(sister, group="g")])
    assert [item.reason for item in together.guarantees] == ["", "group_counted_once"]
    assert together.guaranteed == 35 * M
    assert cover(guarantees=[GUARANTEE, sister]).guaranteed == 55 * M
    assert cover(guarantees=[GUARANTEE, replace(sister, guarantor="parent")]).guaranteed == 35 * M


def test_a_maximum_amount_mortgage_secures_the_least_of_its_three_figures():
    assert maximum_amount_cap(50 * M, 45 * M, 60 * M) == 45 * M


def test_receivables_count_when_young_and_spread_over_debtors():
    claims = [("a", 10 * M, 30), ("a", 5 * M, 91), ("b", 10 * M, 90), ("c", 80 * M, 10)]
    assert eligible_receivables(claims, POLICY) == 40 * M  # each of three at most a fifth of 100


def test_loss_given_default_after_the_cost_of_selling():
    assert loss_given_default(106 * M, 150 * M, sale_cost=Decimal("0.10"), floor=Decimal("0.25")) == Decimal("0.364")
    assert loss_given_default(160 * M, 150 * M, sale_cost=Decimal("0.10"), floor=Decimal("0.25")) == Decimal("0.25")


def test_without_exposure_there_is_no_ratio():
    assert cover([FACTORY], exposure=Decimal(0)).coverage is None


def test_unknown_types_and_kinds_are_refused():
    with pytest.raises(CalcError) as refusal:
        cover([replace(FACTORY, type="castle")])
    assert refusal.value.code == "unknown_type"
    with pytest.raises(CalcError) as refusal:
        cover(guarantees=[replace(GUARANTEE, kind="handshake")])
    assert refusal.value.code == "unknown_kind"


def test_every_default_rate_of_the_table_is_a_share_with_its_provenance():
    assert len(POLICY.types) == 15
    assert all(0 <= kind.rate < 1 and kind.provenance == "default" for kind in POLICY.types.values())
    assert POLICY.types["unlisted_shares"].rate == 0

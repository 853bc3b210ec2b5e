"""Minimum project capital by RULES §4."""

from datetime import date
from decimal import Decimal

import pytest

from clients.calc.capital import CapitalRule, SectorUndecided, check_capital
from crm_project.rules.shipped import shipped_body


@pytest.fixture(scope="module")
def rule() -> CapitalRule:
    return CapitalRule.from_body(shipped_body("project_capital_min", "fixed_asset"))


@pytest.mark.parametrize(
    ("code", "on", "chosen", "ratio"),
    [
        ("G5532", "2016-06-30", None, "0.25"),
        ("G5532", "2020-06-30", None, "0.20"),
        ("G5532", "2010-01-01", None, "0.30"),
        ("G5532", "2015-09-08", None, "0.30"),
        ("G5532", "2015-09-09", None, "0.25"),
        ("G5532", "2019-11-19", None, "0.25"),
        ("G5532", "2019-11-20", None, "0.20"),
        ("G5631", "2020-06-30", None, "0.25"),
        ("B0610", "2020-06-30", None, "0.30"),
        ("C3011", "2020-06-30", None, "0.35"),
        ("C3110", "2020-06-30", "steel", "0.40"),
        ("C3216", "2020-06-30", "aluminium", "0.40"),
        ("C1391", "2010-06-30", "corn_processing", "0.30"),
        ("C1391", "2020-06-30", "corn_processing", "0.20"),
        ("K7010", "2020-06-30", "real_estate_other", "0.25"),
        ("K7010", "2020-06-30", "housing_affordable", "0.20"),
        ("N7810", "2020-06-30", "urban", "0.20"),
        ("D4415", "2020-06-30", None, "0.20"),
        ("C3612", "2020-06-30", None, "0.20"),
        ("G5522", "2010-06-30", None, "0.30"),
    ],
)
def test_row_is_chosen_by_industry_and_approval_date(rule, code, on, chosen, ratio):
    assert rule.pick(code, date.fromisoformat(on), chosen).ratio == Decimal(ratio)


@pytest.mark.parametrize(
    ("code", "sectors"),
    [
        ("K7010", {"housing_affordable", "real_estate_other", "other"}),
        ("N7810", {"parking", "urban", "other"}),
        ("C3110", {"steel", "other"}),
    ],
)
def test_person_chooses_where_two_rows_or_a_product_test_remain(rule, code, sectors):
    with pytest.raises(SectorUndecided) as undecided:
        rule.pick(code, date(2020, 6, 30))
    assert set(undecided.value.sectors) == sectors


def test_sector_that_does_not_fit_cannot_be_chosen(rule):
    with pytest.raises(SectorUndecided):
        rule.pick("C3011", date(2020, 6, 30), "port")


def test_day_before_the_first_rule_has_none(rule):
    with pytest.raises(LookupError):
        rule.pick("G5532", date(2009, 5, 24))


def check(rule, code, on, chosen=None, **amounts):
    sector = rule.pick(code, on, chosen)
    amounts = {key: Decimal(value) if isinstance(value, str) else value for key, value in amounts.items()}
    return check_capital(rule, sector, on=on, total_investment=Decimal(1000), **amounts)


def test_port_of_2016_needs_250_and_of_2020_needs_200(rule):
    assert check(rule, "G5532", date(2016, 6, 30), capital="250").required == 250
    later = check(rule, "G5532", date(2020, 6, 30), capital="199.99")
    assert (later.required, later.shortfall, later.problems) == (200, Decimal("0.01"), ("capital_below_minimum",))


def test_eligible_highway_of_2020_needs_150_with_an_approval_document(rule):
    highway = check(rule, "G5443", date(2020, 6, 30), "road", capital="150", reduction_pp="5", reduction_approved=True)
    assert (highway.required, highway.approval_document_needed, highway.problems) == (150, True, ())


def test_reduction_without_document_or_beyond_the_limit_fails(rule):
    undocumented = check(rule, "G5443", date(2020, 6, 30), "road", capital="150", reduction_pp="5")
    assert undocumented.problems == ("reduction_without_approval",)
    excessive = check(
        rule, "G5443", date(2020, 6, 30), "road", capital="150", reduction_pp="6", reduction_approved=True
    )
    assert excessive.problems == ("reduction_above_limit",)
    assert excessive.required == 150
    port = check(rule, "G5532", date(2020, 6, 30), capital="200", reduction_pp="1", reduction_approved=True)
    assert port.problems == ("reduction_above_limit",)


def test_more_than_half_equity_type_instruments_fail_from_2019(rule):
    over = check(rule, "G5532", date(2020, 6, 30), capital="200", equity_type="101")
    assert (over.equity_type_share, over.problems) == (Decimal("0.505"), ("equity_type_above_limit",))
    assert check(rule, "G5532", date(2020, 6, 30), capital="200", equity_type="100").problems == ()
    assert check(rule, "G5532", date(2016, 6, 30), capital="250", equity_type="200").problems == ()


def test_row_provenance_reaches_the_result(rule):
    assert check(rule, "G5532", date(2020, 6, 30), capital="200").provenance == "regulation"
    assert check(rule, "C3011", date(2020, 6, 30), capital="400").provenance == "unconfirmed"


def test_sector_reducible_without_known_bound_needs_only_the_approval(rule):
    corridor = check(rule, "E4853", date(2016, 6, 30), capital="100", reduction_pp="10", reduction_approved=True)
    assert (corridor.required, corridor.approval_document_needed, corridor.problems) == (100, True, ())

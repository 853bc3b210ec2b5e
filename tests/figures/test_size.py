"""Enterprise size by RULES §5."""

from decimal import Decimal

import pytest

from clients.calc.industries import Industries
from clients.calc.size import SizeRule, enterprise_size
from crm_project.rules.shipped import shipped_body

WAN = Decimal(10000)


@pytest.fixture(scope="module")
def rule() -> SizeRule:
    return SizeRule.from_body(shipped_body("enterprise_size", "statistics"))


@pytest.fixture(scope="module")
def industries() -> Industries:
    return Industries.from_body(shipped_body("industries", "gbt4754"))


@pytest.mark.parametrize(
    ("size_class", "staff", "revenue", "assets", "size"),
    [
        ("industry", 1200, 35000, None, "medium"),
        ("industry", 250, 50000, None, "small"),
        ("industry", 19, 5000, None, "micro"),
        ("construction", None, 80000, 79999, "medium"),
        ("real_estate_development", None, 250000, 9000, "medium"),
        ("industry", 1000, 40000, None, "large"),
        ("agriculture", None, 49, None, "micro"),
        ("other", 300, None, None, "large"),
    ],
)
def test_size_is_the_smallest_of_its_indicators(rule, size_class, staff, revenue, assets, size):
    result = enterprise_size(
        rule,
        size_class,
        staff=staff,
        revenue=None if revenue is None else revenue * WAN,
        total_assets=None if assets is None else assets * WAN,
    )
    assert result.size == size
    assert not result.missing


def test_missing_indicator_leaves_size_open_unless_another_says_micro(rule):
    open_size = enterprise_size(rule, "industry", staff=1200)
    assert (open_size.size, open_size.missing) == (None, ("revenue",))
    assert enterprise_size(rule, "industry", staff=19).size == "micro"


def test_result_carries_the_weakest_provenance_and_explains_each_indicator(rule):
    assert enterprise_size(rule, "leasing_business", staff=5, total_assets=WAN).provenance == "unconfirmed"
    result = enterprise_size(rule, "construction", revenue=80000 * WAN, total_assets=79999 * WAN)
    assert result.provenance == "regulation"
    assert [(line.key, line.input, line.rule, line.contribution) for line in result.explanation] == [
        ("revenue", "80000", "80000 / 6000 / 300", "large"),
        ("total_assets", "79999", "80000 / 5000 / 300", "medium"),
    ]


@pytest.mark.parametrize(
    ("code", "size_class"),
    [
        ("C3110", "industry"),
        ("C3199", "industry"),
        ("G5910", "transport"),
        ("G5920", "storage"),
        ("G5311", None),
        ("K7010", "real_estate_development"),
        ("K7040", "other"),
        ("F", None),
    ],
)
def test_industry_code_gives_its_size_class(industries, code, size_class):
    assert industries.size_class(code) == size_class


def test_every_size_class_of_the_industries_has_limits(rule, industries):
    classes = {industry.size_class for industry in industries.by_code.values()} - {"none", "by_division"}
    assert classes == set(rule.limits)


def test_unknown_industry_is_refused(industries):
    with pytest.raises(LookupError):
        industries.nearest("3110")

"""How numbers are written; the examples are those of the page conventions."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from crm_project.ui import formats


@pytest.mark.parametrize(
    ("amount", "unit", "written"),
    [
        ("12345678.90", "yuan", "12,345,678.90"),
        ("12345678.90", "wan", "1,235"),
        ("12345678.90", "yi", "0.1235"),
        ("-12345678.90", "wan", "(1,235)"),
        ("5000", "wan", "1"),  # half away from zero
        ("-15000", "wan", "(2)"),
        ("3200", "wan", "0.32"),  # an amount that is there does not read as nothing
        ("-1.20", "wan", "0.00"),  # but a few yuan do
        ("0", "wan", "0"),
        (None, "wan", "—"),
        ("", "yuan", "—"),
        ("9999999999999999.99", "yuan", "9,999,999,999,999,999.99"),
    ],
)
def test_an_amount_is_written_in_the_chosen_unit(amount: str | None, unit: str, written: str) -> None:
    with formats.unit(unit):
        assert formats.money(amount) == written


def test_a_negative_that_rounds_to_nothing_carries_no_sign() -> None:
    assert formats.number(Decimal("-0.004"), 2) == "0.00"


@pytest.mark.parametrize(
    ("fraction", "decimals", "written"),
    [
        ("0.641", 1, "64.1%"),
        ("-0.024", 1, "(2.4%)"),
        ("0.0340", 2, "3.40%"),
        ("2.146", 1, "214.6%"),
        (None, 1, "—"),
        ("NaN", 1, "—"),
    ],
)
def test_a_fraction_is_written_as_a_percentage(fraction: str | None, decimals: int, written: str) -> None:
    assert formats.percent(fraction, decimals) == written


def test_a_difference_of_rates_is_written_in_points_with_two_decimals() -> None:
    assert formats.points(Decimal("-0.116")) == "(11.60)"


def test_a_day_is_the_day_in_the_banks_time_zone() -> None:
    late_in_utc = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert formats.day(late_in_utc) == "2026-11-23"
    assert formats.moment(late_in_utc) == "2026-11-23 00:30"
    assert formats.day(date(2026, 11, 23)) == "2026-11-23"
    assert formats.day(None) == "—"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_date_looks_the_same_in_both_languages(language: str) -> None:
    with translation.override(language):
        assert Template("{{ day }}").render(Context({"day": date(2026, 11, 3)})) == "2026-11-03"


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_a_negative_amount_is_red_and_a_positive_one_is_plain() -> None:
    assert draw("{{ v|money }}", v=Decimal("-7460000")) == '<span class="rq-neg">(746)</span>'
    assert draw("{{ v|money }}", v=Decimal("7460000")) == "746"


@pytest.mark.parametrize(
    ("given", "code", "word"), [("red", "red", "红色"), (3, "orange", "橙色"), (1, "blue", "蓝色")]
)
def test_a_level_always_has_icon_word_and_colour(given: str | int, code: str, word: str) -> None:
    html = draw("{{ v|level }}", v=given)
    assert f"rq-lv-{code}" in html and word in html and "<svg" in html


@pytest.mark.parametrize("given", [None, 0, "", "purple"])
def test_no_level_is_a_dash(given: object) -> None:
    assert "—" in draw("{{ v|level }}", v=given)


@pytest.mark.parametrize(
    ("difference", "good", "css", "text"),
    [
        ("-0.0004", "down", "rq-pos", "↓0.04 点"),
        ("0.0022", "down", "rq-neg", "↑0.22 点"),
        ("0.004", "up", "rq-pos", "↑0.40 点"),
    ],
)
def test_a_change_is_coloured_by_whether_it_is_welcome(difference: str, good: str, css: str, text: str) -> None:
    html = draw("{% change_points d good=good %}", d=Decimal(difference), good=good)
    assert html == f'<span class="{css}">{text}</span>'


def test_a_rule_shows_its_standing() -> None:
    html = draw('{% src "固贷办法 2024" "unconfirmed" %}')
    assert "固贷办法 2024·待核实" in html and "rq-open" in html
    assert "国发〔2019〕26·法规" in draw('{% src "国发〔2019〕26" "regulation" %}')


def test_a_bar_needs_no_style_attribute_and_stays_within_its_frame() -> None:
    html = draw("{% bar v %}", v=Decimal("1.7"))
    assert 'width="100.0%"' in html and "style=" not in html and 'aria-label="170.0%"' in html


def test_a_chart_cannot_be_broken_out_of_by_a_name_in_its_data() -> None:
    html = draw('{% chart "c" option "words" %}', option={"title": "</script><b>", "data": [Decimal("1.5")]})
    assert "</script><b>" not in html and "1.5" in html and 'aria-label="words"' in html


def test_text_in_a_tag_is_escaped() -> None:
    assert "<b>" not in draw("{{ v|tag }}", v="<b>")

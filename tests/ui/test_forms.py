from decimal import Decimal

import pytest
from django import forms

from crm_project.ui import formats
from crm_project.ui.forms import DeskForm, MoneyField, RateField, Section, VersionMixin


class LoanForm(DeskForm):
    sections = [Section("Money", ("amount", "rate"), "In the contract's currency.")]

    amount = MoneyField(label="Amount", help_text="As in the contract", min_value=Decimal("10000"))
    rate = RateField(label="Rate", max_value=Decimal("0.24"), required=False)
    purpose = forms.CharField(label="Purpose", required=False)


@pytest.mark.parametrize(
    ("typed", "unit", "amount"),
    [
        ("4,860", "wan", "48600000.00"),
        ("4860.123456", "wan", "48601234.56"),
        ("1.23456789", "yi", "123456789.00"),
        ("１２，３４５．６", "yuan", "12345.60"),
        ("(746)", "wan", "-7460000.00"),
    ],
)
def test_an_amount_is_typed_in_the_unit_shown(typed: str, unit: str, amount: str) -> None:
    with formats.unit(unit):
        assert MoneyField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "unit", "code", "text"),
    [
        ("abc", "wan", "not_a_number", "“abc”不是数字。"),
        ("1.2345678", "wan", "too_many_decimals", "小数位过多"),
        ("1,23", "yuan", "thousands_separator", "千分位分隔符位置不对。"),
        ("1e5", "wan", "exponent", "不用科学计数法"),
        ("nan", "wan", "not_finite", "不是数字"),
        ("", "wan", "required", ""),
    ],
)
def test_a_wrong_amount_is_told_in_words(typed: str, unit: str, code: str, text: str) -> None:
    with formats.unit(unit), pytest.raises(forms.ValidationError) as caught:
        MoneyField().clean(typed)
    assert caught.value.code == code
    assert text in "".join(caught.value.messages)


@pytest.mark.parametrize(
    ("stored", "unit", "shown"), [("48600000.00", "wan", "4,860"), ("48601234.56", "wan", "4,860.123456")]
)
def test_a_stored_amount_comes_back_in_full(stored: str, unit: str, shown: str) -> None:
    with formats.unit(unit):
        assert MoneyField().prepare_value(Decimal(stored)) == shown


def test_a_rate_is_typed_in_percent() -> None:
    assert RateField().clean("3.45") == Decimal("0.034500")
    assert RateField().clean("3.45%") == Decimal("0.034500")
    assert RateField().prepare_value(Decimal("0.034500")) == "3.45"


def test_nothing_typed_is_lost_and_each_error_is_tied_to_its_field() -> None:
    form = LoanForm({"amount": "12,3", "rate": "30", "purpose": "厂房"})
    assert not form.is_valid()
    html = str(form)
    assert 'value="12,3"' in html and 'value="厂房"' in html
    assert 'id="id_amount_error"' in html and 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'href="#id_amount"' in html and 'role="alert"' in html
    assert "不高于 24.00%" in html


def test_fields_stand_under_their_headings_and_the_rest_follows() -> None:
    drawn = LoanForm().drawn_sections()
    assert [[field.name for field in section.fields] for section in drawn] == [["amount", "rate"], ["purpose"]]
    assert "In the contract&#x27;s currency." in str(LoanForm())


def test_the_unit_stands_inside_the_field() -> None:
    with formats.unit("wan"):
        assert "万元" in str(LoanForm()["amount"].as_field_group())
    assert "%" in str(LoanForm()["rate"].as_field_group())


class EditForm(VersionMixin, DeskForm):
    name = forms.CharField()


def test_a_record_changed_meanwhile_refuses_the_form_and_keeps_the_input() -> None:
    form = EditForm({"name": "新名称", "version": "3"}, current_version=4)
    assert not form.is_valid()
    assert form.has_error("__all__", "changed")
    assert "新名称" in str(form) and "已被他人修改" in str(form)
    assert EditForm({"name": "x", "version": "4"}, current_version=4).is_valid()

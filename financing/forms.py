"""Forms of budget, cases and security."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.project_forms import ClientChoice
from crm_project.organization.models import Staff
from crm_project.ui.forms import DeskForm, MoneyField, RateField, Section, ServedModelForm, VersionMixin
from financing.models import BudgetLine, CashFlowCase, Collateral, Guarantee
from financing.services.case import MOST_PERIODS
from financing.services.rulebook import collateral_policy


def in_language(row: Any) -> str:
    """The name of a row of a rule in the reader's language."""
    return str(row.name_zh if (get_language() or "").startswith("zh") else row.name_en)


class BudgetLineForm(DeskForm):
    """One row of the table; a row without name and amount is no row."""

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=BudgetLine.Kind.choices)
    name = forms.CharField(label=_("name"), max_length=80)
    amount = MoneyField(label=_("amount"))

    def has_changed(self) -> bool:
        """A browser sends the kind of every empty row; that alone makes no row."""
        return bool(set(self.changed_data) - (set() if self.initial.get("pk") else {"kind"}))


BudgetFormSet = forms.formset_factory(BudgetLineForm, extra=4, max_num=60, can_delete=True)


class CaseForm(ServedModelForm):
    sections: Sequence[Section] = (
        Section(_("Case"), ("name", "source", "frequency")),
        Section(_("Periods"), ("first_ends_on", "count")),
        Section(
            _("What a shock does"),
            ("variable_share", "tax_rate"),
            _("A change of volume moves this share of the costs; without a tax rate, tax stays as entered."),
        ),
    )
    first_ends_on = forms.DateField(label=_("first period ends on"), widget=forms.DateInput())
    count = forms.IntegerField(label=_("number of periods"), min_value=1, max_value=MOST_PERIODS, initial=15)
    variable_share = RateField(
        label=_("share of costs that moves with volume"), min_value=Decimal(0), max_value=Decimal(1), initial=0
    )
    tax_rate = RateField(label=_("income tax rate"), required=False, min_value=Decimal(0), max_value=Decimal(1))

    class Meta:
        model = CashFlowCase
        fields: ClassVar = ["name", "source", "frequency", "variable_share", "tax_rate"]
        help_texts: ClassVar = {"source": _("Where the figures come from: feasibility study, appraisal, date.")}


class CaseFactsForm(VersionMixin, CaseForm):
    """An existing case: its frequency is fixed, its periods stand in the grid."""

    sections: Sequence[Section] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["first_ends_on"], self.fields["count"]

    class Meta(CaseForm.Meta):
        exclude: ClassVar = ["frequency"]


class PeriodForm(DeskForm):
    ends_on = forms.DateField(label=_("ends on"), widget=forms.DateInput())
    revenue = MoneyField(label=_("revenue"))
    opex = MoneyField(label=_("operating cost"))
    tax = MoneyField(label=_("tax"))
    capex = MoneyField(label=_("capital spending"))
    working_capital = MoneyField(label=_("change of working capital"))


PeriodFormSet = forms.formset_factory(PeriodForm, extra=0, max_num=MOST_PERIODS, can_delete=False)


class CollateralForm(ServedModelForm):
    sections = (
        Section(_("What it is"), ("kind", "asset", "owner_name")),
        Section(_("What it is worth"), ("value", "valued_on", "valuer", "prior_claims")),
        Section(
            _("Registration"),
            ("registered_on", "registration_no", "cap"),
            _("It counts once it is registered; the registered amount is the most it secures."),
        ),
    )
    kind = forms.ChoiceField(label=_("type"))
    value = MoneyField(label=_("appraised value"))
    prior_claims = MoneyField(label=_("prior claims"), required=False)
    cap = MoneyField(label=_("registered amount"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = collateral_policy(timezone.localdate()).types.values()
        self.fields["kind"].choices = [(row.code, in_language(row)) for row in types]

    def clean_prior_claims(self) -> Any:
        return self.cleaned_data["prior_claims"] or 0

    class Meta:
        model = Collateral
        fields: ClassVar = [
            "kind",
            "asset",
            "owner_name",
            "value",
            "valued_on",
            "valuer",
            "prior_claims",
            "cap",
            "registered_on",
            "registration_no",
        ]
        widgets: ClassVar = {"valued_on": forms.DateInput(), "registered_on": forms.DateInput()}


class CollateralEditForm(VersionMixin, CollateralForm):
    """An existing collateral."""


class GuaranteeForm(ServedModelForm):
    sections = (
        Section(
            _("Who promises what"),
            ("kind", "guarantor", "guarantor_name", "amount"),
            _("A client of the bank is chosen; anybody else is named."),
        ),
        Section(_("What stands behind it"), ("net_assets", "other_guarantees")),
        Section(_("Papers"), ("has_resolution", "has_opinion", "is_listed", "is_public_body")),
    )
    kind = forms.ChoiceField(label=_("kind"))
    guarantor = ClientChoice(label=_("guarantor, client of the bank"), required=False)
    guarantor_name = forms.CharField(label=_("guarantor"), max_length=100, required=False)
    amount = MoneyField(label=_("amount"))
    net_assets = MoneyField(label=_("guarantor's net assets"))
    other_guarantees = MoneyField(label=_("guarantor's other guarantees"), required=False)

    def __init__(self, *args: Any, user: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = collateral_policy(timezone.localdate()).kinds.values()
        self.fields["kind"].choices = [(row.code, in_language(row)) for row in kinds]
        self.fields["guarantor"].queryset = Client.objects.visible_to(user).order_by("pinyin")

    def clean_other_guarantees(self) -> Any:
        return self.cleaned_data["other_guarantees"] or 0

    class Meta:
        model = Guarantee
        fields: ClassVar = [
            "kind",
            "guarantor",
            "guarantor_name",
            "amount",
            "net_assets",
            "other_guarantees",
            "has_resolution",
            "has_opinion",
            "is_listed",
            "is_public_body",
        ]


class GuaranteeEditForm(VersionMixin, GuaranteeForm):
    """An existing guarantee."""


def next_year_end() -> date:
    return date(timezone.localdate().year + 1, 12, 31)

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_project.ui.forms import DeskForm, MoneyField, RateField, Section

DAYS_MAX = 32767


class CooperationForm(DeskForm):
    sections = (
        Section(_("Record"), ("as_of", "source"), _("The same day again corrects its record.")),
        Section(_("Business with the bank"), ("products", "deposits", "fees", "raroc")),
        Section(_("Repayment, 24 months"), ("overdue_days", "times_late")),
    )
    as_of = forms.DateField(label=_("As of"), widget=forms.DateInput())
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("System, report and day."))
    products = forms.IntegerField(
        label=_("Product groups in use"),
        min_value=0,
        max_value=50,
        help_text=_("Of 12 months: loan, settlement, deposits, cash management, bills, trade finance, payroll, …"),
    )
    deposits = MoneyField(label=_("Average deposits, 12 months"), min_value=Decimal(0))
    fees = MoneyField(label=_("Fee income, 12 months"))
    raroc = RateField(
        label=_("RAROC, 12 months"),
        required=False,
        min_value=Decimal("-9.99"),
        max_value=Decimal("9.99"),
        help_text=_("Empty where the client has no exposure: its weight moves to deposits and fees."),
    )
    overdue_days = forms.IntegerField(
        label=_("Longest overdue, days"),
        required=False,
        min_value=0,
        max_value=DAYS_MAX,
        help_text=_("Empty where the client has not borrowed here."),
    )
    times_late = forms.IntegerField(label=_("Times late by 1 to 7 days"), min_value=0, max_value=1000, initial=0)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("times_late") and given.get("overdue_days") is None and "overdue_days" not in self.errors:
            self.add_error("overdue_days", _("Was late, so it has borrowed: enter the longest overdue."))
        return given

"""Forms of this room."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.ui import formats
from crm_project.ui.forms import DeskForm, MoneyField, RateField, Section
from financing.models import BudgetLine, CreditLine, Decision, Tranche
from monitoring.models import Facility, Invoice, ProjectContract
from monitoring.services.facility import amount_left

ZERO = Decimal(0)


class DecisionForm(DeskForm):
    """The release officer's answer; `amount` only where a part is released."""

    reason = forms.CharField(label=_("reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500)
    amount = MoneyField(label=_("part to release"), required=False)


class DrawdownForm(DeskForm):
    amount = MoneyField(label=_("amount"))
    purpose = forms.CharField(label=_("purpose"), max_length=200)
    wanted_on = forms.DateField(label=_("wanted on"), widget=forms.DateInput())


class ContractChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number}·{obj.contractor_name}"


class PaymentForm(DeskForm):
    """One payment; a row without an amount is no row."""

    contract = ContractChoice(label=_("contract"), queryset=ProjectContract.objects.none())
    invoice = forms.ModelChoiceField(label=_("invoice"), queryset=Invoice.objects.none(), required=False)
    amount = MoneyField(label=_("amount"))
    entrusted = forms.BooleanField(label=_("entrusted payment"), required=False, initial=True)

    def __init__(self, *args: Any, facility: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract: Any = self.fields["contract"]
        contract.queryset = ProjectContract.objects.filter(project=facility.project_id)
        invoice: Any = self.fields["invoice"]
        invoice.queryset = Invoice.objects.filter(project=facility.project_id)

    def has_changed(self) -> bool:
        """A row whose only mark is the tick is an empty one."""
        return bool({"contract", "invoice", "amount"} & set(self.changed_data))


PaymentFormSet = forms.formset_factory(PaymentForm, extra=4, max_num=30)


class LineChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        free = formats.money(obj.limit - obj.used)
        return f"{obj.get_product_kind_display()}·{free} {formats.active_unit().label}"


class TrancheChoice(forms.ModelChoiceField):
    decision: Decision | None = None

    def label_from_instance(self, obj: Any) -> str:
        left = amount_left(obj.version.decision, obj)
        return f"{obj.no}·{obj.product.name}·{formats.money(left)} {formats.active_unit().label}"


class FacilityForm(DeskForm):
    sections = (
        Section(_("What was decided"), ("sub_limit", "tranche"), _("Rate and repayment are those of the decision.")),
        Section(_("The contract"), ("contract_no", "amount", "signed_on", "available_until", "matures_on")),
    )
    sub_limit = LineChoice(label=_("sub-limit"), queryset=CreditLine.objects.none())
    tranche = TrancheChoice(label=_("loan"), queryset=Tranche.objects.none())
    contract_no = forms.CharField(label=_("contract number"), max_length=34)
    amount = MoneyField(label=_("amount"))
    signed_on = forms.DateField(label=_("signed on"), widget=forms.DateInput())
    available_until = forms.DateField(label=_("available until"), widget=forms.DateInput())
    matures_on = forms.DateField(label=_("matures on"), widget=forms.DateInput())

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        approved = Decision.objects.filter(plan__project=project, state=Decision.State.APPROVED)
        lines: Any = self.fields["sub_limit"]
        lines.queryset = CreditLine.objects.filter(decision__in=approved, level=CreditLine.Level.SUB_LIMIT)
        tranches: Any = self.fields["tranche"]
        rows = Tranche.objects.filter(version__decision__in=approved)
        tranches.queryset = rows.select_related("product", "version__decision__plan_version")
        self.fields["signed_on"].initial = timezone.localdate()


class ContractForm(DeskForm):
    sections = (
        Section(_("The contract"), ("budget_line", "number", "title", "amount", "signed_on")),
        Section(
            _("The contractor"),
            ("contractor_name", "contractor_uscc", "contractor_account", "contractor_bank"),
            _("Entrusted payments go to this account and no other."),
        ),
    )
    budget_line = forms.ModelChoiceField(label=_("budget line"), queryset=BudgetLine.objects.none())
    number = forms.CharField(label=_("contract number"), max_length=60)
    title = forms.CharField(label=_("title"), max_length=120)
    amount = MoneyField(label=_("amount"))
    signed_on = forms.DateField(label=_("signed on"), widget=forms.DateInput())
    contractor_name = forms.CharField(label=_("contractor"), max_length=100)
    contractor_uscc = forms.CharField(label=_("contractor's credit code"), max_length=18, required=False)
    contractor_account = forms.CharField(label=_("contractor's account"), max_length=40)
    contractor_bank = forms.CharField(label=_("contractor's bank"), max_length=100)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line: Any = self.fields["budget_line"]
        line.queryset = BudgetLine.objects.filter(project=project)


class InvoiceForm(DeskForm):
    code = forms.CharField(label=_("invoice code"), max_length=20, required=False)
    number = forms.CharField(label=_("invoice number"), max_length=30)
    amount = MoneyField(label=_("amount"))
    issued_on = forms.DateField(label=_("issued on"), widget=forms.DateInput())


class CapitalForm(DeskForm):
    paid_on = forms.DateField(label=_("paid on"), widget=forms.DateInput())
    payer_name = forms.CharField(label=_("payer"), max_length=100)
    amount = MoneyField(label=_("amount"))
    equity_type = forms.BooleanField(label=_("equity-type instrument"), required=False)
    evidence = forms.CharField(
        label=_("evidence"), max_length=200, help_text=_("Bank slip, capital verification report.")
    )


class ProgressForm(DeskForm):
    month = forms.DateField(label=_("month"), widget=forms.DateInput(), help_text=_("Any day of the month."))
    physical = RateField(label=_("physical progress"), min_value=ZERO, max_value=Decimal(1))
    planned = RateField(label=_("planned progress"), min_value=ZERO, max_value=Decimal(1))
    spent = MoneyField(label=_("spent so far"), help_text=_("Cumulative since the start, whoever paid."))
    evidence = forms.CharField(label=_("evidence"), max_length=200, help_text=_("Supervisor's report, site visit."))

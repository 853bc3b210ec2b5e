"""Forms of plans: a new plan, and the editable cells of the workbench."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Project
from crm_project.ui import formats
from crm_project.ui.forms import DeskForm, MoneyField, RateField
from financing.calc.ratios import CoverPolicy
from financing.forms import in_language
from financing.models import CashFlowCase, PlanVersion, Product, Tranche
from financing.services.budget import CapitalNeed

VERSION_FIELDS = (
    "case",
    "dscr_case",
    "cfads_shock",
    "rate_shock_bp",
    "equity",
    "equity_type_capital",
    "capital_sector",
    "capital_sector_reason",
)
TRANCHE_FIELDS = (
    "product",
    "amount",
    "method",
    "target_dscr",
    "gearing_limit",
    "starts_on",
    "first_due_on",
    "tenor_months",
    "instalment_months",
    "grace_periods",
    "lpr_tenor",
    "spread_bp",
    "upfront_fee",
    "commitment_fee",
)
UNITS = {"target_dscr": _("times"), "tenor_months": _("month(s)"), "grace_periods": _("periods"), "spread_bp": "bp"}


class PlanForm(DeskForm):
    title = forms.CharField(label=_("title"), max_length=100)
    case = forms.ModelChoiceField(label=_("cash-flow case"), queryset=CashFlowCase.objects.none())
    dscr_case = forms.ChoiceField(label=_("kind of income"), help_text=_("Sets the DSCR asked for."))
    equity = MoneyField(label=_("project capital"), min_value=Decimal(0))

    def __init__(self, *args: Any, project: Project, policy: CoverPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["case"].queryset = CashFlowCase.objects.filter(project=project)
        self.fields["dscr_case"].choices = threshold_choices(policy)


def threshold_choices(policy: CoverPolicy) -> list[tuple[str, str]]:
    return [(row.case, f"{in_language(row)} ≥ {formats.ratio(row.floor)}") for row in policy.thresholds.values()]


class WholeNumber(forms.IntegerField):
    """A whole number typed as text: a wheel turned over the cell changes nothing."""

    widget = forms.TextInput


class Cells(DeskForm):
    """Cells that are typed in place. Each knows its old value in the version compared with."""

    def cells(self, earlier: Mapping[str, Any]) -> "Iterator[Cell]":
        for name in self.fields:
            yield Cell(self, name, earlier.get(name, MISSING))


MISSING = object()


class Cell:
    """One assumption: the field and, where it differs, what it was."""

    def __init__(self, form: Cells, name: str, earlier: Any) -> None:
        self.field = form[name]
        self.unit = getattr(form.fields[name], "unit", "")
        self.earlier = "" if earlier is MISSING else self._typed(form, name, earlier)
        self.known = earlier is not MISSING
        current = form.initial.get(name)
        self.changed = self.known and self._typed(form, name, current) != self.earlier
        self.was = self._worded(form, name, earlier) if self.known else ""

    @staticmethod
    def _typed(form: Cells, name: str, value: Any) -> str:
        shown = form.fields[name].prepare_value(value)
        return "" if shown is None else str(shown)

    @staticmethod
    def _worded(form: Cells, name: str, value: Any) -> str:
        choices = getattr(form.fields[name], "choices", None)
        if choices is not None:
            return next((str(word) for code, word in choices if str(code) == str(value)), formats.MISSING)
        return Cell._typed(form, name, value) or formats.MISSING


class VersionForm(Cells):
    case = forms.ModelChoiceField(label=_("cash-flow case"), queryset=CashFlowCase.objects.none(), empty_label=None)
    cfads_shock = RateField(label=_("change of cash flow"))
    rate_shock_bp = WholeNumber(label=_("change of rate"), min_value=-1000, max_value=1000)
    dscr_case = forms.ChoiceField(label=_("kind of income"))
    equity = MoneyField(label=_("project capital"), min_value=Decimal(0))
    equity_type_capital = MoneyField(label=_("of which equity-type"), min_value=Decimal(0))
    capital_sector = forms.ChoiceField(label=_("sector of the capital rule"), required=False)
    capital_sector_reason = forms.CharField(label=_("reason of the choice"), max_length=200, required=False)

    def __init__(self, *args: Any, version: PlanVersion, policy: CoverPolicy, need: CapitalNeed | None, **kw: Any):
        super().__init__(*args, initial={name: _initial(version, name) for name in VERSION_FIELDS}, **kw)
        self.fields["case"].queryset = CashFlowCase.objects.filter(project_id=version.plan.project_id)
        self.fields["dscr_case"].choices = threshold_choices(policy)
        self.fields["rate_shock_bp"].unit = "bp"
        rows = need.candidates if need else ()
        if len(rows) < 2:
            del self.fields["capital_sector"], self.fields["capital_sector_reason"]
        else:
            words = [(row.sector, f"{in_language(row)} ≥ {formats.percent(row.ratio, 0)}") for row in rows]
            self.fields["capital_sector"].choices = [("", _("by the industry code")), *words]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("capital_sector") and not cleaned.get("capital_sector_reason"):
            self.add_error("capital_sector_reason", _("Say why this sector holds."))
        return cleaned


class TrancheForm(Cells):
    product = forms.ModelChoiceField(label=_("product"), queryset=Product.objects.none(), empty_label=None)
    method = forms.ChoiceField(label=_("repayment"), choices=Tranche.Method.choices)
    amount = MoneyField(label=_("amount"), required=False)
    target_dscr = forms.DecimalField(
        label=_("target DSCR"), required=False, max_digits=8, decimal_places=4, widget=forms.TextInput
    )
    gearing_limit = RateField(label=_("gearing limit"), required=False, min_value=Decimal(0), max_value=Decimal(1))
    starts_on = forms.DateField(label=_("first drawing"), widget=forms.DateInput())
    first_due_on = forms.DateField(label=_("first repayment"), widget=forms.DateInput())
    tenor_months = WholeNumber(label=_("tenor"), min_value=1, max_value=600)
    instalment_months = forms.TypedChoiceField(
        label=_("instalments every"),
        coerce=int,
        choices=[(1, _("month")), (3, _("3 months")), (6, _("6 months")), (12, _("12 months"))],
    )
    grace_periods = WholeNumber(label=_("grace"), min_value=0, max_value=60)
    lpr_tenor = forms.ChoiceField(label=_("reference rate"), choices=[("1y", "LPR 1Y"), ("5y", "LPR 5Y+")])
    spread_bp = WholeNumber(label=_("spread"), min_value=-500, max_value=1000)
    upfront_fee = RateField(label=_("upfront fee"), min_value=Decimal(0), max_value=Decimal("0.1"))
    commitment_fee = RateField(label=_("commitment fee a year"), min_value=Decimal(0), max_value=Decimal("0.1"))

    def __init__(self, *args: Any, row: Tranche, products: list[Product], **kw: Any) -> None:
        initial = {name: _initial(row, name) for name in TRANCHE_FIELDS}
        super().__init__(*args, prefix=f"t{row.no}", initial=initial, **kw)
        self.row = row
        self.fields["product"].queryset = Product.objects.filter(pk__in=[product.pk for product in products])
        self.fields["product"].choices = [(product.pk, product.name) for product in products]
        units = {
            "target_dscr": _("times"),
            "tenor_months": _("month(s)"),
            "grace_periods": _("periods"),
            "spread_bp": "bp",
        }
        for name, unit in units.items():
            self.fields[name].unit = unit


def _initial(row: Any, name: str) -> Any:
    value = getattr(row, f"{name}_id") if name in ("case", "product") else getattr(row, name)
    return value.normalize() if name == "target_dscr" and value is not None else value


def values_of(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The assumptions of a version or tranche by field, as the forms start from them."""
    return {name: _initial(row, name) for name in names}

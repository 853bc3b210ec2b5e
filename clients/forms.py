from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.services.handover import possible_managers
from clients.validation import clean_uscc
from crm_project.rules.models import Industry
from crm_project.ui.forms import DeskForm, DeskModelForm, MoneyField, Section, VersionMixin


class ClientForm(DeskModelForm):
    sections = (
        Section(
            _("Who it is"),
            ("name", "short_name", "uscc", "nature"),
            _("As on the business licence; the code decides whether the bank has this client already."),
        ),
        Section(
            _("What it does"),
            ("industry", "size_class", "staff_count", "registered_capital", "founded_on", "client_since"),
        ),
        Section(_("How to reach it"), ("legal_representative", "phone", "registered_address")),
    )
    registered_capital = MoneyField(label=_("registered capital"), required=False, min_value=Decimal(0))
    industry = forms.ModelChoiceField(
        label=_("industry"),
        queryset=Industry.objects.exclude(level=Industry.Level.SECTION),
        help_text=_("GB/T 4754-2017; the class where it is known, else the division."),
        widget=forms.Select(attrs={"data-rq-select": ""}),
    )

    class Meta:
        model = Client
        fields: ClassVar = [
            "name",
            "short_name",
            "uscc",
            "nature",
            "industry",
            "size_class",
            "staff_count",
            "registered_capital",
            "founded_on",
            "client_since",
            "legal_representative",
            "phone",
            "registered_address",
        ]
        widgets: ClassVar = {"founded_on": forms.DateInput(), "client_since": forms.DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["short_name"].required = False
        self.fields["short_name"].help_text = _("What colleagues call it; the name where left empty.")

    def clean_uscc(self) -> str:
        return clean_uscc(self.cleaned_data["uscc"])

    def _clean_day(self, name: str) -> Any:
        day = self.cleaned_data[name]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return day

    def clean_founded_on(self) -> Any:
        return self._clean_day("founded_on")

    def clean_client_since(self) -> Any:
        return self._clean_day("client_since")

    def validate_unique(self) -> None:
        """The service answers a known code, in words that give nothing away."""


class ClientEditForm(VersionMixin, ClientForm):
    pass


class ManagerChoice(forms.ModelChoiceField):
    """Relationship managers by branch."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.branch.name}·{obj.name}"


class HandoverForm(DeskForm):
    to = ManagerChoice(
        label=_("New managing RM"), queryset=possible_managers(), widget=forms.Select(attrs={"data-rq-select": ""})
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class StatementUploadForm(DeskForm):
    """A workbook by the bank's template; the service looks at the file itself."""

    file = forms.FileField(
        label=_("Workbook"),
        allow_empty_file=True,
        max_length=255,
        help_text=_(
            "Drop the file here or choose it. xlsx or xls by the bank's template, without macros and passwords."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls", "class": "rq-drop"}),
    )

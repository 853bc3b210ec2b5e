"""Forms of a decision: opinion, decision, committee session, conditions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Staff
from crm_project.rules.workdays import add_months
from crm_project.ui.forms import DeskForm, Section
from financing.services.committee import Votes
from financing.services.decision import Terms

MONTHS_OF_A_LINE = 12
"""Validity that the form proposes. Default of ours, no source."""


class OpinionForm(DeskForm):
    supports = forms.TypedChoiceField(
        label=_("Do you support the deal?"),
        choices=[("yes", _("I support it")), ("no", _("I do not support it"))],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label=_("Risk opinion"), widget=forms.Textarea(attrs={"rows": 4}), max_length=8000)


class TermsForm(DeskForm):
    """What a pass is given with."""

    line_until = forms.DateField(
        label=_("Line valid until"), required=False, widget=forms.DateInput, help_text=_("for an approval")
    )
    conditions = forms.CharField(
        label=_("Conditions precedent"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("one per line; the first drawing waits for all of them"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line_until"].initial = add_months(timezone.localdate(), MONTHS_OF_A_LINE)

    def terms(self) -> Terms:
        return Terms(self.cleaned_data["line_until"], self.cleaned_data["conditions"].splitlines())


class DecideForm(TermsForm):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    answer = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")], widget=forms.HiddenInput)
    field_order = ["reason", "line_until", "conditions"]


class Members(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Staff) -> str:
        return obj.name


class CommitteeForm(TermsForm):
    sections = (
        Section("", ("attendance",)),
        Section("", ("yes", "no", "abstain", "veto")),
        Section("", ("minutes", "line_until", "conditions")),
    )

    attendance = Members(
        label=_("Present"), queryset=Staff.objects.none(), widget=forms.CheckboxSelectMultiple, required=False
    )
    yes = forms.IntegerField(label=_("Yes"), min_value=0, initial=0)
    no = forms.IntegerField(label=_("No"), min_value=0, initial=0)
    abstain = forms.IntegerField(label=_("Abstained"), min_value=0, initial=0)
    veto = forms.BooleanField(label=_("The chair vetoes the pass"), required=False)
    minutes = forms.CharField(label=_("Minutes"), widget=forms.Textarea(attrs={"rows": 4}), max_length=8000)

    def __init__(self, *args: Any, members: Sequence[Staff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = Staff.objects.filter(pk__in=[one.pk for one in members]).select_related("person")
        self.fields["attendance"].queryset = accounts.order_by("person__number")

    def votes(self) -> Votes:
        return Votes(*(self.cleaned_data[name] for name in ("yes", "no", "abstain")))


class ConditionForm(DeskForm):
    fulfilled_on = forms.DateField(label=_("Met on"), widget=forms.DateInput)
    evidence = forms.CharField(label=_("Evidence"), max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput)

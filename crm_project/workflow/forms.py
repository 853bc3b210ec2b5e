from django import forms
from django.utils.translation import gettext_lazy as _

from crm_project.ui.forms import DeskForm
from crm_project.workflow.inspect import EXTENSIONS
from crm_project.workflow.models import Document


class DecisionForm(DeskForm):
    """The answer to a request: which of the two buttons was pressed, and why."""

    APPROVE, REFUSE = "approve", "refuse"

    answer = forms.ChoiceField(choices=[(APPROVE, _("Approve")), (REFUSE, _("Refuse"))], widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason of the decision"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(required=False, max_length=2000)


class OutcomeForm(DeskForm):
    outcome = forms.CharField(
        label=_("What came of it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=300,
        help_text=_("One or two sentences; they stay on record."),
    )


class ReadForm(forms.Form):
    """Which notices have been read: one that is opened, or all."""

    open = forms.IntegerField(required=False, min_value=1)
    one = forms.IntegerField(required=False, min_value=1)


class UploadForm(DeskForm):
    """A document for a subject; the service looks at the file itself."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        max_length=255,
        help_text=_("xlsx, xls, csv, pdf, jpg, png or docx; at most 50 MB, without macros and passwords."),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in EXTENSIONS)}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "—"), *Document.Kind.choices])
    name = forms.CharField(
        label=_("Name"), required=False, max_length=140, help_text=_("The file's own where left empty.")
    )


class RetireForm(forms.Form):
    reason = forms.CharField(max_length=200)

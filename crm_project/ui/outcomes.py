"""How a service's refusal reaches the form it came from: beside the field, with nothing typed lost."""

from django import forms

from crm_project.rules.errors import RuleBroken
from crm_project.ui.forms import CHANGED_MEANWHILE


def broken(form: forms.BaseForm, error: RuleBroken) -> None:
    form.add_error(error.field if error.field in form.fields else None, error.message)


def stale(form: forms.BaseForm) -> None:
    form.add_error(None, forms.ValidationError(CHANGED_MEANWHILE, code="changed"))

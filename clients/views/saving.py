"""A valid form to its service, and the page of a form."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm_project.rules.errors import RuleBroken, Stale
from crm_project.ui.outcomes import broken, stale

Saved = TypeVar("Saved")


def saved(form: forms.BaseForm, service: Callable[..., Saved], **arguments: Any) -> Saved | None:
    """What the service made of it; None where it refused, with its words beside the field and nothing typed lost."""
    try:
        return service(**arguments)
    except RuleBroken as error:
        broken(form, error)
    except Stale:
        stale(form)
    return None


def values(form: forms.BaseForm) -> dict[str, Any]:
    """What was typed, without the version the form was opened with."""
    return {name: value for name, value in form.cleaned_data.items() if name != "version"}


def form_page(request: HttpRequest, template: str, form: forms.BaseForm, **context: Any) -> HttpResponse:
    """The form on its page: 409 where somebody else changed the record meanwhile."""
    status = 409 if form.has_error("__all__", "changed") else 200
    return render(request, template, {"form": form, **context}, status=status)

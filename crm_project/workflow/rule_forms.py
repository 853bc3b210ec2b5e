"""The form of a rule draft in the configuration pages."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Person
from crm_project.rules.errors import RuleBroken
from crm_project.rules.models import RuleSet
from crm_project.rules.services import draft_ruleset, fill_draft, revise_draft
from crm_project.rules.shipped import in_file_order


class PrettyJSON(json.JSONEncoder):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "indent": 1, "ensure_ascii": False, "sort_keys": False})


class RuleDraftForm(forms.ModelForm):
    """Kind and scope are fixed once the draft exists. `author` is set by the page: who writes it now."""

    author: Person
    body = forms.JSONField(
        label=_("Body"),
        encoder=PrettyJSON,
        widget=forms.Textarea(attrs={"rows": 40, "cols": 120, "spellcheck": "false"}),
        help_text=_("title, selector, params and tables; cells and figures are text in quotes"),
    )

    class Meta:
        model = RuleSet
        fields = ["kind", "scope", "version", "effective_from", "provenance", "source", "text_read_by", "body"]

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """The body in the order of its file, so that a person finds the columns where they were written."""
        value = super().get_initial_for_field(field, field_name)
        if field_name != "body" or not isinstance(value, dict) or not isinstance(value.get("tables"), dict):
            return value
        kind, scope = (self.initial.get(name) or getattr(self.instance, name) for name in ("kind", "scope"))
        return in_file_order(kind, scope, value)

    def facts(self) -> dict[str, Any]:
        names = ("version", "effective_from", "provenance", "source", "text_read_by", "body")
        return {**{name: self.cleaned_data[name] for name in names}, "author": self.author}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            trial = RuleSet(pk=self.instance.pk, kind=self._fixed("kind"), scope=self._fixed("scope"))
            try:
                fill_draft(trial, **self.facts())
            except RuleBroken as error:
                self.add_error(error.field if error.field in self.fields else None, error.message)
        return data

    def store(self) -> RuleSet:
        """Save through the service; call after `is_valid`."""
        if self.instance.pk:
            return revise_draft(ruleset=self.instance, **self.facts())
        return draft_ruleset(kind=self._fixed("kind"), scope=self._fixed("scope"), **self.facts())

    def _fixed(self, name: str) -> str:
        return str(self.cleaned_data[name] if name in self.fields else getattr(self.instance, name))

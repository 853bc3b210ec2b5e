"""Filters of lists. One FilterSet per noun, shared by page, API and export; chips say what is active.

Unknown and invalid parameters are errors, never silently dropped: a list that ignores its filter shows too much.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Model
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django_filters.widgets import SuffixedMultiWidget

from crm_project.ui import formats
from crm_project.ui.forms import dress

SEARCH = "q"  # a filter of this name is the search box of the list bar


@dataclass(frozen=True)
class Chip:
    """An active filter: its field's word, its value in words, and the parameters it is made of."""

    label: str
    value: str
    names: tuple[str, ...]


class FilterForm(forms.Form):
    """The form behind a FilterSet, in the desk's clothes. No field of it is required, so none says "optional"."""

    all_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.MultipleChoiceField):
                field.widget = forms.CheckboxSelectMultiple(choices=list(field.widget.choices))
            dress(field, _("any"))
            if isinstance(field, forms.ModelMultipleChoiceField):
                field.widget.attrs["data-rq-select"] = True

    def condition_fields(self) -> list[BoundField]:
        """The fields of the condition form; the search field stands in the bar by itself."""
        return [field for field in self.visible_fields() if field.name != SEARCH]

    def search_field(self) -> BoundField | None:
        return self[SEARCH] if SEARCH in self.fields else None


class DeskFilterSet(django_filters.FilterSet):
    """Base of all filter sets. Give `Meta.form = FilterForm` by inheriting this Meta."""

    class Meta:
        form = FilterForm

    @classmethod
    def parameters(cls) -> dict[str, tuple[str, ...]]:
        """Names of the query parameters of each filter."""
        return {name: parameter_names(name, item.field.widget) for name, item in cls().filters.items()}

    def parameters_of(self, name: str) -> tuple[str, ...]:
        return parameter_names(name, self.form.fields[name].widget)

    def chips(self) -> Iterator[Chip]:
        """The active filters but the search box, in the order of the form. Call after `is_valid`."""
        for name, field in self.form.fields.items():
            value = self.form.cleaned_data.get(name)
            words = in_words(value, field)
            if words and name != SEARCH:
                yield Chip(str(field.label or name), words, self.parameters_of(name))


def parameter_names(name: str, widget: forms.Widget) -> tuple[str, ...]:
    if isinstance(widget, SuffixedMultiWidget):
        return tuple(widget.suffixed(name, suffix) for suffix in widget.suffixes)
    if isinstance(widget, forms.MultiWidget):
        return tuple(f"{name}_{index}" for index in range(len(widget.widgets)))
    return (name,)


def in_words(value: Any, field: forms.Field) -> str:
    """A cleaned filter value as a person would say it; empty where the filter is not active."""
    if value is None or value == "" or (hasattr(value, "__len__") and len(value) == 0):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, slice):
        return _range(value.start, value.stop)
    if isinstance(value, (list, tuple, set)) or hasattr(value, "_iterable_class"):
        return str(pgettext("between listed values", ", ")).join(_one(item, field) for item in value)
    return _one(value, field)


def _one(value: Any, field: forms.Field) -> str:
    choices = getattr(field, "choices", None)
    if choices is not None and not isinstance(value, Model):
        for code, label in choices:
            if isinstance(label, (list, tuple)):
                for inner, word in label:
                    if str(inner) == str(value):
                        return str(word)
            elif str(code) == str(value):
                return str(label)
    return _plain(value)


def _range(low: Any, high: Any) -> str:
    if low is None or low == "":
        return f"≤ {_plain(high)}"
    if high is None or high == "":
        return f"≥ {_plain(low)}"
    return f"{_plain(low)} – {_plain(high)}"


def _plain(value: Any) -> str:
    return formats.day(value) if hasattr(value, "isoformat") else str(value)

"""Forms of the desk: the look of widgets, sections, the hidden version, fields for money and rates.

A form's template is found by Django's own renderer (`templates/django/forms`): `{{ form }}` draws everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from crm_project.rules.money import BadAmount, parse_figure, parse_rate, scale, unscale
from crm_project.rules.money import Unit as UnitCode
from crm_project.ui import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

AMOUNT_ERRORS = {
    "empty": _("Enter a figure."),
    "not_a_number": _("“%(given)s” is not a number."),
    "not_finite": _("“%(given)s” is not a number."),
    "underscore": _("A figure has no underscore."),
    "exponent": _("Write the figure in full, without an exponent."),
    "thousands_separator": _("The thousands separators stand in the wrong place."),
    "parentheses": _("The parentheses do not match."),
    "too_many_decimals": _("Too many decimals: an amount goes to the cent, a rate to six decimals."),
    "too_many_digits": _("The figure has more digits than can be kept."),
    "too_large": _("The figure is too large."),
}

CHANGED_MEANWHILE = _(
    "Somebody changed this record while you were editing. Open it again to see the change; your input is kept here."
)


NO_CHOICE = _("choose")


def dress(field: forms.Field, empty_word: Any = NO_CHOICE) -> None:
    """Give a field's widget the classes and input hints of the desk; `empty_word` stands for no choice."""
    widget = field.widget
    for part in getattr(widget, "widgets", [widget]):
        _dress_widget(part)
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label is not None and not isinstance(field, forms.ModelMultipleChoiceField):
            field.empty_label = empty_word
    elif isinstance(widget, forms.Select) and not callable(widget.choices):
        first = next(iter(widget.choices), None)
        if first is not None and first[0] in ("", None):
            widget.choices = [("", empty_word), *list(widget.choices)[1:]]


def _dress_widget(widget: forms.Widget) -> None:
    if isinstance(widget, (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)):
        css = "form-check-input"
    elif isinstance(widget, (forms.Select, forms.SelectMultiple)):
        css = "form-select"
    elif isinstance(widget, forms.widgets.Input | forms.Textarea):
        css = "form-control"
    else:
        return
    if isinstance(widget, forms.DateInput):
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
    if isinstance(widget, forms.DateTimeInput):
        widget.input_type = "datetime-local"
        widget.format = "%Y-%m-%dT%H:%M"
    if isinstance(widget, forms.Textarea):
        widget.attrs.setdefault("rows", 3)
    present = widget.attrs.get("class", "")
    if css not in present.split():
        widget.attrs["class"] = f"{present} {css}".strip()


@dataclass(frozen=True)
class Section:
    """A part of a form: heading, one help line, and the names of its fields."""

    title: "str | _StrPromise"
    fields: tuple[str, ...]
    lead: "str | _StrPromise" = ""


@dataclass(frozen=True)
class DrawnSection:
    title: "str | _StrPromise"
    lead: "str | _StrPromise"
    fields: list[BoundField]


class DeskFormMixin:
    """Dresses all fields; `sections` orders them under headings, fields named in none follow at the end."""

    sections: Sequence[Section] = ()
    fields: dict[str, Any]  # of forms.Field, whose kinds carry attributes of their own

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)

    def drawn_sections(self) -> list[DrawnSection]:
        named = {name for section in self.sections for name in section.fields}
        drawn = [
            DrawnSection(section.title, section.lead, [self[name] for name in section.fields if name in self.fields])  # type: ignore[index]
            for section in self.sections
        ]
        rest = [field for field in self.visible_fields() if field.name not in named]  # type: ignore[attr-defined]
        if rest:
            drawn.append(DrawnSection("", "", rest))
        return [section for section in drawn if section.fields]


class DeskForm(DeskFormMixin, forms.Form):
    """A plain form in the desk's look."""


class DeskModelForm(DeskFormMixin, forms.ModelForm):
    """A model form in the desk's look."""


class ServedModelForm(DeskModelForm):
    """A model form whose constraints a service checks, so that each refusal stands at its field and in words."""

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self._meta.model._meta.fields}


class VersionMixin(forms.Form):
    """Carries the version the form was opened with; a record changed meanwhile refuses the form and keeps the input.

    The service compares and sets once more in its own transaction: this is the friendly half of the lock.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, current_version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current_version = current_version
        self.fields["version"].initial = current_version

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("version") != self.current_version:
            raise ValidationError(CHANGED_MEANWHILE, code="changed")
        return cleaned


class MoneyField(forms.Field):
    """An amount in CNY, typed in the user's unit, which stands inside the field. Gives a Decimal to the cent."""

    widget = forms.TextInput

    def __init__(self, *, min_value: Decimal | None = None, **kwargs: Any) -> None:
        self.min_value = min_value
        super().__init__(**kwargs)

    @property
    def unit(self) -> "str | _StrPromise":
        return formats.active_unit().label

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "class": "rq-figure"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            figure = scale(value, UnitCode(formats.active_unit().code))
            text = f"{figure:,f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return value

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return unscale(parse_figure(value), UnitCode(formats.active_unit().code))
        except BadAmount as error:
            raise ValidationError(AMOUNT_ERRORS[error.code], code=error.code, params={"given": value}) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and self.min_value is not None and value < self.min_value:
            raise ValidationError(
                _("At least %(limit)s."), code="min_value", params={"limit": formats.money(self.min_value)}
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


class RateField(forms.Field):
    """A rate or share, typed in percent. Gives a fraction with six decimals."""

    widget = forms.TextInput
    unit = "%"

    def __init__(self, *, min_value: Decimal | None = None, max_value: Decimal | None = None, **kwargs: Any) -> None:
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "class": "rq-figure"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            text = f"{value * 100:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return value

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return parse_rate(value, percent=True)
        except BadAmount as error:
            raise ValidationError(AMOUNT_ERRORS[error.code], code=error.code, params={"given": value}) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.min_value is not None and value < self.min_value:
            raise ValidationError(
                _("At least %(limit)s."), code="min_value", params={"limit": formats.percent(self.min_value, 2)}
            )
        if self.max_value is not None and value > self.max_value:
            raise ValidationError(
                _("At most %(limit)s."), code="max_value", params={"limit": formats.percent(self.max_value, 2)}
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True

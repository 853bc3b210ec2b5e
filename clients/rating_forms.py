"""Forms of ratings: starting one, the sheets of both kinds, an override."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.calc.rating_rule import Factor, RatingRule
from clients.calc.slotting import SlottingRule
from clients.models import Client, Project, Rating
from clients.rating_texts import FIGURES
from clients.services.rating_sheet import CorporateSheet, Judgement, SlottingSheet
from clients.services.slotting_result import judged_factors
from clients.statement_texts import in_language
from crm_project.rules.models import RuleSet
from crm_project.ui.forms import DeskForm, RateField, Section, VersionMixin, dress

EVIDENCE_LENGTH = 300
YEARS: dict[str, Any] = {"min_value": Decimal(0), "max_value": Decimal(200), "max_digits": 5, "decimal_places": 2}
COVER: dict[str, Any] = {"min_value": Decimal(0), "max_value": Decimal(100), "max_digits": 8, "decimal_places": 4}


class WideSelect(forms.Select):
    """A choice between sentences: takes the whole width."""

    def __init__(self) -> None:
        super().__init__(attrs={"data-rq-wide": ""})


class RatingStartForm(DeskForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Rating.Kind.choices)
    project = forms.ModelChoiceField(
        label=_("Project"),
        queryset=Project.objects.none(),
        required=False,
        help_text=_("Only for a project company: the project it was formed for."),
    )
    as_of = forms.DateField(label=_("Rated as of"), widget=forms.DateInput())

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = Project.objects.filter(borrower=client).order_by("pinyin")


def years_field(label: Any, help_text: Any = "") -> forms.DecimalField:
    return _with_unit(forms.DecimalField(label=label, required=False, help_text=help_text, **YEARS), _("years"))


def _with_unit(field: Any, unit: Any) -> Any:
    field.unit = unit
    field.widget.attrs["class"] = "rq-figure"
    return field


class CorporateForm(VersionMixin, DeskForm):
    """The sheet of the scorecard; what the gates ask and which factors are judged stands in the rule version."""

    all_optional = True  # a draft may be saved half filled in; what is missing is said beside it

    def __init__(self, *args: Any, rule_set: RuleSet, sheet: CorporateSheet, as_of: date, **kwargs: Any) -> None:
        self.rule = RatingRule.from_body(rule_set.body)
        self.inputs = [row for row in rule_set.body["tables"]["inputs"] if row["source"] == "sheet"]
        self.judged = [factor for factor in self.rule.factors if factor.is_qualitative]
        codes = RuleSet.objects.in_force("codes", "all", as_of).body["tables"]["codes"]
        super().__init__(*args, initial=self._initial(sheet), **kwargs)
        self.fields |= {
            "years_trading": years_field(_("Years trading"), _("Since the main business began, full and part years.")),
            "largest_customer_share": RateField(
                label=_("Largest customer, share of revenue"),
                required=False,
                min_value=Decimal(0),
                max_value=Decimal(1),
            ),
            "management_tenure": years_field(
                _("Management tenure"), _("Mean years in post of chair, general manager and finance head.")
            ),
        }
        self.fields |= {f"gate_{row['input']}": _gate_field(row, codes) for row in self.inputs}
        for factor in self.judged:
            self.fields[f"level_{factor.key}"] = _anchor_field(self.rule, factor)
            self.fields[f"evidence_{factor.key}"] = forms.CharField(
                label=_("Evidence"),
                required=False,
                max_length=EVIDENCE_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.sections = self._sections()
        for field in self.fields.values():
            dress(field)

    def _sections(self) -> tuple[Section, ...]:
        judged = [name for factor in self.judged for name in (f"level_{factor.key}", f"evidence_{factor.key}")]
        return (
            Section(
                _("Facts"),
                ("years_trading", "largest_customer_share", "management_tenure"),
                _("What is left empty is scored as the poorest standard, and says so."),
            ),
            Section(
                _("For the gates"),
                tuple(f"gate_{row['input']}" for row in self.inputs),
                _("An unknown entry leaves its gate unchecked, and the rating cannot be proposed."),
            ),
            Section(_("Qualitative factors"), tuple(judged), _("Each judgement stands on a sentence of evidence.")),
        )

    def _initial(self, sheet: CorporateSheet) -> dict[str, Any]:
        kinds = {row["input"]: row["value_type"] for row in self.inputs}
        given = {
            f"gate_{name}": Decimal(value) if kinds.get(name) == "ratio" else value
            for name, value in sheet.gates.items()
        }
        for factor, one in sheet.judgements.items():
            given |= {f"level_{factor}": one.level, f"evidence_{factor}": one.evidence}
        facts = ("years_trading", "largest_customer_share", "management_tenure")
        return {name: getattr(sheet, name) for name in facts} | given

    def sheet(self) -> CorporateSheet:
        """What was entered; a field with an error counts as empty, so that a preview can be drawn meanwhile."""
        given = self.cleaned_data
        gates = {row["input"]: _gate_text(given.get(f"gate_{row['input']}")) for row in self.inputs}
        judgements = {
            factor.key: Judgement(given.get(f"level_{factor.key}") or "", given.get(f"evidence_{factor.key}") or "")
            for factor in self.judged
        }
        return CorporateSheet(
            years_trading=given.get("years_trading"),
            largest_customer_share=given.get("largest_customer_share"),
            management_tenure=given.get("management_tenure"),
            gates={name: text for name, text in gates.items() if text},
            judgements=judgements,
        )


def _gate_field(row: Mapping[str, str], codes: list[Mapping[str, str]]) -> forms.Field:
    label = in_language(row["name_en"], row["name_zh"])
    match row["value_type"]:
        case "code":
            listed = [
                (one["code"], in_language(one["name_en"], one["name_zh"]))
                for one in codes
                if one["list"] == row["code_list"]
            ]
            return forms.ChoiceField(label=label, required=False, choices=[("", ""), *listed])
        case "ratio":
            return RateField(label=label, required=False, min_value=Decimal(0))
    unit = _("days") if row["value_type"] == "days" else ""
    return _with_unit(forms.IntegerField(label=label, required=False, min_value=0, max_value=36500), unit)


def _gate_text(value: Any) -> str:
    if value in (None, ""):
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _anchor_field(rule: RatingRule, factor: Factor) -> forms.ChoiceField:
    anchors = rule.anchors[factor.key].items()
    words = [(level, f"{level}·{in_language(anchor.text_en, anchor.text_zh)}") for level, anchor in anchors]
    label = in_language(factor.name_en, factor.name_zh)
    return forms.ChoiceField(label=label, required=False, choices=[("", ""), *words], widget=WideSelect())


class SlottingForm(VersionMixin, DeskForm):
    """The short form of slotting: figures of the cash-flow case with their source, judgements, support."""

    all_optional = True

    def __init__(self, *args: Any, rule_set: RuleSet, sheet: SlottingSheet, **kwargs: Any) -> None:
        self.rule = SlottingRule.from_body(rule_set.body)
        super().__init__(*args, initial=self._initial(sheet), **kwargs)
        for name, label in FIGURES.items():
            cover = not name.endswith("_years")
            self.fields[name] = _with_unit(
                forms.DecimalField(label=label, required=False, **(COVER if cover else YEARS)), ""
            )
        self.fields["remaining_years"] = years_field(
            _("Remaining maturity"), _("For the risk weight; empty counts as long.")
        )
        self.fields["figures_from"] = forms.CharField(
            label=_("Source of the figures"),
            required=False,
            max_length=EVIDENCE_LENGTH,
            help_text=_("Cash-flow case, version and day."),
        )
        self.fields["completed"] = forms.BooleanField(label=_("Completion tests passed"), required=False)
        self.fields["permits_possible"] = forms.BooleanField(
            label=_("A lawful path leads to every permit"), required=False
        )
        self.fields["defaulted"] = forms.BooleanField(label=_("The borrower is in default"), required=False)
        for element in self.rule.elements.values():
            words = [(str(n), f"{n}·{in_language(*texts)}") for n, texts in element.anchors.items()]
            name = f"{element.key} {in_language(element.name_en, element.name_zh)}"
            self.fields[f"element_{element.key}"] = forms.ChoiceField(
                label=name, required=False, choices=[("", ""), *words], widget=WideSelect()
            )
        for key in judged_factors(self.rule):
            self.fields[f"basis_{key}"] = forms.CharField(
                label=_("Evidence"),
                required=False,
                max_length=EVIDENCE_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.fields["support"] = forms.MultipleChoiceField(
            label=_("Binding support by the sponsor"),
            required=False,
            choices=[(one.key, in_language(one.name_en, one.name_zh)) for one in self.rule.support.values()],
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Words of comfort give nothing. Support lifts the grade, never above the sponsor's own."),
        )
        self.fields["support_paper"] = forms.CharField(
            label=_("Paper that binds"), required=False, max_length=EVIDENCE_LENGTH
        )
        self.sections = self._sections()
        for field in self.fields.values():
            dress(field)

    def _sections(self) -> tuple[Section, ...]:
        judged = [
            Section(
                in_language(self.rule.factors[key].name_en, self.rule.factors[key].name_zh),
                (*(f"element_{one.key}" for one in self.rule.elements.values() if one.factor == key), f"basis_{key}"),
            )
            for key in judged_factors(self.rule)
        ]
        return (
            Section(
                _("Cash-flow case"),
                (*FIGURES, "remaining_years", "figures_from"),
                _("Lowest covers over the life of the loan; years count from today."),
            ),
            Section(_("State of the project"), ("completed", "permits_possible", "defaulted")),
            *judged,
            Section(_("Support"), ("support", "support_paper")),
        )

    def _initial(self, sheet: SlottingSheet) -> dict[str, Any]:
        names = (
            *FIGURES,
            "remaining_years",
            "figures_from",
            "completed",
            "permits_possible",
            "defaulted",
            "support_paper",
        )
        given = {name: getattr(sheet, name) for name in names} | {"support": list(sheet.support)}
        given |= {f"element_{key}": str(number) for key, number in sheet.anchors.items()}
        return given | {f"basis_{key}": text for key, text in sheet.basis.items()}

    def sheet(self) -> SlottingSheet:
        """What was entered; a field with an error counts as empty."""
        given = self.cleaned_data
        anchors = {key: given.get(f"element_{key}") for key in self.rule.elements}
        figures = {name: given.get(name) for name in (*FIGURES, "remaining_years")}
        return SlottingSheet(
            **figures,
            completed=bool(given.get("completed")),
            figures_from=given.get("figures_from") or "",
            anchors={key: int(number) for key, number in anchors.items() if number},
            basis={key: given.get(f"basis_{key}") or "" for key in judged_factors(self.rule)},
            support=tuple(given.get("support") or ()),
            support_paper=given.get("support_paper") or "",
            permits_possible=bool(given.get("permits_possible")),
            defaulted=bool(given.get("defaulted")),
        )


class OverrideForm(VersionMixin, DeskForm):
    to_grade = forms.ChoiceField(label=_("Grade asked for"))
    code = forms.ChoiceField(label=_("Reason"), choices=[("", ""), *Rating.OverrideReason.choices])
    reason = forms.CharField(label=_("Reason in words"), widget=forms.Textarea, max_length=2000)

    def __init__(self, *args: Any, rule: RatingRule, computed_grade: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grades = [(grade.code, grade.code) for grade in rule.scale.grades if grade.code != computed_grade]
        self.fields["to_grade"].choices = [("", ""), *grades]
        dress(self.fields["to_grade"])


SheetForm = CorporateForm | SlottingForm

"""Forms of the project and its permits."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Permit, Project
from clients.services.project import NEXT_STAGE
from crm_project.organization.models import Staff
from crm_project.rules.models import Industry
from crm_project.ui.forms import DeskForm, MoneyField, RateField, Section, ServedModelForm, VersionMixin

NO_SUCH_CLIENT = {"invalid_choice": _("There is no such client.")}


class ClientChoice(forms.ModelChoiceField):
    """A client the account sees, by name and code; any other answers as an unknown one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Select(attrs={"data-rq-select": ""})
        super().__init__(queryset=Client.objects.none(), widget=widget, error_messages=NO_SUCH_CLIENT, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}·{obj.uscc}"


class ProjectForm(ServedModelForm):
    sections = (
        Section(_("What is built"), ("sponsor", "name", "project_code", "industry", "place", "purpose")),
        Section(
            _("What it costs"),
            ("total_investment", "sponsor_share"),
            _("Fixed assets and initial working capital (30% of working capital). Capital ratios are of this figure."),
        ),
        Section(
            _("When"),
            ("stage", "approved_on", "start_on", "complete_on", "operate_until"),
            _("Planned days while they lie ahead, then the days on which it happened."),
        ),
    )
    total_investment = MoneyField(label=_("total investment"))
    sponsor_share = RateField(label=_("sponsor's share"), required=False, help_text=_("Of the project's capital."))
    industry = forms.ModelChoiceField(
        label=_("industry"),
        queryset=Industry.objects.exclude(level=Industry.Level.SECTION),
        help_text=_("GB/T 4754-2017; the class where it is known, else the division."),
        widget=forms.Select(attrs={"data-rq-select": ""}),
    )

    class Meta:
        model = Project
        fields: ClassVar = [
            "name",
            "project_code",
            "industry",
            "place",
            "purpose",
            "total_investment",
            "sponsor_share",
            "stage",
            "approved_on",
            "start_on",
            "complete_on",
            "operate_until",
        ]
        widgets: ClassVar = {
            "purpose": forms.Textarea(attrs={"rows": 3}),
            **{name: forms.DateInput() for name in ("approved_on", "start_on", "complete_on", "operate_until")},
        }
        help_texts: ClassVar = {
            "project_code": _("24 characters from the national approval platform, such as 2410-310115-04-02-123456."),
            "purpose": _("Capacity, works, technology, in a few sentences."),
        }


class ProjectCreateForm(ProjectForm):
    sponsor = ClientChoice(label=_("sponsor"), help_text=_("Borrows until a project company is registered."))

    def __init__(self, *args: Any, user: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sponsor: Any = self.fields["sponsor"]
        sponsor.queryset = Client.objects.visible_to(user).order_by("pinyin")


class ProjectEditForm(VersionMixin, ProjectForm):
    """The stage has its own page, because entering one has conditions."""

    class Meta(ProjectForm.Meta):
        exclude: ClassVar = ["stage"]


class ProjectCompanyForm(VersionMixin, DeskForm):
    company = ClientChoice(
        label=_("project company"),
        help_text=_("Only clients of the nature “project company” that you manage are offered."),
    )

    def __init__(self, *args: Any, user: Staff, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, current_version=project.version, **kwargs)
        companies = Client.objects.visible_to(user).filter(nature=Client.Nature.PROJECT_COMPANY)
        company: Any = self.fields["company"]
        company.queryset = companies.exclude(pk=project.sponsor_id).order_by("pinyin")


class ProjectStageForm(VersionMixin, DeskForm):
    to = forms.ChoiceField(label=_("next stage"))
    on = forms.DateField(
        label=_("since"),
        widget=forms.DateInput(),
        help_text=_("The day work started, the project was complete, or it was closed."),
    )
    without_permits = forms.BooleanField(
        label=_("The client has started without these permits; record it"),
        required=False,
        help_text=_("The permits show it as a breach from then on."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, current_version=project.version, **kwargs)
        stages = dict.fromkeys([NEXT_STAGE[Project.Stage(project.stage)], Project.Stage.CLOSED])
        to: Any = self.fields["to"]
        to.choices = [(stage.value, stage.label) for stage in stages]
        self.fields["on"].initial = timezone.localdate()
        if project.stage != Project.Stage.PREPARATION:
            del self.fields["without_permits"]


class PermitForm(ServedModelForm):
    sections = (
        Section(_("Which permit"), ("kind", "status", "remark"), _("Where it is not needed, the remark says why.")),
        Section(_("As on the paper"), ("number", "issuer", "issued_on", "expires_on")),
    )

    class Meta:
        model = Permit
        fields: ClassVar = ["kind", "status", "number", "issuer", "issued_on", "expires_on", "remark"]
        widgets: ClassVar = {"issued_on": forms.DateInput(), "expires_on": forms.DateInput()}
        help_texts: ClassVar = {
            "expires_on": _("Left empty, the day the law sets; after an extension, the day it was extended to.")
        }


class PermitEditForm(VersionMixin, PermitForm):
    class Meta(PermitForm.Meta):
        exclude: ClassVar = ["kind"]

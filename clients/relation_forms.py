"""Forms of relations and of the group."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientGroup, Relation
from clients.validation import clean_uscc
from crm_project.organization.models import Staff
from crm_project.ui.forms import DeskForm, MoneyField, RateField, Section, ServedModelForm, VersionMixin


class RelationForm(ServedModelForm):
    sections = (
        Section(
            _("To whom"),
            ("kind", "other_name", "other_code"),
            _("Read as: the client … the other party. The code tells companies of similar names apart."),
        ),
        Section(_("How far"), ("share", "amount"), _("A share of control and shareholdings, an amount of guarantees.")),
        Section(_("Since when, and how it is known"), ("since", "evidence")),
    )
    share = RateField(label=_("share"), required=False, max_value=Decimal(1))
    amount = MoneyField(label=_("amount"), required=False)

    class Meta:
        model = Relation
        fields: ClassVar = ["kind", "other_name", "other_code", "share", "amount", "since", "evidence"]
        widgets: ClassVar = {"since": forms.DateInput()}
        help_texts: ClassVar = {
            "other_code": _("Empty for natural persons."),
            "evidence": _("Contract number, business register extract, notes to the statements."),
        }

    def clean_other_code(self) -> str:
        code = self.cleaned_data["other_code"]
        return clean_uscc(code) if code else ""


class RelationEditForm(VersionMixin, RelationForm):
    pass


class RelationEndForm(VersionMixin, DeskForm):
    until = forms.DateField(label=_("until"), widget=forms.DateInput(), help_text=_("The last day on which it stood."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate()


class GroupForm(VersionMixin, DeskForm):
    name = forms.CharField(
        label=_("group"),
        required=False,
        max_length=100,
        help_text=_("An existing group by its exact name, a new name, or nothing: the client belongs to no group."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["list"] = "groups"


def groups_in_sight(user: Staff) -> list[str]:
    """Names of groups with a member this account sees."""
    members = Client.objects.visible_to(user).filter(group__isnull=False)
    return list(ClientGroup.objects.filter(pk__in=members.values("group")).values_list("name", flat=True))

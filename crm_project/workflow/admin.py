"""Configuration pages that start an approval: drafts of rules."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm_project.organization.requests import StaffRequest
from crm_project.rules.errors import RuleBroken
from crm_project.rules.models import RuleSet
from crm_project.workflow import rule_approvals
from crm_project.workflow.models import Approval
from crm_project.workflow.rule_forms import RuleDraftForm

COPIED = ("kind", "scope", "provenance", "source", "body")


@admin.register(RuleSet)
class RuleSetAdmin(admin.ModelAdmin):
    """Drafts are written here; an approved version, or one that waits for its approval, is only read."""

    form = RuleDraftForm
    list_display = ["title", "kind", "scope", "version", "effective_from", "provenance", "status", "speaks", "waiting"]
    list_filter = ["status", "provenance", "kind"]
    list_select_related = ["author", "approved_by"]
    search_fields = ["kind", "scope", "version", "source"]
    autocomplete_fields = ["text_read_by"]
    actions = ["copy_as_draft", "submit_for_approval", "use_although_unconfirmed", "text_is_read"]

    @admin.display(description=_("rule"))
    def title(self, rule: RuleSet) -> str:
        return rule.title

    @admin.display(description=_("speaks"), boolean=True)
    def speaks(self, rule: RuleSet) -> bool:
        return rule.speaks

    @admin.display(description=_("waits for approval"), boolean=True)
    def waiting(self, rule: RuleSet) -> bool:
        return _waits(rule)

    def get_fields(self, request: HttpRequest, obj: RuleSet | None = None) -> list[Any]:
        fields = list(RuleDraftForm.Meta.fields)
        return [*fields, "status", "author", "approved_by", "use_unconfirmed_from"] if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: RuleSet | None = None) -> list[str]:
        return ["kind", "scope", "status", "author", "approved_by", "use_unconfirmed_from"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        if obj is not None and (obj.status != RuleSet.Status.DRAFT or _waits(obj)):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: RuleSet | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.author = request.user.person  # type: ignore[union-attr,attr-defined]
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new draft begins as a copy of the version named in the address."""
        number = request.GET.get("copy", "")
        model = RuleSet.objects.filter(pk=number).first() if number.isascii() and number.isdigit() else None
        return {name: getattr(model, name) for name in COPIED} if model else {}

    def save_model(self, request: HttpRequest, obj: RuleSet, form: Any, change: bool) -> None:
        obj.pk = form.store().pk
        obj.refresh_from_db()

    @admin.action(description=_("Copy as a new draft"))
    def copy_as_draft(self, request: HttpRequest, chosen: QuerySet[RuleSet]) -> HttpResponse | None:
        if chosen.count() != 1:
            self.message_user(request, gettext("Choose one version to copy."), messages.WARNING)
            return None
        return redirect(f"{reverse('admin:rules_ruleset_add')}?copy={chosen.get().pk}")

    @admin.action(description=_("Submit for approval"))
    def submit_for_approval(self, request: StaffRequest, chosen: QuerySet[RuleSet]) -> None:
        self._ask(request, chosen, lambda rule: rule_approvals.request_activation(ruleset=rule, by=request.user))

    @admin.action(description=_("Ask to use although unconfirmed, from today"))
    def use_although_unconfirmed(self, request: StaffRequest, chosen: QuerySet[RuleSet]) -> None:
        self._ask_use(request, chosen, rule_approvals.USE_UNCONFIRMED)

    @admin.action(description=_("I have read the official text"))
    def text_is_read(self, request: StaffRequest, chosen: QuerySet[RuleSet]) -> None:
        self._ask_use(request, chosen, rule_approvals.READ_TEXT)

    def _ask_use(self, request: StaffRequest, chosen: QuerySet[RuleSet], mode: str) -> None:
        today = timezone.localdate()
        self._ask(
            request,
            chosen,
            lambda rule: rule_approvals.request_use(ruleset=rule, mode=mode, from_day=today, by=request.user),
        )

    def _ask(self, request: HttpRequest, chosen: QuerySet[RuleSet], ask: Any) -> None:
        asked = 0
        for rule in chosen:
            try:
                ask(rule)
                asked += 1
            except RuleBroken as error:
                self.message_user(request, f"{rule.title} {rule.version}: {error.message}", messages.WARNING)
        if asked:
            text = ngettext(
                "%(number)s request waits for another administrator.",
                "%(number)s requests wait for another administrator.",
                asked,
            )
            self.message_user(request, text % {"number": asked}, messages.SUCCESS)


def _waits(rule: RuleSet) -> bool:
    return rule.subject_id is not None and Approval.objects.waiting().filter(subject_id=rule.subject_id).exists()

"""Verbs on projects."""

import re
import unicodedata
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pypinyin import Style, lazy_pinyin

from clients.calc.permits import State
from clients.models import Client, Permit, Project
from clients.services.permit import findings_of
from clients.signals import project_rerooted
from crm_project.organization.models import Staff, Subject
from crm_project.organization.services import open_part
from crm_project.rules.errors import RuleBroken, Stale

PROJECT_CODE = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{5}[0-9X]")
"""Time, region, ministry, kind, five random figures and a check character (发改投资〔2020〕1439号)."""

NEXT_STAGE = {
    Project.Stage.PREPARATION: Project.Stage.CONSTRUCTION,
    Project.Stage.CONSTRUCTION: Project.Stage.OPERATION,
    Project.Stage.OPERATION: Project.Stage.CLOSED,
}
UNFIT = frozenset({State.MISSING, State.APPLIED, State.EXPIRED})
"""States of a permit that keep work from starting."""


@transaction.atomic
def register_project(*, by: Staff, sponsor: Client, **fields: Any) -> Project:
    """A new project of a sponsor in the charge of `by`; the sponsor borrows until a project company is registered.

    Raises RuleBroken at the field that breaks a rule; a sponsor out of sight answers as an unknown one.
    """
    _known(by, sponsor, "sponsor")
    project = Project(sponsor=sponsor, borrower=sponsor, root_id=sponsor.pk, **fields)
    _complete(project)
    project.subject = open_part(kind=Subject.Kind.PROJECT, title=project.name, root_id=sponsor.pk)
    project.save(force_insert=True)
    return project


@transaction.atomic
def change_project(*, project: Project, version: int, by: Staff, **fields: Any) -> Project:
    """Change facts of a project. Raises Stale where somebody changed it since `version`, else as `register_project`."""
    current = _locked(project, version)
    for name, value in fields.items():
        setattr(current, name, value)
    _complete(current)
    _save(current)
    Subject.objects.filter(pk=current.pk).exclude(title=current.name).update(title=current.name)
    return current


@transaction.atomic
def set_project_company(*, project: Project, version: int, company: Client, by: Staff) -> Project:
    """The project company borrows from now on: project, its subject and its permits go to the company's root at once.

    Once only. Raises RuleBroken where the company is out of sight, no project company, or one is set already; Stale as
    `change_project`. The rooms above move their own rows on the signal `project_rerooted`.
    """
    _known(by, company, "company")
    if company.nature != Client.Nature.PROJECT_COMPANY:
        raise RuleBroken("company_nature", _("This client is not registered as a project company."), "company")
    current = _locked(project, version)
    if current.borrower_id != current.sponsor_id:
        raise RuleBroken("company_set", _("This project has its project company already."), "company")
    if company.pk == current.sponsor_id:
        raise RuleBroken("company_sponsor", _("The sponsor cannot be the project company."), "company")
    if current.stage == Project.Stage.CLOSED:
        raise RuleBroken("company_closed", _("The project is closed."), "company")
    # subjects in the order of their keys, so that two re-rootings cannot wait for each other
    list(Subject.objects.select_for_update(no_key=True).filter(pk__in=[current.pk, company.pk]).order_by("pk"))
    Subject.objects.filter(pk=current.pk).update(root_id=company.pk)
    Permit.objects.filter(project=current).update(root_id=company.pk)
    current.borrower, current.root_id = company, company.pk
    _save(current)
    project_rerooted.send(sender=Project, project=current, by=by)
    return current


@transaction.atomic
def advance_stage(
    *, project: Project, version: int, to: str, on: date, by: Staff, without_permits: bool = False
) -> Project:
    """The project enters its next stage on a day: work starts, or it is complete, or it is closed.

    A project may also be closed from any stage. `on` becomes the day of start or of completion. Work does not start
    while permits are missing or lapsed; where the client has started all the same, `without_permits` records the fact,
    and the permits show it from then on. Raises RuleBroken and Stale as `change_project`.
    """
    current = _locked(project, version)
    if current.stage == Project.Stage.CLOSED or to not in (
        NEXT_STAGE[Project.Stage(current.stage)],
        Project.Stage.CLOSED,
    ):
        raise RuleBroken("stage_order", _("From here the project cannot enter this stage."), "to")
    if on > timezone.localdate():
        raise RuleBroken("stage_day", _("This day lies in the future."), "on")
    if to == Project.Stage.CONSTRUCTION:
        if not without_permits:
            _refuse_start(current, on)
        current.start_on = on
    elif to == Project.Stage.OPERATION:
        if current.start_on is None or on <= current.start_on:
            raise RuleBroken("stage_day", _("It is completed after the start of construction."), "on")
        current.complete_on = on
    current.stage = to
    _complete(current)
    _save(current)
    return current


def _refuse_start(project: Project, on: date) -> None:
    found = findings_of(project, project.permits.all(), on)
    kinds = [Permit.Kind(finding.need.kind).label for finding in found if finding.state in UNFIT]
    if kinds:
        message = _("Work may not start without: %(permits)s.") % {
            "permits": pgettext("between listed values", ", ").join(map(str, kinds))
        }
        raise RuleBroken("permits_missing", message, "without_permits")


def _known(by: Staff, client: Client, field: str) -> None:
    if not Client.objects.visible_to(by).filter(pk=client.pk).exists():
        raise RuleBroken("client_unknown", _("There is no such client."), field)


def _locked(project: Project, version: int) -> Project:
    current: Project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if current.version != version:
        raise Stale
    return current


def _save(project: Project) -> None:
    project.version += 1
    project.save()


def _complete(project: Project) -> None:
    """Derived columns, and the rules that hold for every project whatever its stage."""
    today = timezone.localdate()
    project.name = unicodedata.normalize("NFC", project.name)
    project.pinyin = "".join(lazy_pinyin(project.name)).lower()[:400]
    project.initials = "".join(lazy_pinyin(project.name, style=Style.FIRST_LETTER)).lower()[:100]
    if project.project_code and not PROJECT_CODE.fullmatch(project.project_code):
        message = _("A national project code reads 2410-310115-04-02-123456: 24 characters in five parts.")
        raise RuleBroken("project_code", message, "project_code")
    if project.total_investment <= 0:
        raise RuleBroken("investment", _("The total investment is more than nothing."), "total_investment")
    if project.sponsor_share is not None and not 0 < project.sponsor_share <= 1:
        raise RuleBroken("sponsor_share", _("A share lies above 0% and at most at 100%."), "sponsor_share")
    if project.approved_on and project.approved_on > today:
        raise RuleBroken("project_days", _("This day lies in the future."), "approved_on")
    _check_days(project, today)


def _check_days(project: Project, today: date) -> None:
    begun = project.stage in (Project.Stage.CONSTRUCTION, Project.Stage.OPERATION)
    if begun and (project.start_on is None or project.start_on > today):
        raise RuleBroken("project_days", _("Work has begun in this stage: enter the day it started."), "start_on")
    done = project.stage == Project.Stage.OPERATION
    if done and (project.complete_on is None or project.complete_on > today):
        raise RuleBroken("project_days", _("The project is complete in this stage: enter the day."), "complete_on")
    if project.start_on and project.complete_on and project.complete_on <= project.start_on:
        raise RuleBroken("project_days", _("It is completed after the start of construction."), "complete_on")
    if project.complete_on and project.operate_until and project.operate_until <= project.complete_on:
        raise RuleBroken("project_days", _("Operation ends after the completion."), "operate_until")

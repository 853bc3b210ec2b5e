"""The second signature on a rating: four eyes, what voids a proposal, what a confirmation sets off."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction

from clients.models import Client, Rating
from clients.services.rating import fill_rating, start_rating, withdraw_rating
from clients.services.rating_sheet import Judgement
from clients.signals import rating_confirmed
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from crm_project.workflow.models import Task
from crm_project.workflow.services import approvals
from tests import recipes
from tests.clients import rating_support as support
from tests.clients.rating_support import (
    SHEET,
    TODAY,
    Desk,
    confirm,
    make_confirmed,
    make_draft,
    propose,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    cache.clear()
    with time_machine.travel(support.NOW, tick=False) as moving:
        yield moving


@pytest.fixture
def desk() -> Desk:
    return support.make_desk()


def test_the_second_account_of_the_person_who_proposed_is_refused(desk: Desk) -> None:
    approval = propose(make_draft(desk), desk.manager)
    twin = desk.bank.staff(Role.RISK_OFFICER, person=desk.manager.person)
    with pytest.raises(RuleBroken) as refused:
        confirm(approval, twin)
    assert refused.value.rule == "approval_four_eyes"
    assert Client.objects.get(pk=desk.client.pk).grade == ""


def test_the_database_refuses_a_confirmation_by_who_proposed(desk: Desk) -> None:
    rating = make_confirmed(desk)
    with pytest.raises(IntegrityError, match="rating_confirmed_by_another_person"), transaction.atomic():
        Rating.objects.filter(pk=rating.pk).update(confirmed_by=rating.proposed_by)


def test_the_database_refuses_a_grade_that_departs_without_a_reason(desk: Desk) -> None:
    rating = make_confirmed(desk)
    with pytest.raises(IntegrityError, match="rating_override_has_its_reason"), transaction.atomic():
        Rating.objects.filter(pk=rating.pk).update(grade="R1")


@pytest.mark.parametrize("role", [Role.RM, Role.APPROVER, Role.SUPERVISION_OFFICER])
def test_only_a_risk_officer_confirms(desk: Desk, role: str) -> None:
    approval = propose(make_draft(desk), desk.manager)
    with pytest.raises(RuleBroken) as refused:
        confirm(approval, desk.bank.staff(role))
    assert refused.value.rule == "approval_role"


def test_an_edit_after_the_proposal_voids_it(desk: Desk) -> None:
    rating = make_draft(desk)
    approval = propose(rating, desk.manager)
    rating.refresh_from_db()
    better = replace(SHEET, judgements=dict(SHEET.judgements) | {"industry_outlook": Judgement("A", "新政策")})
    fill_rating(rating=rating, version=rating.version, by=desk.manager, sheet=better)
    approval.refresh_from_db()
    rating.refresh_from_db()
    assert (approval.state, rating.state, rating.grade) == ("void", "draft", "")
    assert not Task.objects.open().filter(key=approvals.task_key(approval)).exists()
    with pytest.raises(Stale):
        confirm(approval, desk.risk)


@pytest.mark.parametrize("column", [{"grade": "R3", "computed_grade": "R3"}, {"inputs": {}}, {"pd": Decimal("0.0001")}])
def test_a_row_changed_behind_the_proposal_voids_it_at_the_decision(desk: Desk, column: dict[str, Any]) -> None:
    rating = make_draft(desk)
    approval = propose(rating, desk.manager)
    Rating.objects.filter(pk=rating.pk).update(**column)
    with pytest.raises(RuleBroken) as refused:
        confirm(approval, desk.risk)
    assert refused.value.rule == "approval_void"
    rating.refresh_from_db()
    assert rating.state == "draft"
    assert Client.objects.get(pk=desk.client.pk).grade == ""


def test_a_statement_filed_after_the_proposal_voids_it(desk: Desk) -> None:
    approval = propose(make_draft(desk), desk.manager)
    recipes.make_statements(desk.client, desk.manager, years=(2025,))
    with pytest.raises(RuleBroken) as refused:
        confirm(approval, desk.risk)
    assert refused.value.rule == "approval_void"


def test_a_withdrawn_proposal_is_a_draft_again_and_a_refused_one_is_closed(desk: Desk) -> None:
    rating = make_draft(desk)
    propose(rating, desk.manager)
    withdraw_rating(rating=rating, by=desk.manager)
    rating.refresh_from_db()
    assert (rating.state, rating.grade) == ("draft", "")
    approvals.decide(approval=propose(rating, desk.manager), by=desk.risk, approve=False, reason="依据不足")
    rating.refresh_from_db()
    assert rating.state == "refused"
    again = start_rating(client=desk.client, kind="corporate", by=desk.manager, as_of=TODAY)
    assert again.inputs == rating.inputs


def test_confirmation_supersedes_the_one_before_and_is_told_to_the_rooms_above(desk: Desk) -> None:
    first = make_confirmed(desk)
    heard: list[str] = []

    def listen(sender: Any, rating: Rating, by: Staff, **news: Any) -> None:
        heard.append(f"{rating.grade} {by.pk}")

    rating_confirmed.connect(listen)
    worse = replace(SHEET, judgements=dict(SHEET.judgements) | {"credit_record": Judgement("C", "近期逾期")})
    second = make_confirmed(desk, sheet=worse)
    rating_confirmed.disconnect(listen)
    first.refresh_from_db()
    assert (first.state, second.state, second.grade) == ("superseded", "confirmed", "R5")
    assert heard == [f"R5 {desk.risk.pk}"]
    assert Client.objects.get(pk=desk.client.pk).grade == "R5"

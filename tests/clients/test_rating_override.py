"""Overriding a grade: its limits, who decides, how long it holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from clients.models import Client, Rating, Statement
from clients.services.rating import fill_rating, override_rating, withdraw_rating
from clients.services.statements import Period, book_statements
from clients.statement_books import template_lines
from crm_project.organization.roles import Level
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.models import Approval, Task
from tests import recipes
from tests.clients import rating_support as support
from tests.clients.rating_support import (
    SHEET,
    Desk,
    address,
    confirm,
    make_confirmed,
    make_draft,
    signed_in,
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


def book_year(desk: Desk, year: int) -> None:
    """The figures of 2025 once more, filed for a later year."""
    last = Statement.objects.current().get(client=desk.client, period_end="2025-12-31")
    figures = {line: getattr(last, line) for line in template_lines().lines if getattr(last, line) is not None}
    period = Period(date(year, 12, 31), True, last.audit_opinion, figures)
    book_statements(client=desk.client, upload=last.upload, periods=[period], by=desk.manager)


def override(rating: Rating, desk: Desk, to: str, code: str = "recent_event") -> Approval:
    rating.refresh_from_db()
    return override_rating(
        rating=rating, version=rating.version, by=desk.manager, to_grade=to, code=code, reason="6月新签重大合同"
    )


WITHOUT_FACTS = replace(SHEET, largest_customer_share=None, management_tenure=None)  # 79.35, R5; G17 holds at R4


@pytest.mark.parametrize(
    ("to", "code", "rule"),
    [
        ("R2", "recent_event", "override_too_many_steps"),
        ("R3", "recent_event", "override_through_gate"),
        ("R4", "parent_support", "override_above_parent"),
        ("R5", "recent_event", "override_same"),
    ],
)
def test_an_override_keeps_its_limits_and_says_which(desk: Desk, to: str, code: str, rule: str) -> None:
    rating = make_draft(desk, sheet=WITHOUT_FACTS)
    with pytest.raises(RuleBroken) as refused:
        override(rating, desk, to, code)
    assert (refused.value.rule, refused.value.field) == (rule, "to_grade")
    rating.refresh_from_db()
    assert rating.state == "draft"


def test_a_better_grade_is_for_the_upper_branch_a_worse_one_for_the_branch(desk: Desk) -> None:
    rating = make_draft(desk, sheet=WITHOUT_FACTS)
    approval = override(rating, desk, "R4")
    assert approval.level_needed == Level.UPPER_BRANCH
    with pytest.raises(RuleBroken) as refused:
        confirm(approval, desk.risk)
    assert refused.value.rule == "approval_level"
    done = confirm(approval, desk.upper)
    assert (done.grade, done.computed_grade, done.pd) == ("R4", "R5", Decimal("0.0018"))
    assert (done.override_code, done.override_reason) == ("recent_event", "6月新签重大合同")

    down = override(done, desk, "R14")
    assert down.level_needed == Level.BRANCH
    assert confirm(down, desk.risk).grade == "R14"


def test_support_lifts_as_far_as_the_parents_own_grade(desk: Desk) -> None:
    parent = recipes.make_client(desk.manager)
    Client.objects.filter(pk=parent.pk).update(grade="R4")
    recipes.make_relation(desk.client, kind="controlled_by", other_name=parent.name, other_code=parent.uscc)
    rating = make_draft(desk, sheet=WITHOUT_FACTS)
    assert confirm(override(rating, desk, "R4", "parent_support"), desk.upper).grade == "R4"


def test_an_override_of_the_grade_in_force_holds_no_longer_than_that(desk: Desk, clock: Any) -> None:
    first = make_confirmed(desk, sheet=WITHOUT_FACTS)
    clock.shift(timedelta(days=100))
    done = confirm(override(first, desk, "R7"), desk.risk)
    assert (done.grade, done.computed_grade, done.valid_until) == ("R7", "R5", first.valid_until)
    first.refresh_from_db()
    assert first.state == "superseded"
    assert (
        "Overridden from R5 to R7"
        in signed_in(desk.manager).get(address("client_rating", desk.client)).content.decode()
    )


def test_a_withdrawn_override_leaves_the_grade_in_force(desk: Desk) -> None:
    first = make_confirmed(desk, sheet=WITHOUT_FACTS)
    override(first, desk, "R9")
    waiting = Rating.objects.in_work().get()
    with pytest.raises(RuleBroken) as refused:
        fill_rating(rating=waiting, version=waiting.version, by=desk.manager, sheet=SHEET)
    assert refused.value.rule == "rating_override_waits"
    withdraw_rating(rating=waiting, by=desk.manager)
    waiting.refresh_from_db()
    first.refresh_from_db()
    assert (waiting.state, first.state) == ("dropped", "confirmed")


def test_an_override_ends_with_the_next_annual_statement(desk: Desk, clock: Any) -> None:
    rating = confirm(override(make_draft(desk, sheet=WITHOUT_FACTS), desk, "R6"), desk.risk)
    clock.move_to(support.NOW.replace(year=2027, month=4))
    book_year(desk, 2026)
    rating.refresh_from_db()
    assert rating.valid_until.isoformat() == "2027-04-30"
    task = Task.objects.open().get(kind="rating_due")
    assert task.assignee == desk.manager


def test_the_page_of_an_override_names_the_field_that_breaks_a_rule(desk: Desk) -> None:
    rating = make_draft(desk, sheet=WITHOUT_FACTS)
    data = {"version": rating.version, "to_grade": "R2", "code": "recent_event", "reason": "x"}
    rm = signed_in(desk.manager)
    response = rm.post(address("rating_override", desk.client), data)
    assert "R4" in " ".join(response.context["form"].errors["to_grade"])
    for field in ("to_grade", "code", "reason"):
        assert field in rm.post(address("rating_override", desk.client), {**data, field: ""}).context["form"].errors

"""Rating a project company by slotting, through services and pages: the worked project of RULES §24."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import override

from clients.models import Client, Rating
from clients.services.rating import fill_rating, override_rating, start_rating
from clients.services.rating_sheet import SlottingSheet
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.models import Approval
from tests import recipes
from tests.clients import rating_support as support
from tests.clients.rating_support import (
    SLOTTING_SHEET,
    TODAY,
    Desk,
    confirm,
    make_confirmed,
    make_slotting_draft,
    propose,
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


def form_data(rating: Rating, sheet: SlottingSheet = SLOTTING_SHEET, **changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "version": rating.version,
        "permits_possible": "on",
        "figures_from": sheet.figures_from,
        **{name: str(getattr(sheet, name)) for name in SlottingSheet.FIGURES},
        **{f"element_{key}": str(number) for key, number in sheet.anchors.items()},
        **{f"basis_{key}": text for key, text in sheet.basis.items()},
    }
    return data | changes


def test_the_worked_project_is_good_r7_through_the_pages(desk: Desk) -> None:
    sponsor = make_confirmed(desk)
    company, project = support.make_project_company(desk)
    rm = signed_in(desk.manager)
    start = {"kind": "slotting", "project": project.pk, "as_of": TODAY.isoformat()}
    form = rm.post(reverse("clients:rating_create", args=[company.pk]), start).url
    rating = Rating.objects.get(client=company)
    assert rm.post(form, form_data(rating, propose="yes")).status_code == 302
    rating.refresh_from_db()
    assert (rating.state, rating.grade, rating.pd, rating.score) == ("proposed", "R7", Decimal("0.006"), None)
    assert rating.result["average"] == "2.05"
    assert rating.result["sponsor"]["rating"] == sponsor.pk
    done = confirm(Approval.objects.get(subject_id=company.pk), desk.risk)
    assert done.valid_until.isoformat() == "2027-06-30"
    assert Client.objects.get(pk=company.pk).grade == "R7"
    page = rm.get(reverse("clients:client_rating", args=[company.pk])).content.decode()
    for text in ("R7", "0.60%", "Good", "2.05", "R4", "1.0890", SLOTTING_SHEET.figures_from, "90%"):
        assert text in page, text
    answer = rm.get(reverse("clients-api:rating-detail", args=[rating.pk])).json()
    lines = {line["key"]: line for line in answer["explanation"]}
    assert (answer["grade"], lines["category"]["input"], lines["stress"]["contribution"]) == ("R7", "2.05", "2")


def test_without_a_rated_sponsor_the_factor_is_weak(desk: Desk) -> None:
    rating = make_slotting_draft(desk)
    factors = {factor["key"]: factor["category"] for factor in rating.result["factors"]}
    assert (factors["sponsor"], rating.computed_grade) == (4, "R10")  # 2.50 goes to the worse
    assert rating.result["sponsor"]["grade"] is None


def test_an_expired_rating_of_the_sponsor_does_not_count(desk: Desk) -> None:
    Rating.objects.filter(pk=make_confirmed(desk).pk).update(valid_until="2026-06-29")
    assert make_slotting_draft(desk).result["sponsor"]["grade"] is None


def test_a_new_grade_of_the_sponsor_voids_the_proposal(desk: Desk) -> None:
    make_confirmed(desk)
    approval = propose(make_slotting_draft(desk), desk.manager)
    make_confirmed(desk)
    with pytest.raises(RuleBroken) as refused:
        confirm(approval, desk.risk)
    assert refused.value.rule == "approval_void"
    assert Rating.objects.get(pk=approval.payload["rating"]).state == "draft"


def test_support_lifts_the_grade_and_names_its_paper(desk: Desk) -> None:
    make_confirmed(desk)
    rating = make_slotting_draft(desk, replace(SLOTTING_SHEET, support=("shortfall",)))
    assert rating.computed_grade == "R5"
    with pytest.raises(RuleBroken) as refused:
        propose(rating, desk.manager)
    assert refused.value.rule == "rating_not_ready"
    rating.refresh_from_db()
    paper = replace(SLOTTING_SHEET, support=("shortfall",), support_paper="差额补足协议 2026-05-08")
    fill_rating(rating=rating, version=rating.version, by=desk.manager, sheet=paper)
    done = confirm(propose(rating, desk.manager), desk.risk)
    assert (done.grade, done.result["own_grade"], done.result["risk_weight"]) == ("R5", "R7", "0.90")


def test_the_borrowers_team_reads_the_sponsors_grade_without_a_link(desk: Desk) -> None:
    make_confirmed(desk)
    other = desk.bank.staff(Role.RM)
    rating = make_slotting_draft(desk)
    recipes.grant(other, rating.client, TODAY.replace(year=2027))
    page = signed_in(other).get(reverse("clients:client_rating", args=[rating.client_id])).content.decode()
    assert desk.client.name in page and "R4" in page
    assert f"/clients/{desk.client.pk}/" not in page


def test_a_cap_is_no_gate_that_an_override_goes_through(desk: Desk) -> None:
    make_confirmed(desk)
    rating = make_slotting_draft(desk, replace(SLOTTING_SHEET, permits_possible=False))
    assert (rating.computed_grade, rating.result["caps"]) == ("R14", ["no_permits"])
    with pytest.raises(RuleBroken) as refused:
        override_rating(
            rating=rating, version=rating.version, by=desk.manager, to_grade="R13", code="other", reason="许可在办"
        )
    assert refused.value.rule == "override_through_gate"


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        (replace(SLOTTING_SHEET, lowest_downside_dscr=None), "Not entered yet: Lowest DSCR, combined downside."),
        (replace(SLOTTING_SHEET, figures_from=""), "Say where the figures of the cash flow come from."),
        (replace(SLOTTING_SHEET, basis={}), "Transaction and asset"),
        (
            replace(SLOTTING_SHEET, anchors={k: v for k, v in SLOTTING_SHEET.anchors.items() if k != "2.4"}),
            "Not judged yet: Stability of law and regulation.",
        ),
        (replace(SLOTTING_SHEET, tenor_years=Decimal(0)), "Must be above zero: Tenor of the loan (years)."),
    ],
)
def test_what_is_missing_blocks_the_proposal_and_is_named(desk: Desk, sheet: SlottingSheet, words: str) -> None:
    with override("en"), pytest.raises(RuleBroken) as refused:
        propose(make_slotting_draft(desk, sheet), desk.manager)
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lowest_dscr", "-0.1"),
        ("tenor_years", "x"),
        ("target_dscr", "NaN"),
        ("element_2.4", "5"),
        ("support", "comfort"),
        ("basis_security", "x" * 301),
    ],
)
def test_bad_input_is_named_at_its_field(desk: Desk, field: str, value: str) -> None:
    rating = make_slotting_draft(desk)
    address = reverse("clients:rating_form", args=[rating.client_id])
    response = signed_in(desk.manager).post(address, form_data(rating, **{field: value}))
    assert list(response.context["form"].errors) == [field]


def test_the_preview_names_what_is_missing(desk: Desk) -> None:
    rating = make_slotting_draft(desk)
    address = reverse("clients:rating_preview", args=[rating.client_id])
    page = signed_in(desk.manager).post(address, form_data(rating, lowest_dscr="")).content.decode()
    assert "Not entered yet: Lowest DSCR, base case." in page


def test_a_project_company_is_not_rated_by_the_scorecard_nor_for_another_project(desk: Desk) -> None:
    company, _project = support.make_project_company(desk)
    foreign = recipes.make_project(desk.client)
    for arguments, rule in (
        ({"kind": "corporate"}, "rating_path"),
        ({"kind": "slotting"}, "rating_project"),
        ({"kind": "slotting", "project": foreign}, "rating_project"),
    ):
        with pytest.raises(RuleBroken) as refused:
            start_rating(client=company, by=desk.manager, as_of=TODAY, **arguments)
        assert refused.value.rule == rule
    page = signed_in(desk.manager).post(
        reverse("clients:rating_create", args=[company.pk]),
        {"kind": "slotting", "project": foreign.pk, "as_of": TODAY.isoformat()},
    )
    assert "project" in page.context["form"].errors

"""Rating a company from the sheet to the second signature: the worked client of RULES §23, services and pages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from clients.models import Client, Rating
from clients.services.rating import drop_rating, start_rating
from clients.services.rating_due import open_due_tasks
from clients.services.rating_sheet import CorporateSheet, Judgement
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.workflow.models import Approval
from tests import recipes
from tests.clients import rating_support as support
from tests.clients.rating_support import (
    SHEET,
    TODAY,
    Desk,
    address,
    confirm,
    form_data,
    make_confirmed,
    make_draft,
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


# The worked client, end to end


def test_the_worked_client_is_rated_through_the_pages(desk: Desk) -> None:
    rm, risk = signed_in(desk.manager), signed_in(desk.risk)
    start = rm.post(address("rating_create", desk.client), {"kind": "corporate", "as_of": TODAY.isoformat()})
    assert start.url == address("rating_form", desk.client)
    rating = Rating.objects.get()
    assert rating.inputs["gates"] == {"audited": "yes", "audit_opinion": "unqualified"}
    filled = rm.post(start.url, form_data(rating, propose="yes"))
    assert filled.url == address("client_rating", desk.client)
    rating.refresh_from_db()
    assert (rating.state, rating.grade, rating.pd) == ("proposed", "R4", Decimal("0.0018"))

    approval = Approval.objects.get()
    page = risk.get(reverse("workflow:approval_detail", args=[approval.pk])).content.decode()
    assert "R4" in page and "0.18%" in page and "81.66" in page and "2027-06-30" in page
    decided = risk.post(
        reverse("workflow:approval_decide", args=[approval.pk]), {"answer": "approve", "reason": "figures checked"}
    )
    assert decided.status_code == 302
    rating.refresh_from_db()
    assert (rating.state, rating.confirmed_by) == ("confirmed", desk.risk.person)
    assert rating.valid_until.isoformat() == "2027-06-30"
    assert Client.objects.get(pk=desk.client.pk).grade == "R4"

    shown = rm.get(address("client_rating", desk.client)).content.decode()
    for text in ("R4", "81.66", "0.18%", "I2 sound", "81.6565", "2.3435", "Interest cover at least 5.00, now 4.89"):
        assert text in shown, text
    assert "Interest cover + Current ratio" in shown
    assert "+1.4740" in shown
    answer = rm.get(reverse("clients-api:rating-list")).json()["results"][0]
    assert (answer["score"], answer["grade"], answer["pd"], answer["band"]["code"]) == (
        "81.6565",
        "R4",
        "0.001800",
        "I2",
    )
    lines = {line["key"]: line for line in answer["explanation"]}
    assert lines["score"]["contribution"] == "81.6565"
    assert lines["interest_cover"]["contribution"] == "5.526"
    assert {gate["state"] for gate in answer["gates"]} <= {"clear", "hit", "not_applicable"}


def test_every_line_of_the_explanation_adds_up_to_the_points(desk: Desk) -> None:
    rating = make_draft(desk)
    factors = {factor["key"] for factor in rating.result["factors"]}
    points = [Decimal(line["contribution"]) for line in rating.result["explanation"] if line["key"] in factors]
    assert abs(sum(points) - rating.score) < Decimal("0.001")
    assert all(set(line) >= {"label", "input", "rule", "contribution"} for line in rating.result["explanation"])


def test_what_lifts_it_one_grade_is_kept_with_the_rating(desk: Desk) -> None:
    up = make_draft(desk).result["grade_up"]
    assert (up["grade"], up["points_needed"]) == ("R3", "2.343533")
    assert [one["factor"] for one in up["requirements"]] == ["interest_cover"]
    assert up["moves"][0] == {"factor": "interest_cover", "now": "4.894231", "to": "8", "gain": "1.474038"}
    partners = ["current_ratio", "debt_ratio", "net_assets", "industry_outlook", "management_quality"]
    assert up["sets"] == [["interest_cover", partner] for partner in partners]


def test_the_preview_follows_what_is_typed_and_stores_nothing(desk: Desk) -> None:
    rating = make_draft(desk)
    rm = signed_in(desk.manager)
    worse = form_data(rating, level_credit_record="E", years_trading="nonsense")
    page = rm.post(address("rating_preview", desk.client), worse).content.decode()
    assert "73.4565" not in page  # two factors moved: credit record 8 → 1.6, years trading missing 1.8 → 0.4
    assert "73.86" in page
    rating.refresh_from_db()
    assert str(round(rating.score, 4)) == "81.6565"


def test_the_overview_shows_points_by_group_and_what_loses_most(desk: Desk) -> None:
    make_confirmed(desk)
    page = signed_in(desk.manager).get(desk.client.get_absolute_url()).content.decode()
    assert "Where do the 81.66 points come from?" in page
    assert "23.32" in page
    assert "Current ratio" in page


# What blocks a proposal


def blocked(rating: Rating, by: Staff) -> RuleBroken:
    with pytest.raises(RuleBroken) as refused:
        propose(rating, by)
    return refused.value


def test_a_gate_that_is_not_checked_blocks_the_proposal_and_names_the_input(desk: Desk) -> None:
    gates = {name: value for name, value in SHEET.gates.items() if name != "worst_loan_category"}
    error = blocked(make_draft(desk, sheet=replace(SHEET, gates=gates)), desk.manager)
    assert error.rule == "rating_not_ready"
    assert "本行贷款最差五级分类" in error.message
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        (
            replace(SHEET, judgements={k: v for k, v in SHEET.judgements.items() if k != "management_quality"}),
            "管理水平",
        ),
        (replace(SHEET, judgements=dict(SHEET.judgements) | {"credit_record": Judgement("A", " ")}), "信用记录"),
    ],
)
def test_a_judgement_needs_its_level_and_a_sentence_of_evidence(desk: Desk, sheet: CorporateSheet, words: str) -> None:
    assert words in blocked(make_draft(desk, sheet=sheet), desk.manager).message


def test_one_statement_is_too_few_and_the_reason_says_so(desk: Desk) -> None:
    young = recipes.make_client(desk.manager)
    recipes.make_statements(young, desk.manager, years=(2025,))
    rating = make_draft(desk, young)
    assert rating.computed_grade == ""
    assert "1" in blocked(rating, desk.manager).message
    page = signed_in(desk.manager).get(address("rating_form", young)).content.decode()
    assert "At least two annual statements are needed; there is 1." in page


def test_a_missing_fact_scores_as_the_poorest_and_is_flagged(desk: Desk) -> None:
    rating = make_draft(desk, sheet=replace(SHEET, largest_customer_share=None, management_tenure=None))
    assert (str(round(rating.score, 4)), rating.computed_grade) == ("79.3498", "R5")
    page = signed_in(desk.manager).get(address("client_rating", desk.client)).content.decode()
    assert "missing: scored as the poorest standard" in page


def test_a_new_statement_must_be_looked_at_before_the_proposal(desk: Desk) -> None:
    rating = make_draft(desk)
    recipes.make_statements(
        desk.client, desk.manager, years=(2025,), changes={2025: {"operating_cash_flow": Decimal(-5)}}
    )
    with pytest.raises(RuleBroken) as refused:
        propose(rating, desk.manager)
    assert refused.value.rule == "rating_moved"
    rating.refresh_from_db()
    assert rating.score < Decimal("81")
    assert confirm(propose(rating, desk.manager), desk.risk).score == rating.score


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("years_trading", "-1"),
        ("years_trading", "NaN"),
        ("management_tenure", "1e3000"),
        ("largest_customer_share", "101"),
        ("largest_customer_share", "1_0"),
        ("gate_max_overdue_days_all_banks", "-3"),
        ("gate_worst_loan_category", "excellent"),
        ("gate_guarantees_to_equity", "x"),
        ("level_credit_record", "F"),
        ("evidence_credit_record", "x" * 301),
    ],
)
def test_bad_input_is_named_at_its_field_and_changes_nothing(desk: Desk, field: str, value: str) -> None:
    rating = make_draft(desk)
    response = signed_in(desk.manager).post(address("rating_form", desk.client), form_data(rating, **{field: value}))
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    before = rating.version
    rating.refresh_from_db()
    assert rating.version == before


def test_the_second_editor_is_told_and_loses_no_input(desk: Desk) -> None:
    rating = make_draft(desk)
    old = form_data(rating)
    rm = signed_in(desk.manager)
    assert rm.post(address("rating_form", desk.client), old).status_code == 302
    second = rm.post(address("rating_form", desk.client), {**old, "evidence_credit_record": "第二份依据"})
    assert second.status_code == 409
    assert "第二份依据" in second.content.decode()


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"as_of": TODAY + timedelta(days=1)}, "rating_as_of", "as_of"),
        ({"as_of": TODAY.replace(year=2025)}, "rating_no_rule", "as_of"),
        ({"kind": "slotting"}, "rating_path", "kind"),
    ],
)
def test_a_rating_starts_on_its_path_and_on_a_day_with_a_rule(
    desk: Desk, changes: dict[str, Any], rule: str, field: str
) -> None:
    arguments: dict[str, Any] = {"client": desk.client, "kind": "corporate", "by": desk.manager, "as_of": TODAY}
    with pytest.raises(RuleBroken) as refused:
        start_rating(**(arguments | changes))
    assert (refused.value.rule, refused.value.field) == (rule, field)


def test_one_rating_is_in_work_at_a_time(desk: Desk) -> None:
    rating = make_draft(desk)
    with pytest.raises(RuleBroken) as refused:
        start_rating(client=desk.client, kind="corporate", by=desk.manager, as_of=TODAY)
    assert refused.value.rule == "rating_in_work"
    drop_rating(rating=rating, version=rating.version, by=desk.manager)
    assert make_draft(desk).state == "draft"


# Validity


def test_a_rating_that_runs_out_is_listed_and_gives_one_task(desk: Desk, clock: Any) -> None:
    rating = make_confirmed(desk)
    rm = signed_in(desk.manager)
    listing = reverse("clients:rating_list")
    assert desk.client.name not in rm.get(f"{listing}?due=soon").content.decode()
    clock.move_to(support.NOW.replace(year=2027, month=6, day=1))
    assert desk.client.name in signed_in(desk.manager).get(f"{listing}?due=soon").content.decode()
    assert (
        desk.client.name
        in signed_in(desk.manager).get(f"{reverse('clients:client_list')}?rating=soon").content.decode()
    )
    assert open_due_tasks(TODAY.replace(year=2027, day=1, month=6)) == 1
    assert open_due_tasks(TODAY.replace(year=2027, day=2, month=6)) == 0
    clock.move_to(support.NOW.replace(year=2027, month=7, day=1))
    assert "expired" in signed_in(desk.manager).get(address("client_rating", desk.client)).content.decode()
    assert rating.valid_until.isoformat() == "2027-06-30"


# Scope


def test_a_foreign_clients_rating_answers_as_an_unknown_one(desk: Desk) -> None:
    rating = make_confirmed(desk)
    stranger = signed_in(desk.bank.staff(Role.RM, desk.bank.west))
    for name in (
        "client_rating",
        "rating_create",
        "rating_form",
        "rating_override",
        "client_tier",
        "cooperation_create",
    ):
        assert stranger.get(address(name, desk.client)).status_code == 404, name
    for name in ("rating_propose", "rating_withdraw", "rating_preview"):
        assert stranger.post(address(name, desk.client)).status_code == 404, name
    assert stranger.get(reverse("clients-api:rating-detail", args=[rating.pk])).status_code == 404
    assert stranger.get(reverse("clients-api:rating-list")).json()["results"] == []


def test_a_rating_of_another_client_is_not_shown_under_this_one(desk: Desk) -> None:
    other = recipes.make_client(desk.manager)
    rating = make_confirmed(desk)
    rm = signed_in(desk.manager)
    assert rm.get(f"{address('client_rating', other)}?rating={rating.pk}").status_code == 404
    assert rm.get(f"{address('client_rating', desk.client)}?rating=x").status_code == 404
    assert rm.get(f"{address('client_rating', desk.client)}?rating={rating.pk}").status_code == 200

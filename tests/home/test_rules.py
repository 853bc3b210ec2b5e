"""Rules as people see them: the list, a rule in full, what is not settled, the calendar; drafts and their approval."""

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.rules.links import rule_url
from crm_project.rules.models import CalendarDay, RuleSet
from crm_project.ui import menu
from crm_project.workflow.models import Approval, JournalEntry, Notice
from crm_project.workflow.rule_approvals import request_activation, request_use
from crm_project.workflow.services import approvals
from tests import recipes

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def writer(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.ADMINISTRATOR)


@pytest.fixture
def other(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.ADMINISTRATOR, bank.city)


def browser_of(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def text(account: Staff, address: str) -> str:
    response = browser_of(account).get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_the_list_shows_provenance_and_standing_of_every_rule(bank: recipes.Bank) -> None:
    page = text(bank.staff(Role.RM), reverse("home:rule_list") + "?per_page=100")
    for word in ("客户分层", "默认", "待核实", "法规", "固定资产贷款受托支付（2009）", "已被替代", "生效中"):
        assert word in page
    only = text(bank.staff(Role.RM), reverse("home:rule_list") + "?in_force=true&provenance=unconfirmed")
    assert "项目合法性手续" in only
    assert "客户分层" not in only


def test_a_rule_shows_its_figures_labels_selector_and_source(bank: recipes.Bank) -> None:
    page = text(bank.staff(Role.RM), rule_url("permits", "project"))
    for word in (
        "项目合法性手续",
        "评估日",
        "企业投资项目核准和备案管理条例",
        "待核实",
        "规则管理岗",
        "取得施工许可前办妥用地手续",
    ):
        assert word in page
    english = text(bank.staff(Role.RM, language="en"), rule_url("permits", "project"))
    for word in ("Permits of a project", "day of the assessment", "Land in order before"):
        assert word in english
    assert "取得施工许可前办妥用地手续" not in english


def test_an_older_version_stays_readable(bank: recipes.Bank) -> None:
    page = text(bank.staff(Role.RM), rule_url("entrusted_payment", "fixed_asset") + "?version=2009-1")
    assert "5000000.00" in page
    assert "10000000.00" not in page


def test_an_unknown_rule_is_not_found(bank: recipes.Bank) -> None:
    assert browser_of(bank.staff(Role.RM)).get(rule_url("weather", "all")).status_code == 404


def test_the_report_names_every_rule_that_is_not_settled(bank: recipes.Bank) -> None:
    page = text(bank.staff(Role.RISK_OFFICER), reverse("home:rule_report"))
    for word in ("项目合法性手续", "固定资产投资项目最低资本金", "客户分层", "核准后 2 年未开工的失效"):
        assert word in page


def test_the_calendar_marks_an_estimated_year(bank: recipes.Bank) -> None:
    account = bank.staff(Role.RM)
    estimated = CalendarDay.objects.filter(status="estimated").latest("day").day.year
    announced = CalendarDay.objects.filter(status="announced").exclude(kind="weekend").earliest("day").day.year
    assert "推算" in text(account, reverse("home:calendar") + f"?year={estimated}")
    assert "推算" not in text(account, reverse("home:calendar") + f"?year={announced}")
    assert text(account, reverse("home:calendar")).count("?year=2026") == 1
    assert "国庆" in text(account, reverse("home:calendar") + f"?year={announced}")


def test_rules_stand_last_in_the_rail_of_staff_and_administrators(bank: recipes.Bank) -> None:
    for role in (Role.RM, Role.ADMINISTRATOR):
        room = menu.rail(bank.staff(role), "home:rule_detail")[-1]
        assert (room.href, room.last, room.current) == (reverse("home:rule_list"), True, True)
        assert [page.href for page in room.pages] == [reverse("home:rule_list"), reverse("home:calendar")]


def test_another_administrator_puts_a_rule_in_force(bank: recipes.Bank, writer: Staff, other: Staff) -> None:
    body = deepcopy(RuleSet.objects.in_force("tier", "client", TODAY).body)
    body["params"]["quarters"] = 3
    approval = request_activation(ruleset=recipes.make_rule_draft(writer.person, body=body), by=writer)
    assert [notice.staff for notice in Notice.objects.filter(kind="approval")] == [other]
    page = text(other, reverse("workflow:approval_detail", args=[approval.pk]))
    for word in ("规则生效", "params.quarters", "行发〔2026〕8号"):
        assert word in page
    assert "待审批：规则生效" in text(bank.staff(Role.RM), rule_url("tier", "client"))
    answer = {"answer": "approve", "reason": "贷审会通过"}
    browser_of(other).post(reverse("workflow:approval_decide", args=[approval.pk]), answer)
    found = RuleSet.objects.in_force("tier", "client", TOMORROW)
    assert (found.version, found.approved_by, found.author) == ("next", other.person, writer.person)
    assert RuleSet.objects.in_force("tier", "client", TODAY).version == "2026-1"
    entry = JournalEntry.objects.get(detail__what="activated")
    assert (entry.subject_id, entry.detail["rule"]) == (found.subject_id, "tier/client")


def test_the_same_person_decides_under_no_account(bank: recipes.Bank, writer: Staff) -> None:
    approval = request_activation(ruleset=recipes.make_rule_draft(writer.person), by=writer)
    twin = bank.staff(Role.ADMINISTRATOR, person=writer.person)
    with pytest.raises(RuleBroken) as error:
        approvals.decide(approval=approval, by=twin, approve=True, reason="同意")
    assert error.value.rule == "approval_four_eyes"


def test_the_author_does_not_decide_what_a_colleague_submitted(writer: Staff, other: Staff) -> None:
    draft = recipes.make_rule_draft(other.person)
    approval = request_activation(ruleset=draft, by=writer)
    with pytest.raises(RuleBroken) as error:
        approvals.decide(approval=approval, by=other, approve=True, reason="同意")
    assert error.value.rule == "ruleset_four_eyes"
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert Approval.objects.get().state == "waiting"


def test_nobody_else_decides_on_rules(bank: recipes.Bank, writer: Staff) -> None:
    approval = request_activation(ruleset=recipes.make_rule_draft(writer.person), by=writer)
    for role in (Role.RISK_OFFICER, Role.APPROVER, Role.RM):
        address = reverse("workflow:approval_detail", args=[approval.pk])
        assert browser_of(bank.staff(role)).get(address).status_code == 404


def test_an_administrator_sees_no_request_about_a_client(bank: recipes.Bank, other: Staff) -> None:
    client = recipes.make_client(bank.staff(Role.RM))
    approval = recipes.make_approval(client, bank.staff(Role.RM))
    assert browser_of(other).get(reverse("workflow:approval_detail", args=[approval.pk])).status_code == 404
    assert client.name not in text(other, reverse("workflow:approval_list") + "?box=all")


def test_use_of_an_unconfirmed_rule_takes_two_persons(writer: Staff, other: Staff) -> None:
    RuleSet.objects.filter(kind="permits").update(use_unconfirmed_from=None, use_unconfirmed_by=None)
    rule = RuleSet.objects.get(kind="permits")
    approval = request_use(ruleset=rule, mode="use", from_day=TODAY, by=writer)
    approvals.decide(approval=approval, by=other, approve=True, reason="暂按此执行")
    found = RuleSet.objects.in_force("permits", "project", TODAY)
    assert (found.use_unconfirmed_by, found.use_unconfirmed_from) == (writer.person, TODAY)


def test_a_page_that_rests_on_a_silent_rule_names_it(bank: recipes.Bank) -> None:
    manager = bank.staff(Role.RM)
    project = recipes.make_project(recipes.make_client(manager))
    RuleSet.objects.filter(kind="permits").update(use_unconfirmed_from=None, use_unconfirmed_by=None)
    response = browser_of(manager).get(reverse("clients:project_permits", args=[project.pk]))
    assert response.status_code == 409
    assert "“项目合法性手续”（版本 2026-1）尚不能使用" in response.content.decode()


def draft_form(body: Any, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "tier",
        "scope": "client",
        "version": "2027-1",
        "effective_from": TOMORROW.isoformat(),
        "provenance": "bank_policy",
        "source": "行发〔2026〕9号",
        "text_read_by": "",
        "body": json.dumps(body, ensure_ascii=False),
        **fields,
    }


def test_a_draft_is_a_copy_that_is_changed_and_submitted_in_the_configuration_pages(writer: Staff) -> None:
    rule = RuleSet.objects.in_force("tier", "client", TODAY)
    page = text(writer, f"{reverse('admin:rules_ruleset_add')}?copy={rule.pk}")
    assert "assets_floor_wan" in page
    body = deepcopy(rule.body)
    body["params"]["quarters"] = 3
    browser = browser_of(writer)
    assert browser.post(reverse("admin:rules_ruleset_add"), draft_form(body)).status_code == 302
    draft = RuleSet.objects.get(version="2027-1")
    assert (draft.author, draft.status, draft.body["params"]["quarters"]) == (writer.person, "draft", 3)
    change = reverse("admin:rules_ruleset_change", args=[draft.pk])
    body["params"]["quarters"] = 4
    assert browser.post(change, draft_form(body)).status_code == 302
    draft.refresh_from_db()
    assert draft.body["params"]["quarters"] == 4
    chosen = {"action": "submit_for_approval", "_selected_action": [draft.pk]}
    browser.post(reverse("admin:rules_ruleset_changelist"), chosen)
    assert Approval.objects.waiting().get().subject == RuleSet.objects.get(pk=draft.pk).subject
    assert browser.post(change, draft_form(body)).status_code == 403


def test_a_malformed_draft_comes_back_with_the_place_and_all_that_was_typed(writer: Staff) -> None:
    body = deepcopy(RuleSet.objects.in_force("tier", "client", TODAY).body)
    body["params"]["assets_span"] = "一千"
    page = browser_of(writer).post(reverse("admin:rules_ruleset_add"), draft_form(body)).content.decode()
    assert "params.assets_span" in page
    assert "行发〔2026〕9号" in page
    assert not RuleSet.objects.filter(version="2027-1").exists()


def test_an_approved_version_is_only_read_in_the_configuration_pages(writer: Staff) -> None:
    rule = RuleSet.objects.in_force("tier", "client", TODAY)
    browser = browser_of(writer)
    change = reverse("admin:rules_ruleset_change", args=[rule.pk])
    assert browser.get(change).status_code == 200
    assert browser.post(change, draft_form(rule.body)).status_code == 403
    assert browser.post(reverse("admin:rules_ruleset_delete", args=[rule.pk])).status_code == 403

"""Pages and resource of background jobs: who sees which, and what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.workflow.models import JobRun, JournalEntry
from tests import recipes

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def owner(bank: recipes.Bank) -> Staff:
    owner = bank.staff(Role.RM)
    owner.language = "en"
    owner.save()
    return owner


def browser_of(account: Staff) -> Browser:
    browser = Browser()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def text_of(response: Any) -> str:
    return str(response.content.decode())


def page(account: Staff, run: JobRun, route: str = "job_detail") -> str:
    return text_of(browser_of(account).get(reverse(f"workflow:{route}", args=[run.pk])))


def seen(account: Staff) -> set[int]:
    """Numbers of the jobs that the resource, the list and the page itself show to an account; they must agree."""
    found = set(JobRun.objects.visible_to(Staff.objects.get(pk=account.pk)).values_list("pk", flat=True))
    browser = browser_of(account)
    listed = text_of(browser.get(reverse("workflow:job_list")))
    for run in JobRun.objects.all():
        address = reverse("workflow:job_detail", args=[run.pk])
        assert (f'href="{address}"' in listed) == (run.pk in found)
        assert (browser.get(address).status_code == 200) == (run.pk in found)
    return found


def test_own_jobs_those_of_visible_clients_and_for_administrators_those_of_the_system(
    owner: Staff, bank: recipes.Bank
) -> None:
    colleague = bank.staff(Role.RM)
    mine = recipes.make_job(owner=owner)
    of_client = recipes.make_job(subject_id=recipes.make_client(owner).pk, owner=colleague)
    far = recipes.make_job(subject_id=recipes.make_client(bank.staff(Role.RM, bank.elsewhere)).pk)
    system = recipes.make_job()
    assert seen(owner) == {mine.pk, of_client.pk}
    assert seen(colleague) == {of_client.pk}
    assert seen(bank.staff(Role.RISK_OFFICER)) == {of_client.pk}
    assert seen(bank.staff(Role.ADMINISTRATOR)) == {system.pk}
    assert seen(bank.staff(Role.HEAD_OFFICE_VIEWER, bank.head)) == {mine.pk, of_client.pk, far.pk, system.pk}


def test_an_active_job_polls_every_two_seconds_and_an_ended_one_no_longer(owner: Staff) -> None:
    run = recipes.make_job(owner=owner, state="running", done=1200, total=4800)
    text = page(owner, run, "job_progress")
    assert 'hx-trigger="every 2s"' in text
    assert "1,200 of 4,800" in text
    assert 'aria-label="25.0%"' in text
    JobRun.objects.filter(pk=run.pk).update(state="done", result={"counts": {"cleared": 7}, "link": "/clients/"})
    response = browser_of(owner).get(reverse("workflow:job_progress", args=[run.pk]))
    assert "every 2s" not in text_of(response)
    assert response.headers["HX-Trigger"] == "job-ended"
    assert "sign-ins cleared" in text_of(response)
    assert 'href="/clients/"' in text_of(response)


def test_a_page_that_polls_writes_nothing_to_the_journal(owner: Staff) -> None:
    run = recipes.make_job(owner=owner)
    page(owner, run)
    page(owner, run, "job_progress")
    assert not JournalEntry.objects.filter(actor=owner, act="view").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "It begins as soon as a worker is free."),
        ({"created_at": timedelta(minutes=5)}, "No worker has taken it yet."),
        ({"attempts": 1, "error": "The database was busy or away."}, "Attempt 1 of 3 failed"),
        ({"state": "running"}, "You can leave this page"),
        ({"state": "running", "cancel_asked": True}, "It stops after the step it is in."),
        ({"state": "failed", "error": "The file has no column “amount”."}, "The file has no column “amount”."),
        ({"state": "cancelled"}, "Nothing was done."),
        ({"state": "cancelled", "done": 2, "total": 5}, "What was already finished stays"),
    ],
)
def test_the_page_says_how_it_stands(fields: dict[str, Any], sentence: str, owner: Staff) -> None:
    if "created_at" in fields:
        fields = {"created_at": timezone.now() - fields["created_at"]}
    assert sentence in page(owner, recipes.make_job(owner=owner, **fields))


def test_a_scheduled_job_names_its_moment_and_whether_it_was_late(owner: Staff) -> None:
    moment = timezone.now() - timedelta(hours=3)
    run = recipes.make_job(owner=owner, params={"period": moment.isoformat(timespec="minutes")})
    assert f"{timezone.localtime(moment):%Y-%m-%d %H:%M}, late" in page(owner, run)


def test_a_job_of_a_kind_that_is_gone_still_has_its_page(owner: Staff) -> None:
    run = recipes.make_job(owner=owner, kind="gone", state="done", result={"counts": {"rows": 3}})
    assert "gone" in page(owner, run)


def test_its_owner_cancels_a_job_and_tries_a_failed_one_again(owner: Staff) -> None:
    browser = browser_of(owner)
    run = recipes.make_job(owner=owner)
    assert "Cancel the job" in page(owner, run)
    response = browser.post(reverse("workflow:job_cancel", args=[run.pk]))
    assert response.headers["Location"] == reverse("workflow:job_detail", args=[run.pk])
    run.refresh_from_db()
    assert run.state == "cancelled"
    response = browser.post(reverse("workflow:job_retry", args=[run.pk]), headers=HTMX)
    assert response.status_code == 200
    assert f'id="job-{run.pk}"' in text_of(response)
    assert "<html" not in text_of(response)
    run.refresh_from_db()
    assert run.state == "queued"


def test_who_only_sees_a_job_is_offered_nothing_and_told_why(owner: Staff, bank: recipes.Bank) -> None:
    run = recipes.make_job(subject_id=recipes.make_client(owner).pk, owner=owner)
    officer = bank.staff(Role.RISK_OFFICER)
    officer.language = "en"
    officer.save()
    assert "Cancel the job" not in page(officer, run)
    response = browser_of(officer).post(reverse("workflow:job_cancel", args=[run.pk]), follow=True)
    assert "Only the person who started this job can do that." in text_of(response)
    run.refresh_from_db()
    assert run.state == "queued"


def test_the_resource_gives_state_progress_and_counts(owner: Staff) -> None:
    run = recipes.make_job(owner=owner, state="done", done=3, total=3, result={"counts": {"cleared": 3}, "link": ""})
    found = browser_of(owner).get(reverse("workflow-api:job-detail", args=[run.pk])).json()
    assert found["title"] == "Clearing expired sign-ins"
    assert (found["state"], found["done"], found["total"], found["counts"]) == ("done", 3, 3, {"cleared": 3})
    assert browser_of(owner).get(reverse("workflow-api:job-list")).json()["results"] == [found]


def test_the_list_is_cut_by_kind_state_and_box(owner: Staff) -> None:
    done, waiting = recipes.make_job(owner=owner, state="done"), recipes.make_job(owner=owner, kind="escalate_overdue")
    browser = browser_of(owner)
    for query, expected in (
        ("state=done", done),
        ("kind=escalate_overdue", waiting),
        ("state=queued&box=mine", waiting),
    ):
        text = text_of(browser.get(f"{reverse('workflow:job_list')}?{query}"))
        for run in (done, waiting):
            assert (reverse("workflow:job_detail", args=[run.pk]) in text) == (run == expected)

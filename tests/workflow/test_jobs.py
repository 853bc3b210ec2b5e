"""The job table: what a handler does happens once, as a whole, and what became of it is said in words."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.utils import timezone

from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken
from crm_project.workflow import checks, faults, jobs, journal, runner
from crm_project.workflow.jobs import Chunk, Outcome, Run
from crm_project.workflow.models import JobRun, JournalEntry, Notice
from crm_project.workflow.services import notices
from tests import recipes

pytestmark = pytest.mark.django_db

State = JobRun.State


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kinds of these tests, beside those of the product."""
    monkeypatch.setattr(jobs, "_kinds", dict(jobs.kinds()))
    jobs.job("write", label="Writing", counts={"written": "lines written"})(write)
    jobs.chunked_job("parts", label="In parts", counts={"written": "lines written"}, cut=cut, finish=close)(write_part)
    yield


def write(run: Run) -> Outcome:
    journal.record(journal.Act.CREATE, mark="written")
    match run.params.get("then"):
        case "refuse":
            raise RuleBroken("no_such_column", "The file has no column “amount”. Name it and upload again.")
        case "break":
            raise ValueError("client 91440300MA0000001X is wrong")
        case "miscount":
            return Outcome({"lines": 1})
    return Outcome({"written": 1}, link="/clients/7/")


def cut(params: Any) -> list[tuple[int, int]]:
    return [(1, 2), (3, 4)]


def write_part(run: Run, chunk: Chunk) -> Outcome:
    for number in range(chunk.lower, chunk.upper + 1):
        journal.record(journal.Act.CREATE, mark="written", number=number)
    if chunk.lower in run.params.get("poison", []):
        raise ValueError(f"chunk {chunk.no}")
    return Outcome({"written": chunk.upper - chunk.lower + 1})


def close(run: Run) -> Outcome:
    journal.record(journal.Act.CREATE, mark="closed")
    return Outcome(link="/risk/")


def marks(mark: str = "written") -> int:
    return JournalEntry.objects.filter(detail__mark=mark).count()


def pass_time(run: JobRun) -> None:
    """As if the leases of the job had run out."""
    past = timezone.now() - timedelta(seconds=1)
    JobRun.objects.filter(pk=run.pk, lease_until__isnull=False).update(lease_until=past)
    run.chunks.filter(lease_until__isnull=False).update(lease_until=past)


def work_off(run: JobRun) -> JobRun:
    """Works until nothing is due, with time passing between."""
    for _ in range(20):
        runner.work_through()
        pass_time(run)
    run.refresh_from_db()
    return run


@pytest.fixture
def bank() -> recipes.Bank:
    return recipes.make_bank()


@pytest.fixture
def owner(bank: recipes.Bank) -> Staff:
    return bank.staff(Role.RM)


# --- asking and doing ---------------------------------------------------------------------------------------------


def test_a_job_is_done_with_its_counts_and_its_link(owner: Staff) -> None:
    run = work_off(jobs.enqueue(kind="write", key="a", owner=owner))
    assert run.state == State.DONE
    assert run.result == {"counts": {"written": 1}, "link": "/clients/7/"}
    assert (run.attempts, run.error, run.lease_until) == (1, "", None)
    assert run.started_at and run.finished_at
    assert marks() == 1


def test_the_same_key_is_the_same_job(owner: Staff) -> None:
    first = jobs.enqueue(kind="write", key="a", owner=owner)
    assert jobs.enqueue(kind="write", key="a", owner=owner).pk == first.pk
    work_off(first)
    assert jobs.enqueue(kind="write", key="a", owner=owner).state == State.DONE
    work_off(first)
    assert marks() == 1


def test_a_key_of_another_kind_and_a_kind_without_chunks_are_mistakes() -> None:
    jobs.enqueue(kind="write", key="a")
    with pytest.raises(ValueError, match="belongs to a job of kind write"):
        jobs.enqueue(kind="parts", key="a")
    with pytest.raises(KeyError):
        jobs.enqueue(kind="unknown", key="b")
    with pytest.raises(ValueError, match="registered twice"):
        jobs.job("write", label="Again")(write)


def test_a_worker_hears_of_it_after_the_commit_only(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as calls:
        jobs.enqueue(kind="write", key="a")
        assert calls == []
    assert len(calls) == 1


def test_a_job_of_a_kind_that_this_version_does_not_know_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    run = jobs.enqueue(kind="write", key="a")
    monkeypatch.delitem(jobs._kinds, "write")
    assert work_off(run).state == State.QUEUED


def test_history_written_by_a_job_names_its_owner(owner: Staff, bank: recipes.Bank) -> None:
    def rename(run: Run) -> None:
        person = recipes.make_person()
        person.name = "新名"
        person.save()

    jobs.job("rename", label="Renaming")(rename)
    run = work_off(jobs.enqueue(kind="rename", key="a", owner=owner))
    event = recipes.Person.pgh_event_model.objects.order_by("pgh_id").last()  # type: ignore[attr-defined]
    assert event.pgh_context == {"user": owner.pk, "job": run.pk}


# --- in chunks ----------------------------------------------------------------------------------------------------


def test_chunks_add_up_and_a_last_step_ends_the_job() -> None:
    run = jobs.enqueue(kind="parts", key="a", chunks=[(1, 3), (4, 6), (7, 7)])
    assert run.total == 3
    work_off(run)
    assert run.state == State.DONE
    assert (run.done, run.total) == (3, 3)
    assert run.result == {"counts": {"written": 7}, "link": "/risk/"}
    assert marks() == 7
    assert marks("closed") == 1


def test_chunks_come_from_the_kind_where_the_caller_names_none() -> None:
    work_off(jobs.enqueue(kind="parts", key="a"))
    assert marks() == 4


def test_a_job_without_anything_to_do_ends_with_its_last_step() -> None:
    assert work_off(jobs.enqueue(kind="parts", key="a", chunks=[])).state == State.DONE
    assert (marks(), marks("closed")) == (0, 1)


def test_a_chunk_that_fails_leaves_nothing_and_the_others_are_done() -> None:
    run = work_off(jobs.enqueue(kind="parts", key="a", params={"poison": [3]}, chunks=[(1, 2), (3, 4), (5, 6)]))
    assert run.state == State.FAILED
    assert (run.done, run.total) == (2, 3)
    assert marks() == 4
    assert marks("closed") == 0
    assert run.chunks.get(done_at__isnull=True).attempts == 3


def test_trying_again_does_only_what_was_not_done(owner: Staff) -> None:
    run = work_off(jobs.enqueue(kind="parts", key="a", owner=owner, params={"poison": [3]}))
    jobs.chunked_job("whole parts", label="x")(write_part)
    jobs._kinds["parts"] = jobs.Kind("parts", "In parts", close, _write_all, None, {"written": "lines"}, "")
    jobs.retry(run=run, by=owner)
    assert work_off(run).state == State.DONE
    assert marks() == 4
    assert run.result == {"counts": {"written": 4}, "link": "/risk/"}


def _write_all(run: Run, chunk: Chunk) -> Outcome:
    run.params["poison"] = []
    return write_part(run, chunk)


# --- failing ------------------------------------------------------------------------------------------------------


def test_a_broken_rule_ends_the_job_with_its_words_at_once(owner: Staff) -> None:
    run = work_off(jobs.enqueue(kind="write", key="a", owner=owner, params={"then": "refuse"}))
    assert (run.state, run.attempts) == (State.FAILED, 1)
    assert run.error == "The file has no column “amount”. Name it and upload again."
    assert marks() == 0


def test_the_owner_of_a_failed_job_is_told_once_per_failure(owner: Staff) -> None:
    run = work_off(jobs.enqueue(kind="write", key="a", owner=owner, params={"then": "break"}))
    work_off(jobs.enqueue(kind="write", key="b", owner=owner))
    (notice,) = Notice.objects.filter(staff=owner)
    assert "Writing" in notices.kind_of(notice).text(notice)
    assert notices.kind_of(notice).address(notice) == f"/work/jobs/{run.pk}/"
    jobs.retry(run=run, by=owner)
    work_off(run)
    assert Notice.objects.filter(staff=owner).count() == 2


def test_an_unexpected_error_is_tried_three_times_and_gives_no_data_away(owner: Staff) -> None:
    owner.language = "en"
    owner.save()
    run = work_off(jobs.enqueue(kind="write", key="a", owner=owner, params={"then": "break"}))
    assert (run.state, run.attempts) == (State.FAILED, 3)
    assert run.error.startswith("Something went wrong on our side.")
    assert "91440300MA" not in run.error
    assert marks() == 0


def test_a_failed_attempt_waits_before_the_next(owner: Staff) -> None:
    run = jobs.enqueue(kind="write", key="a", owner=owner, params={"then": "break"})
    assert runner.work_through() == 1
    assert runner.work_through() == 0
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.QUEUED, 1)
    assert run.error


def test_a_count_that_the_kind_does_not_declare_is_a_mistake() -> None:
    run = work_off(jobs.enqueue(kind="write", key="a", params={"then": "miscount"}))
    assert run.state == State.FAILED
    assert marks() == 0


def test_a_worker_lost_three_times_ends_the_job() -> None:
    run = jobs.enqueue(kind="write", key="a")
    for _ in range(3):
        assert runner.next_claim() is not None
        assert runner.next_claim() is None
        pass_time(run)
    assert runner.next_claim() is None
    run.refresh_from_db()
    assert (run.state, run.attempts) == (State.FAILED, 3)
    assert run.error


def test_an_attempt_that_was_overtaken_does_nothing() -> None:
    run = jobs.enqueue(kind="write", key="a")
    slow = runner.next_claim()
    pass_time(run)
    quick = runner.next_claim()
    assert slow and quick
    runner.work(slow)
    assert marks() == 0
    runner.work(quick)
    runner.work(slow)
    runner.work(quick)
    run.refresh_from_db()
    assert (run.state, marks()) == (State.DONE, 1)


def test_a_chunk_that_was_overtaken_does_nothing() -> None:
    run = jobs.enqueue(kind="parts", key="a", chunks=[(1, 2)])
    slow = runner.next_claim()
    pass_time(run)
    quick = runner.next_claim()
    assert slow and quick
    for claim in (slow, quick, slow, quick):
        runner.work(claim)
    assert marks() == 2


def test_without_the_attempt_number_the_overtaken_one_would_do_it_twice() -> None:
    """The control of the two tests above."""
    jobs.enqueue(kind="write", key="a")
    claim = runner.next_claim()
    assert claim
    for _ in range(2):
        write(Run(claim.run, claim.attempt))
    assert marks() == 2


def test_a_job_of_an_account_that_was_closed_is_not_done(owner: Staff) -> None:
    run = jobs.enqueue(kind="write", key="a", owner=owner)
    owner.is_active = False
    owner.save()
    assert work_off(run).state == State.FAILED
    assert marks() == 0


# --- cancelling and trying again ----------------------------------------------------------------------------------


def test_a_waiting_job_is_cancelled_at_once(owner: Staff) -> None:
    run = jobs.enqueue(kind="write", key="a", owner=owner)
    assert jobs.cancel(run=run, by=owner).state == State.CANCELLED
    assert work_off(run).state == State.CANCELLED
    assert marks() == 0


def test_a_running_job_is_cancelled_between_its_chunks(owner: Staff) -> None:
    run = jobs.enqueue(kind="parts", key="a", owner=owner, chunks=[(1, 1), (2, 2), (3, 3)])
    claim = runner.next_claim()
    assert claim
    assert jobs.cancel(run=run, by=owner).state == State.RUNNING
    runner.work(claim)
    assert work_off(run).state == State.CANCELLED
    assert (marks(), run.done) == (1, 1)


def test_a_handler_that_hears_of_the_cancellation_leaves_nothing(owner: Staff) -> None:
    def stop(run: Run) -> None:
        journal.record(journal.Act.CREATE, mark="written")
        raise jobs.Cancelled

    jobs.job("stop", label="Stopping")(stop)
    assert work_off(jobs.enqueue(kind="stop", key="a", owner=owner)).state == State.CANCELLED
    assert marks() == 0


def test_a_failed_job_can_be_tried_again(owner: Staff) -> None:
    run = work_off(jobs.enqueue(kind="write", key="a", owner=owner, params={"then": "break"}))
    again = jobs.retry(run=run, by=owner)
    assert (again.state, again.attempts, again.error) == (State.QUEUED, 0, "")
    assert work_off(run).attempts == 3


def test_what_has_ended_cannot_be_cancelled_and_what_is_well_not_retried(owner: Staff) -> None:
    run = work_off(jobs.enqueue(kind="write", key="a", owner=owner))
    with pytest.raises(RuleBroken, match=r".+") as refusal:
        jobs.cancel(run=run, by=owner)
    assert refusal.value.rule == "job_has_ended"
    with pytest.raises(RuleBroken) as refusal:
        jobs.retry(run=run, by=owner)
    assert refusal.value.rule == "job_did_not_fail"


def test_only_its_owner_steers_a_job_and_an_administrator_what_belongs_to_nobody(
    owner: Staff, bank: recipes.Bank
) -> None:
    mine, nobodys = jobs.enqueue(kind="write", key="a", owner=owner), jobs.enqueue(kind="write", key="b")
    administrator, officer = bank.staff(Role.ADMINISTRATOR), bank.staff(Role.RISK_OFFICER)
    for run, by in ((mine, administrator), (mine, officer), (nobodys, owner)):
        with pytest.raises(RuleBroken) as refusal:
            jobs.cancel(run=run, by=by)
        assert refusal.value.rule == "job_of_somebody_else"
    assert jobs.cancel(run=nobodys, by=administrator).state == State.CANCELLED


# --- rights and faults --------------------------------------------------------------------------------------------


def test_the_application_may_not_change_what_a_job_is_nor_delete_it(owner: Staff) -> None:
    run = jobs.enqueue(kind="write", key="a", owner=owner)
    for statement in (
        "UPDATE workflow_jobrun SET params = '{}' WHERE id = %s",
        "UPDATE workflow_jobrun SET owner_id = NULL WHERE id = %s",
        "UPDATE workflow_jobchunk SET lower = 0 WHERE run_id = %s",
        "DELETE FROM workflow_jobrun WHERE id = %s",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), _savepoint(), connection.cursor() as cursor:
            cursor.execute(statement, [run.pk])


def _savepoint() -> Any:
    from django.db import transaction

    return transaction.atomic()


def test_fault_points_do_nothing_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    faults.hit("anywhere")
    assert checks.no_fault_points_are_on(None) == []
    monkeypatch.setenv(faults.VARIABLE, "here=raise,there=jump")
    faults.hit("anywhere")
    with pytest.raises(faults.Fault):
        faults.hit("here")
    with pytest.raises(ValueError, match="jump"):
        faults.hit("there")
    assert [error.id for error in checks.no_fault_points_are_on(None)] == ["workflow.E001"]


@pytest.mark.parametrize("point", ["job.before_commit.1", "job.claimed.1"])
def test_a_fault_before_the_commit_leaves_nothing_and_the_next_attempt_does_it(
    point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(faults.VARIABLE, f"{point}=raise")
    run = jobs.enqueue(kind="write", key="a")
    try:
        runner.work_through()
    except faults.Fault:
        assert point == "job.claimed.1"
    assert marks() == 0
    assert work_off(run).state == State.DONE
    assert (marks(), run.attempts) == (1, 2)

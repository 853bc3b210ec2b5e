"""Many take the same file of statements over at the same moment: one of them does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection

from clients.models import Client, Statement, StatementUpload
from clients.services.statements import Period, commit_upload
from clients.statement_books import periods_of
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.errors import RuleBroken, Stale
from tests import recipes

THREADS = 8


@pytest.fixture(scope="module")
def manager(live_database: str) -> Staff:
    return recipes.make_bank().staff(Role.RM)


@pytest.fixture
def client(manager: Staff) -> Client:
    return recipes.make_client(manager)


def at_once(work: Any) -> list[Any]:
    """Results of THREADS calls that begin together, each on its own connection; refusals as their class."""
    together = Barrier(THREADS)

    def one(number: int) -> Any:
        connection.ensure_connection()
        together.wait()
        try:
            return work(number)
        except (RuleBroken, Stale, DatabaseError) as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_of_simultaneous_commits_of_one_file_one_books(client: Client, manager: Staff) -> None:
    upload = recipes.make_upload(client, manager, years=(2024, 2025))
    results = at_once(lambda _n: len(commit_upload(upload=upload, replaces=(), warnings_read=True, by=manager)))
    assert sorted(map(str, results)) == sorted(["2"] + [str(RuleBroken)] * (THREADS - 1))
    assert Statement.objects.filter(client=client).count() == 2
    assert StatementUpload.objects.get(pk=upload.pk).state == "committed"


def test_of_simultaneous_commits_of_several_files_one_books_and_the_rest_look_again(
    client: Client, manager: Staff
) -> None:
    uploads = [recipes.make_upload(client, manager) for _ in range(THREADS)]
    results = at_once(lambda n: len(commit_upload(upload=uploads[n], replaces=(), warnings_read=True, by=manager)))
    assert (results.count(1), results.count(Stale)) == (1, THREADS - 1)
    assert Statement.objects.filter(client=client).count() == 1


def test_the_control_without_lock_and_comparison_several_believe_that_they_book(client: Client, manager: Staff) -> None:
    upload = recipes.make_upload(client, manager)
    period = [Period(day, True, "unqualified", values) for day, values in periods_of(upload).items()][0]
    checked = Barrier(THREADS)

    def naive(_number: int) -> str:
        state = StatementUpload.objects.get(pk=upload.pk).state
        checked.wait()
        Statement.objects.create(
            root_id=client.root_id,
            client=client,
            upload=upload,
            period_end=period.period_end,
            months=12,
            consolidated=True,
            audit_opinion="unqualified",
        )
        return state

    results = at_once(naive)
    assert results.count("preview") == 1  # the constraint of the table keeps it to one
    assert sum(isinstance(each, type) and issubclass(each, DatabaseError) for each in results) == THREADS - 1

"""Fixtures that every test may use. The environment is set before Django reads its settings.

`db` (or `@pytest.mark.django_db`)  a copy of the template database, each test rolled back, connected as crm_app
`live_database`  per module: a copy of its own, commits are real, nothing is rolled back
`live`           the same with a real Celery worker
`http`           the same with a real gunicorn
"""

import os
from collections.abc import Iterator
from typing import Any

import django
import pytest
import redis
from django.conf import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from crm_project import embedded, embedded_servers
from tests import pgtest, servers

RUN = os.environ.setdefault("CRM_TEST_RUN", str(os.getpid()))  # the same in all workers of pytest-xdist
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"t_{RUN}_{WORKER}"
VALKEY_SOCKET = embedded.ensure_runtime_dir() / f"{RUN}-{WORKER}.sock"


def pytest_configure(config: pytest.Config) -> None:
    """Points Django at this worker's database and broker, then reads the settings.

    The controller of pytest-xdist runs no test and leaves Django alone: its workers inherit its environment and would
    read their settings from it before this file is loaded.
    """
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        return
    os.environ.update(
        DJANGO_SETTINGS_MODULE="crm_project.settings.test",
        DATABASE_URL=pgtest.url(DATABASE),
        REDIS_URL=f"unix://{VALKEY_SOCKET}",
        TZ="Asia/Shanghai",
    )
    os.environ.pop("PGOPTIONS", None)
    django.setup()
    if settings.DATABASES["default"]["NAME"] != DATABASE:
        raise pytest.UsageError("settings were read too early: unset DJANGO_SETTINGS_MODULE and leave out --ds")


class LiveTogether(LoadScopeScheduling):
    """Spreads tests singly, but keeps live modules on one worker and each browser module on one."""

    def _split_scope(self, nodeid: str) -> str:
        if "/live/" in nodeid:
            return "live"
        return nodeid.split("::")[0] if "/browser/" in nodeid else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LiveTogether:
    return LiveTogether(config, log)  # --dist loadgroup has no effect with pytest 9.2 and xdist 3.8


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses tests that would empty the database: the role of the tests may not, and the rules would be gone."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        wants = marker is not None and (marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
        if wants or "transactional_db" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid}: transactional tests are refused, use the fixture `live`")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Replaces the fixture of pytest-django: the role of the tests creates nothing."""
    pgtest.server()
    if WORKER in ("main", "gw0"):
        pgtest.drop_of_dead_runs()
    pgtest.clone(DATABASE)
    yield
    _use(DATABASE)  # closes the connection
    pgtest.drop(DATABASE)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Address of this worker's own Redis-protocol server."""
    child = embedded_servers.start_valkey(VALKEY_SOCKET, pgtest.LOGS / f"valkey-{WORKER}.log")
    yield os.environ["REDIS_URL"]
    child.stop(patience=5)
    VALKEY_SOCKET.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def live_database(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[str]:
    """Name of a copy that this module alone uses, open to its tests. With `pytestmark = pytest.mark.demo` it
    holds the demo."""
    name = f"l_{RUN}_{WORKER}_{request.module.__name__.rpartition('.')[2]}"
    pgtest.clone(name, demo=request.node.get_closest_marker("demo") is not None)
    with django_db_blocker.unblock():
        _use(name)
        try:
            yield name
        finally:
            _use(DATABASE)
            pgtest.drop(name)


@pytest.fixture(scope="module")
def live(live_database: str, valkey: str) -> Iterator[servers.Worker]:
    """A real worker, up when the first test begins."""
    redis.Redis.from_url(valkey).flushall()
    with servers.running_worker(live_database) as worker:
        yield worker


@pytest.fixture(scope="module")
def http(live_database: str, valkey: str) -> Iterator[servers.Site]:
    """A real web server, answering when the first test begins."""
    with servers.running_site(live_database) as site:
        yield site


def _use(name: str) -> None:
    """Points Django's connection, and those that threads open from now on, at another database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name

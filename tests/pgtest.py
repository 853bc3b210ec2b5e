"""The test database: one cluster per clone, one template per state of the schema, one cheap copy per use.

python -m tests.pgtest stop    ends the cluster (`.ci/run` does it; otherwise it stays for the next run)
"""

import fcntl
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from crm_project import embedded, setup_steps
from crm_project import embedded_servers as servers
from crm_project.processes import is_alive

# Nothing here outlives a run, so nothing waits for the disk. Drills bring a durable cluster of their own.
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
KEEP_TEMPLATES = 4
DECIDES = re.compile(
    r"/migrations/|/models|/rules/|insert_only|securetables|quickmigrate|setup_steps|embedded|requirements"
)
LOGS = embedded.var_dir() / "test-log"
BANK_USES_UNCONFIRMED = (
    "insert into organization_person (number, name) values ('RULES', '规则管理岗')",
    "update rules_ruleset set use_unconfirmed_from = '2000-01-01', use_unconfirmed_by_id ="
    " (select id from organization_person where number = 'RULES') where provenance = 'unconfirmed'",
)
"""The bank of the tests has decided to use the shipped rules whose official text nobody has read."""


def socket_dir() -> Path:
    return embedded.runtime_dir() / "pgtest"


def url(name: str, user: str = embedded.APP_ROLE) -> str:
    """Address of a test database."""
    return f"postgresql://{user}@/{name}?host={socket_dir()}"


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time: the workers of pytest-xdist arrive together."""
    path = embedded.var_dir() / "pgtest.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def server() -> servers.Postgres:
    """The running test cluster, started where it is not."""
    with _locked():
        embedded.ensure_runtime_dir()
        data = embedded.ensure_data_root() / "pgtest"
        found = servers.start_postgres(data, socket_dir(), LOGS / "postgres.log", OPTIONS)
        if not found.adopted:
            _drop_matching(r"^[tl]_\d+_")  # nobody can still use the copies of a cluster that stood still
        return found


@cache
def template(demo: bool = False) -> str:
    """Name of the template database for the schema and rules of this moment, made where it is missing.

    demo: with the demo loaded. A broken migration raises setup_steps.StepFailed with the end of its output.
    """
    server()
    name = f"template_{setup_steps.digest(_inputs(demo))}" + ("_demo" if demo else "")
    base = template() if demo else ""
    with _locked():
        if not servers.fetch(socket_dir(), "select 1 from pg_database where datname = %s", name):
            draft = f"{name}_new"
            _drop(draft)
            if demo:
                _copy(draft, base)
                setup_steps.manage(
                    "loaddemo", log=LOGS / "template.log", environ=_environ(draft) | setup_steps.LONG_SQL
                )
            else:
                servers.create_roles_and_database(socket_dir(), draft)
                setup_steps.prepare_database(_environ(draft, embedded.OWNER_ROLE), LOGS / "template.log")
                servers.execute(socket_dir(), *BANK_USES_UNCONFIRMED, name=draft, user=embedded.OWNER_ROLE)
            servers.execute(
                socket_dir(), f"alter database {draft} rename to {name}", f"alter database {name} is_template true"
            )
            _forget_old_templates()
    return name


def clone(name: str, demo: bool = False) -> str:
    """A fresh copy of the template under this name, 0.1 s; returns the name."""
    source = template(demo)
    _drop(name)
    _copy(name, source)
    return name


def drop(name: str) -> None:
    _drop(name)


def stop() -> None:
    """Ends the cluster; its templates stay for the next run."""
    servers.stop_postgres(embedded.ensure_data_root() / "pgtest")


def drop_of_dead_runs() -> None:
    """Drops the copies that killed test runs left: their names carry the run's process id."""
    for (name,) in servers.fetch(socket_dir(), "select datname from pg_database where datname ~ '^[tl]_[0-9]+_'"):
        if not is_alive(int(name.split("_")[1])):
            _drop(name)


def _copy(name: str, source: str) -> None:
    servers.execute(socket_dir(), f"create database {name} template {source}", user=embedded.OWNER_ROLE)


def _drop(name: str) -> None:
    servers.execute(socket_dir(), f"drop database if exists {name} with (force)")


def _drop_matching(pattern: str) -> None:
    for (name,) in servers.fetch(socket_dir(), "select datname from pg_database where datname ~ %s", pattern):
        _drop(name)


def _forget_old_templates() -> None:
    query = "select datname from pg_database where datname ~ '^template_[0-9a-f]{16}' order by oid desc"
    for (name,) in servers.fetch(socket_dir(), query)[KEEP_TEMPLATES:]:
        servers.execute(socket_dir(), f"alter database {name} is_template false")
        _drop(name)


def _environ(name: str, user: str = embedded.APP_ROLE) -> dict[str, str]:
    return {"DATABASE_URL": url(name, user), "DJANGO_SETTINGS_MODULE": "crm_project.settings.test"}


def _inputs(demo: bool) -> list[Path]:
    """Files that decide what the template holds: migrations, rules, insert-only tables; for the demo all code."""
    if demo:
        return setup_steps.source_files()
    return [path for path in setup_steps.source_files() if DECIDES.search(path.as_posix())]


if __name__ == "__main__":
    if sys.argv[1:] != ["stop"]:
        sys.exit(__doc__)
    stop()

"""Real servers for tests: what the fixtures `live`, `http` and `browser_page` start."""

import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from crm_project import embedded, processes
from tests import pgtest


@dataclass(frozen=True)
class Worker:
    """A running Celery worker on the module's database."""

    database: str
    process: processes.Child


@dataclass(frozen=True)
class Site:
    """A running gunicorn on the module's database. `address` ends without a slash."""

    database: str
    address: str
    process: processes.Child


@contextmanager
def running_worker(database: str) -> Iterator[Worker]:
    """A worker that answers a ping; ended afterwards."""
    from crm_project.celery import app

    command = ["celery", "-A", "crm_project", "worker", "-c", "1", "--without-gossip", "--without-mingle"]
    environ = {"PGOPTIONS": "-c statement_timeout=60s"}
    with _running("worker", [*command, "--loglevel", "INFO"], database, environ) as it:
        wait_for(lambda: bool(app.control.ping(timeout=0.2)), it)
        yield Worker(database, it)


@contextmanager
def running_site(database: str) -> Iterator[Site]:
    """A gunicorn that answers /healthz; ended afterwards."""
    port = free_port()
    command = ["gunicorn", "crm_project.wsgi", "--bind", f"127.0.0.1:{port}", "-k", "gthread", "-w", "2"]
    with _running("web", [*command, "--threads", "8", "--no-control-socket"], database, {}) as it:
        wait_for(lambda: is_up(port), it)
        yield Site(database, f"http://127.0.0.1:{port}", it)


@contextmanager
def _running(name: str, command: list[str], database: str, environ: Mapping[str, str]) -> Iterator[processes.Child]:
    log = pgtest.LOGS / f"{name}-{database}.log"
    environ = {"DATABASE_URL": pgtest.url(database), **environ}
    child = processes.spawn(name, [sys.executable, "-m", *command], log, environ, embedded.REPOSITORY)
    try:
        yield child
    finally:
        child.stop(patience=5)


def wait_for(true: Callable[[], bool], child: processes.Child | None = None, patience: float = 30) -> None:
    """Returns as soon as the condition holds; fails after `patience` seconds or when the process ends before."""
    deadline = time.monotonic() + patience
    while not true():
        if child is not None and not child.is_running():
            raise AssertionError(f"{child.name} ended; its log:\n{child.log.read_text(errors='replace')[-3000:]}")
        if time.monotonic() > deadline:
            raise AssertionError(f"still waiting after {patience:g} s" + (f"; log: {child.log}" if child else ""))
        time.sleep(0.02)


def is_up(port: int, path: str = "/healthz") -> bool:
    """Whether a web server on this port answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

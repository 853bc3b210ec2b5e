"""`make run`: starts from nothing, ends without a trace, survives being killed.

A start costs seconds, so tests share one: a `var` is started, interrupted, started and killed, and started again.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crm_project import embedded
from crm_project.embedded_servers import fetch, postmaster_pid, start_postgres, stop_postgres
from tests import pgtest
from tests.live import supervised
from tests.servers import free_port, wait_for


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with supervised.temporary_var(tmp_path_factory.mktemp("run")) as folder:
        yield folder


@dataclass(frozen=True)
class Ended:
    """What one run said, what it had started, and how it ended."""

    run: supervised.Run
    status: int
    started: set[int]
    code: int


def start_and_end(var: Path, sign: signal.Signals) -> Ended:
    run = supervised.start(var, CRM_PORT=str(free_port()))
    status, started = run.answer(), run.processes()
    return Ended(run, status, started, run.end(sign))


@pytest.fixture(scope="module")
def first(var: Path) -> Ended:
    """The first start, ended by an interrupt."""
    return start_and_end(var, signal.SIGINT)


@pytest.fixture(scope="module")
def killed(var: Path, first: Ended) -> Ended:
    """The second start, killed."""
    return start_and_end(var, signal.SIGKILL)


@pytest.fixture(scope="module")
def running(var: Path, killed: Ended) -> Iterator[supervised.Run]:
    """The third start, with port 8000 taken."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", 8000))
            holder.listen()
        except OSError:
            pass  # another program holds it: as good
        run = supervised.start(var)
        run.address()
    yield run
    if run.process.poll() is None:
        run.end()


def test_first_start_makes_everything_and_serves(first: Ended) -> None:
    assert first.status == 200
    assert "making the database cluster" in first.run.text and "database: migrating" in first.run.text
    assert len(first.started) == 5, "web, worker, beat, Valkey, PostgreSQL"


def test_one_interrupt_ends_every_process(first: Ended, var: Path) -> None:
    assert first.code == 0
    assert supervised.gone(first.started)


def test_second_start_skips_what_is_done_and_is_ready_in_under_fifteen_seconds(killed: Ended) -> None:
    text = killed.run.text
    assert killed.status == 200
    assert "migrating" not in text and "collecting" not in text and "rules:" not in text
    assert killed.run.seconds() < 15


def test_killed_supervisor_leaves_only_the_database_running(killed: Ended, var: Path) -> None:
    database = postmaster_pid(supervised.data_dir(var))
    assert killed.code == -signal.SIGKILL and database in killed.started
    wait_for(lambda: supervised.gone(killed.started - {database}))


def test_next_start_takes_over_what_a_killed_one_left(killed: Ended, running: supervised.Run, var: Path) -> None:
    database = postmaster_pid(supervised.data_dir(var))
    assert f"took over the running server (process {database})" in running.text
    assert running.answer() == 200


def test_taken_port_is_named_and_the_next_one_is_used(running: supervised.Run) -> None:
    assert "port 8000 is taken, trying 8001 (CRM_PORT chooses one)" in running.text
    assert ":8000/" not in running.address()


def test_taken_port_that_a_person_chose_is_refused(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        run = supervised.start(tmp_path / "var", CRM_PORT=str(holder.getsockname()[1]))
        assert run.process.wait(20) == 1
    assert "is taken; free it or set CRM_PORT to another" in run.text


def test_second_supervisor_is_refused_and_told_where_the_first_one_is(running: supervised.Run, var: Path) -> None:
    second = supervised.start(var, CRM_PORT=str(free_port()))
    assert second.process.wait(20) == 1
    assert f"already running (process {running.process.pid}, {running.address()})" in second.text
    assert running.answer() == 200


def test_child_that_ends_takes_all_down_with_a_line_naming_its_log(running: supervised.Run, var: Path) -> None:
    started = running.processes()
    beat = next(pid for pid in started if "\0beat\0" in Path(f"/proc/{pid}/cmdline").read_text())
    os.kill(beat, signal.SIGKILL)
    assert running.process.wait(60) == 1
    assert f"beat ended by itself; its log {var / 'log' / 'beat.log'}" in running.text
    assert supervised.gone(started)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_everything_ends_with_the_make_that_called(
    first: Ended, var: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"run:\n\t@exec {' '.join(supervised.COMMAND)} --end-with-parent\n")
    make = supervised.start(var, ["make", "-f", str(makefile)], ignoring=False, CRM_PORT=str(free_port()))
    make.address()
    started = make.processes()
    make.end(sign)
    wait_for(lambda: supervised.gone(started) and not (var / "run.json").exists(), patience=60)


def test_addresses_switch_to_other_servers(first: Ended, var: Path, live_database: str, valkey: str) -> None:
    environ = {
        "DATABASE_URL": pgtest.url(live_database),
        "DATABASE_OWNER_URL": pgtest.url(live_database, embedded.OWNER_ROLE),
        "REDIS_URL": valkey,
    }
    run = supervised.start(var, CRM_PORT=str(free_port()), **environ)
    assert run.answer() == 200
    assert "DATABASE_URL is set" in run.text and "REDIS_URL is set" in run.text
    assert len(run.processes()) == 3, "web, worker, beat"
    assert run.end(signal.SIGTERM) == 0


def test_database_whose_socket_folder_was_lost_is_started_again(tmp_path: Path) -> None:
    sockets = embedded.runtime_dir() / f"lost-{os.getpid()}"
    data, log = embedded.ensure_data_root() / sockets.name, tmp_path / "log"
    before = start_postgres(data, sockets, log, pgtest.OPTIONS)
    try:
        for file in sockets.iterdir():
            file.unlink()
        sockets.rmdir()
        after = start_postgres(data, sockets, log)
        assert not after.adopted and after.pid != before.pid
        assert fetch(sockets, "select 1") == [(1,)]
    finally:
        stop_postgres(data)
        supervised.remove(data, sockets)


def test_secret_key_is_made_once_and_private(first: Ended, var: Path) -> None:
    path = var / "secret_key"
    made = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600 and len(made) > 50
    asked = subprocess.run(
        [sys.executable, "-c", "from crm_project import embedded; print(embedded.secret_key({}))"],
        env={**os.environ, "CRM_VAR": str(var)},
        cwd=embedded.REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == made

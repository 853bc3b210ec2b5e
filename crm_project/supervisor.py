"""`make run`: servers, database, demo, then web, worker and beat, all ended by one Ctrl-C.

python -m crm_project.supervisor [--end-with-parent]

Environment: CRM_PORT (8000, or the next free one), CRM_VAR, CRM_WORKERS (2), DATABASE_URL, DATABASE_OWNER_URL (role
that migrates), REDIS_URL, CRM_DEMO (1 loads the demo into the database of DATABASE_URL too, 0 never).
"""

import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import IO

from crm_project import embedded, setup_steps
from crm_project import embedded_servers as servers
from crm_project.processes import (
    Child,
    birth,
    catches_interrupts,
    end_leftovers,
    end_with_parent,
    is_alive,
    spawn,
)
from crm_project.setup_steps import StepFailed, Stopped, say

MEMORY = Path("/dev/shm")  # noqa: S108  (the web workers' heartbeat, which must not wait for a disk)
PATIENCE = {"web": 15.0, "beat": 5.0, "worker": 40.0, "valkey": 5.0}  # seconds between asking and killing


class Supervisor:
    """One run: holds the children it started and ends them in order."""

    def __init__(self, make: int | None) -> None:
        self.make = make  # process id of the calling `make`, with which the run ends
        self.make_catches = make is not None and catches_interrupts(make)
        self.logs = embedded.var_dir() / "log"
        self.children: dict[str, Child] = {}
        self.postgres: servers.Postgres | None = None
        self.signals = 0

    def run(self, lock: IO[str]) -> int:
        """Starts everything and watches it. Returns the exit code: 0 where a person ended it."""
        try:
            self._start(lock)
            return self._watch()
        except Stopped:
            return 0
        except (StepFailed, servers.ServerError) as error:
            say(str(error))
            return 1
        finally:
            self._stop()

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first signal ends the run in order, the second at once."""
        self.signals += 1
        if self.signals > 1:
            for child in self.children.values():
                if child.is_running():
                    child.popen.kill()

    def _asked_to_stop(self) -> bool:
        """By a signal, by the end of `make`, or by an interrupt sent to `make` alone, which it does not pass on."""
        if self.signals or self.make is None:
            return self.signals > 0
        return os.getppid() != self.make or (self.make_catches and not catches_interrupts(self.make))

    def _check_stop(self) -> None:
        if self._asked_to_stop():
            raise Stopped

    def _start(self, lock: IO[str]) -> None:
        started = time.monotonic()
        port = choose_port(os.environ.get("CRM_PORT"))
        self._end_leftovers()
        embedded.ensure_runtime_dir()
        data_root = embedded.ensure_data_root()
        if os.environ.get("REDIS_URL"):
            say("Valkey: not started, REDIS_URL is set")
        else:
            say("Valkey: starting")
            valkey = servers.start_valkey(embedded.valkey_socket(), self.logs / "valkey.log", data_root / "valkey")
            self._keep("valkey", valkey)
        self._check_stop()
        if os.environ.get("DATABASE_URL"):
            say("PostgreSQL: not started, DATABASE_URL is set")
        else:
            self._start_postgres(data_root / "postgres")
        setup_steps.prepare(self.postgres, self.logs / "setup.log", self._check_stop)
        self._start_web(port)
        address = f"http://127.0.0.1:{port}/"
        say(f"ready after {time.monotonic() - started:.1f} s: {address}")
        _note_in(lock, f"process {os.getpid()}, {address}")
        self._start_background()
        if shown := setup_steps.signins():
            print(f"\n{shown}\n", flush=True)
        say(f"logs: {self.logs}    stop: Ctrl-C")

    def _start_postgres(self, data_dir: Path) -> None:
        say("PostgreSQL: starting" if data_dir.exists() else "PostgreSQL: making the database cluster")
        self.postgres = servers.start_postgres(data_dir, embedded.postgres_socket_dir(), self.logs / "postgres.log")
        if self.postgres.adopted:
            say(f"PostgreSQL: took over the running server (process {self.postgres.pid})")
        servers.create_roles_and_database(self.postgres.socket_dir, embedded.database_settings(os.environ)["NAME"])

    def _start_web(self, port: int) -> None:
        say(f"web: starting on port {port}")
        web = [sys.executable, "-m", "gunicorn", "crm_project.wsgi", "--bind", f"127.0.0.1:{port}", "-k", "gthread"]
        web += ["-w", os.environ.get("CRM_WORKERS", "2"), "--threads", "8", "--no-control-socket", "--preload"]
        web += ["--graceful-timeout", "10", "--max-requests", "5000", "--max-requests-jitter", "500"]
        if MEMORY.is_dir():
            web += ["--worker-tmp-dir", str(MEMORY)]
        self._spawn("web", web, {})
        self._wait_until_ready(port)

    def _start_background(self) -> None:
        say("worker and beat: starting")
        celery = [sys.executable, "-m", "celery", "-A", "crm_project"]
        worker = [*celery, "worker", "-c", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        beat = [*celery, "beat", "--pidfile=", "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler"]
        self._spawn("worker", worker, setup_steps.LONG_SQL)
        self._spawn("beat", [*beat, "--loglevel", "INFO"], setup_steps.LONG_SQL)

    def _spawn(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        environ = {**setup_steps.ENVIRON, **environ}
        self._keep(name, spawn(name, command, self.logs / f"{name}.log", environ, embedded.REPOSITORY))

    def _keep(self, name: str, child: Child) -> None:
        self.children[name] = child
        noted = {str(kept.pid): birth(kept.pid) for kept in self.children.values()}
        _run_note().write_text(json.dumps(noted))

    def _end_leftovers(self) -> None:
        """Ends what a killed supervisor left; PostgreSQL is not among it, it is adopted."""
        try:
            noted = json.loads(_run_note().read_text())
        except (OSError, ValueError):
            return
        if left := end_leftovers(noted):
            say(f"ended {len(left)} processes that an earlier run had left")
        _run_note().unlink()

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + 60
        while not _is_up(port):
            self._check_stop()
            self._check_children()
            if time.monotonic() > deadline:
                raise StepFailed(f"the web server does not answer; its log: {self.logs / 'web.log'}")
            time.sleep(0.05)

    def _watch(self) -> int:
        while not self._asked_to_stop():
            self._check_children()
            time.sleep(0.2)
        return 0

    def _check_children(self) -> None:
        for child in self.children.values():
            if not child.is_running():
                raise StepFailed(_ended_by_itself(child.name, child.log))
        if self.postgres is not None and not is_alive(self.postgres.pid, "postgres"):
            raise StepFailed(_ended_by_itself("PostgreSQL", self.logs / "postgres.log"))

    def _stop(self) -> None:
        if self.children or self.postgres:
            say("stopping")
        front = [self.children[name] for name in ("beat", "web") if name in self.children]
        for child in front:
            if child.is_running():
                child.popen.terminate()
        behind = [self.children[name] for name in ("worker", "valkey") if name in self.children]
        for child in front + behind:  # the worker finishes its task while broker and database still run
            child.stop(PATIENCE[child.name])
        if self.postgres is not None:
            servers.stop_postgres(self.postgres.data_dir)
        _run_note().unlink(missing_ok=True)


def choose_port(wanted: str | None) -> int:
    """CRM_PORT, else 8000 or the next free port. Raises StepFailed where the wanted port is taken."""
    if wanted is not None:
        if not wanted.isdigit():
            raise StepFailed(f"CRM_PORT must be a number, not {wanted!r}")
        if not _is_free(int(wanted)):
            raise StepFailed(f"port {wanted} is taken; free it or set CRM_PORT to another")
        return int(wanted)
    for port in range(8000, 8100):
        if _is_free(port):
            return port
        say(f"port {port} is taken, trying {port + 1} (CRM_PORT chooses one)")
    raise StepFailed("ports 8000 to 8099 are taken; set CRM_PORT to a free one")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _is_up(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _ended_by_itself(name: str, log: Path) -> str:
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return f"{name} ended by itself; its log {log} ends with:\n{tail}"


def _run_note() -> Path:
    return embedded.var_dir() / "run.json"


def _note_in(lock: IO[str], text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def _take_lock() -> IO[str] | None:
    """The lock of this clone, held until the process ends; None where another supervisor holds it."""
    path = embedded.var_dir() / "run.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        say(f"already running ({lock.read() or 'starting'}); stop it first, or use it")
        return None
    _note_in(lock, f"process {os.getpid()}, starting")
    return lock


def main(arguments: list[str]) -> int:
    """Runs until a signal. `--end-with-parent` ends the run when the calling `make` is gone."""
    make = os.getppid() if "--end-with-parent" in arguments else None
    if make is not None and (die := end_with_parent(make)):
        die()
    lock = _take_lock()
    if lock is None:
        return 1
    supervisor = Supervisor(make)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup
        signal.signal(number, supervisor.on_signal)
    with lock:
        return supervisor.run(lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

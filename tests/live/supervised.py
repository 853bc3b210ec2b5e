"""A real supervisor for tests: its own `var`, its own servers, output in a file."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from crm_project import embedded
from crm_project.embedded_servers import postmaster_pid, stop_postgres
from crm_project.processes import end_with_parent, is_alive
from tests.servers import wait_for

ENVIRON = {"DJANGO_SETTINGS_MODULE": "crm_project.settings.base", "CRM_DEMO": "0"}
COMMAND = [sys.executable, "-m", "crm_project.supervisor"]


@dataclass
class Run:
    """One start of the supervisor."""

    var: Path
    output: Path
    process: subprocess.Popen[bytes]

    @property
    def text(self) -> str:
        return self.output.read_text()

    def address(self) -> str:
        """Address it names once it is ready."""
        wait_for(lambda: "    stop: Ctrl-C" in self.text or self.process.poll() is not None, patience=180)
        assert "ready after" in self.text, self.text
        return next(word for word in self.text.partition("ready after")[2].split() if word.startswith("http"))

    def seconds(self) -> float:
        """How long it says it took."""
        return float(self.text.partition("ready after ")[2].split()[0])

    def answer(self) -> int:
        """Status of the page that says the web server lives."""
        with urlopen(f"{self.address()}healthz") as answer:  # noqa: S310  (our own address)
            return int(answer.status)

    def processes(self) -> set[int]:
        """Process ids of everything it started."""
        noted = {int(pid) for pid in json.loads((self.var / "run.json").read_text())}
        database = postmaster_pid(data_dir(self.var))
        return noted | ({database} if database else set())

    def end(self, sign: signal.Signals = signal.SIGINT) -> int:
        """Sends the signal to the supervisor alone and returns its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(60)


def start(var: Path, command: Sequence[str] = COMMAND, ignoring: bool = True, **environ: str) -> Run:
    """Starts a supervisor on this `var`, without a terminal.

    ignoring: interrupts arrive ignored, as in a background job.
    """
    var.parent.mkdir(parents=True, exist_ok=True)
    output = var.parent / f"output-{len(list(var.parent.glob('output-*')))}"
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    die = end_with_parent(os.getpid())

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN if ignoring else signal.SIG_DFL)
        if die is not None:
            die()

    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=embedded.REPOSITORY,
            env={**inherited, **ENVIRON, "CRM_VAR": str(var), **environ},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=prepare,
            process_group=0,
        )
    return Run(var, output, process)


def data_dir(var: Path) -> Path:
    """Database cluster of a supervisor with this `var`."""
    try:
        return Path((var / "data").read_text().splitlines()[0]) / "postgres"
    except OSError:
        return var / "postgres"


@contextmanager
def temporary_var(folder: Path) -> Iterator[Path]:
    """A `var` of its own; its database is stopped and removed afterwards, wherever it lives."""
    var = (folder / "var").resolve()
    try:
        yield var
    finally:
        stop_postgres(data_dir(var), patience=5)
        notes = (var / name for name in ("data", "runtime"))
        remove(*(Path(note.read_text().splitlines()[0]) for note in notes if note.exists()))


def remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def gone(pids: set[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)

"""Child processes that end with their parent and log to files. Standard library only."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT = 10_000_000  # bytes; a larger log is moved aside at the next start


@dataclass
class Child:
    """One process in a group of its own, so that Ctrl-C in the terminal reaches its parent only."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def stop(self, patience: float, sign: signal.Signals = signal.SIGTERM) -> None:
        """Asks the process to end; after `patience` seconds kills its whole group."""
        if self.is_running():
            self.popen.send_signal(sign)
        try:
            self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            pass
        signal_group(self.pid, signal.SIGKILL)
        self.popen.wait()


def spawn(
    name: str,
    command: Sequence[str],
    log: Path,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Child:
    """Starts a process whose output goes to `log` and which gets SIGTERM when its parent dies (Linux).

    Call it from the main thread: the death signal follows the thread that forked.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    with log.open("ab") as output:
        popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environ is None else {**os.environ, **environ},
            cwd=cwd,
            process_group=0,
            preexec_fn=end_with_parent(os.getpid()),
        )
    return Child(name, log, popen)


def end_with_parent(parent: int) -> Callable[[], None] | None:
    """What a process calls to receive SIGTERM once `parent` is gone; None where the system cannot do it."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def call() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return call


def birth(pid: int) -> str | None:
    """Start time of a live process, which tells it from a later one with the same id; None where none runs."""
    name_and_start = _look_up(pid)
    return name_and_start and name_and_start[1]


def is_alive(pid: int, name: str = "") -> bool:
    """Whether the process runs (a zombie does not), as a program whose name contains `name`."""
    name_and_start = _look_up(pid)
    return name_and_start is not None and name in name_and_start[0]


def _look_up(pid: int) -> tuple[str, str] | None:
    """Program name and start time, from /proc or, where there is none, from ps."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        if sys.platform.startswith("linux"):
            return None
        command = ["ps", "-o", "lstart=,comm=", "-p", str(pid)]
        line = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        return (line[24:].strip(), line[:24]) if line else None
    name, fields = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else (name, fields[19])


def catches_interrupts(pid: int) -> bool:
    """Whether the process has a handler for SIGINT. `make` has one until an interrupt reaches it (Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


def signal_group(pid: int, sign: signal.Signals) -> None:
    """Signals the process group that `pid` leads; a group that is gone is no error."""
    try:
        os.killpg(pid, sign)
    except (ProcessLookupError, PermissionError):
        pass


def end_leftovers(noted: Mapping[str, str], patience: float = 10) -> list[int]:
    """Ends the groups of processes that a killed parent left behind.

    noted: process id → `birth` when it was started; an id that now belongs to another process is left alone.
    Returns the ids that were still alive.
    """
    alive = [int(pid) for pid, born in noted.items() if birth(int(pid)) == born]
    for pid in alive:
        signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(is_alive(pid) for pid in alive) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in alive:
        signal_group(pid, signal.SIGKILL)
    return alive

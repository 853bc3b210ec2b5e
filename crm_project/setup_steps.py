"""What stands between an empty database and a branch that can be used: catalogues, schema, rights, rules, demo, files.

Each step is a management command in a process of its own, skipped while its inputs are what they were last time.
Used by the supervisor and, for the test database, by the tests. Standard library only.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from crm_project import embedded
from crm_project.embedded_servers import Postgres

ENVIRON = {"DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "crm_project.settings.base")}
LONG_SQL = {"PGOPTIONS": "-c statement_timeout=60s"}  # worker, beat, demo; pages keep the 5 s of the role
DATABASE_STEPS = {  # run as the role that owns the tables
    "database: migrating": ["quickmigrate", "--skip-checks"],
    "database: securing insert-only tables": ["securetables", "--skip-checks"],
    "rules: loading the shipped rules": ["loadrules", "--skip-checks"],
    "products: loading what the bank offers": ["loadproducts", "--skip-checks"],
    "jobs: entering their schedule": ["loadschedule", "--skip-checks"],
}
ROOMS = ("crm_project", "clients", "financing", "monitoring", "risk")


class StepFailed(Exception):
    """A step ended with an error; the text names its log."""


class Stopped(Exception):
    """A person asked for the end while a step ran."""


def say(text: str) -> None:
    """One line to the person who waits."""
    print(f"· {text}", flush=True)


def prepare(postgres: Postgres | None, log: Path, check_stop: Callable[[], None]) -> None:
    """Brings catalogues, database and static files in step with the code.

    postgres: the embedded server, which remembers what its database has seen; None where DATABASE_URL names another,
    whose database is brought in step at every start. check_stop raises Stopped. Raises StepFailed.
    """

    def run(label: str, *command: str, **environ: str) -> None:
        say(label)
        manage(*command, log=log, environ=environ, check_stop=check_stop)

    stamps = Stamps(embedded.var_dir() / "stamps.json")
    catalogues = digest(embedded.REPOSITORY.glob("locale/**/*.po"))
    if stamps["compilemo"] != catalogues or _catalogues_missing():
        run("translations: making the message catalogues", "compilemo")
        stamps["compilemo"] = catalogues

    code = digest(source_files())
    pages = digest([*source_files(), *_files("templates"), embedded.REPOSITORY / "package-lock.json"])
    if stamps["buildassets"] != pages or not (embedded.REPOSITORY / "static" / "vendor").is_dir():
        run("pages: copying style sheets, scripts, fonts and icons", "buildassets")
        stamps["buildassets"] = pages

    seen = None if postgres is None else Stamps(postgres.data_dir / "rongqiao-stamps.json")
    if seen is None or seen["database"] != code:
        owner = _owner_environ()
        for label, command in DATABASE_STEPS.items():
            run(label, *command, **owner)
        if seen is not None:
            seen["database"] = code
    wants_demo = os.environ.get("CRM_DEMO", "0" if seen is None else "1") == "1"
    if wants_demo and (seen is None or seen["demo"] != code):
        run("demo: loading a branch with clients and projects", "loaddemo", **LONG_SQL)
        if seen is not None:
            seen["demo"] = code

    files = digest([*_files("static"), embedded.REPOSITORY / "requirements.txt"])
    if stamps["collectstatic"] != files or not (embedded.var_dir() / "static").is_dir():
        run("pages: collecting static files", "collectstatic", "--no-input", "--clear", "-v", "0")
        stamps["collectstatic"] = files


def prepare_database(environ: Mapping[str, str], log: Path) -> None:
    """Schema, rights and shipped rules in a new database, without demo. `environ` connects as its owner."""
    for command in DATABASE_STEPS.values():
        manage(*command, log=log, environ=environ)


def signins() -> str:
    """The demo's sign-ins per role and what to try, as the product prints them; the reason where it cannot."""
    done = subprocess.run(
        [sys.executable, "manage.py", "signins", "--skip-checks"],
        cwd=embedded.REPOSITORY,
        env={**os.environ, **ENVIRON},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.rstrip() if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]


def manage(*command: str, log: Path, environ: Mapping[str, str], check_stop: Callable[[], None] = lambda: None) -> None:
    """Runs a management command with its output in `log`. Raises StepFailed with the end of that output."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"\n--- manage.py {' '.join(command)}\n".encode())
        output.flush()
        began = output.tell()
        child = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=embedded.REPOSITORY,
            env={**os.environ, **ENVIRON, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            while child.poll() is None:
                check_stop()
                time.sleep(0.02)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    if child.returncode != 0:
        tail = "\n".join(log.read_bytes()[began:].decode(errors="replace").splitlines()[-20:])
        raise StepFailed(f"manage.py {command[0]} failed; {log} ends with:\n{tail}")


class Stamps:
    """Digests of the inputs that each step saw last, kept in one small file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, step: str) -> str | None:
        return self._read().get(step)

    def __setitem__(self, step: str, value: str) -> None:
        self._path.write_text(json.dumps(self._read() | {step: value}))

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._path.read_text()))
        except (OSError, ValueError):
            return {}


def source_files() -> list[Path]:
    """Everything that decides what a prepared database holds: code, rule data, pinned packages."""
    return [*_files(*ROOMS), embedded.REPOSITORY / "requirements.txt"]


def digest(paths: Iterable[Path]) -> str:
    """Digest over names and contents of files, 16 hexadecimal digits."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(embedded.REPOSITORY)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _files(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (embedded.REPOSITORY / folder).rglob("*"))
    return [path for path in found if path.is_file() and path.suffix != ".pyc"]


def _catalogues_missing() -> bool:
    return any(not po.with_suffix(".mo").exists() for po in embedded.REPOSITORY.glob("locale/**/*.po"))


def _owner_environ() -> dict[str, str]:
    """Environment in which a command connects as the role that owns the tables."""
    if not os.environ.get("DATABASE_URL"):
        return {"CRM_DB_USER": embedded.OWNER_ROLE}
    owner_url = os.environ.get("DATABASE_OWNER_URL")
    return {"DATABASE_URL": owner_url} if owner_url else {}

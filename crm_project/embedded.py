"""Where the embedded PostgreSQL and Valkey of a clone live, and the addresses under which they are reached.

Settings call only the computing functions of the first half and start nothing. No Django here.
"""

import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent
APP_ROLE, OWNER_ROLE, ADMIN_ROLE = "crm_app", "crm_owner", "postgres"
SHORT_ROOT = Path("/tmp")  # noqa: S108  (the folder in it is private, its owner checked)
ROOT_DATA = Path("/var/lib/rongqiao")


# --- paths and addresses, computed only ---------------------------------------------------------------------------


def var_dir() -> Path:
    """Folder of everything a clone makes at run time: CRM_VAR, else `var/` in the clone."""
    return Path(os.environ.get("CRM_VAR") or REPOSITORY / "var").resolve()


def runtime_dir() -> Path:
    """Short folder of the sockets, one per user and clone: a Unix socket's path ends at 107 characters."""
    return _recorded("runtime") or SHORT_ROOT / f"rongqiao-{os.getuid()}-{_token()}"


def postgres_socket_dir() -> Path:
    return runtime_dir() / "pg"


def valkey_socket() -> Path:
    return runtime_dir() / "valkey.sock"


def database_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """Django's DATABASES entry: DATABASE_URL (a `?host=/socket` is understood), else the embedded server.

    The embedded server takes the role from CRM_DB_USER (crm_app) and the name from CRM_DB_NAME (rongqiao).
    Raises ValueError where the URL is not a PostgreSQL address.
    """
    common = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    url = environ.get("DATABASE_URL")
    if not url:
        user, name = environ.get("CRM_DB_USER", APP_ROLE), environ.get("CRM_DB_NAME", "rongqiao")
        return common | {"HOST": str(postgres_socket_dir()), "PORT": "5432", "USER": user, "NAME": name}
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    options = dict(parse_qsl(parts.query))
    return common | {
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or str(parts.port or ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": unquote(parts.path.lstrip("/")),
        "OPTIONS": options,
    }


def redis_url(environ: Mapping[str, str]) -> str:
    """REDIS_URL, else the embedded server's Unix socket."""
    return environ.get("REDIS_URL") or f"unix://{valkey_socket()}"


def secret_key(environ: Mapping[str, str]) -> str:
    """SECRET_KEY, else a key made once and kept in `var/secret_key`, readable by its owner only."""
    if key := environ.get("SECRET_KEY"):
        return key
    path = var_dir() / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret_key-")  # mkstemp makes it 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # of several processes that start together one wins, and all read its key
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text().strip()


def _token() -> str:
    return hashlib.sha256(str(var_dir()).encode()).hexdigest()[:10]


def _recorded(name: str) -> Path | None:
    """Folder noted in `var/<name>`, unless the note was copied along with another clone's `var`."""
    try:
        path, owner = (var_dir() / name).read_text().splitlines()
    except (OSError, ValueError):
        return None
    return Path(path) if owner == str(var_dir()) else None


def _record(name: str, path: Path) -> Path:
    var_dir().mkdir(parents=True, exist_ok=True)
    (var_dir() / name).write_text(f"{path}\n{var_dir()}\n")
    return path


# --- folders ------------------------------------------------------------------------------------------------------


def ensure_runtime_dir() -> Path:
    """Makes the socket folder (again, where a cleaner took it) and notes it in `var/runtime`. 0700, as root 0711."""
    path = runtime_dir()
    mode = 0o711 if as_root() else 0o700
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            path = Path(tempfile.mkdtemp(prefix=f"{path.name}-", dir=path.parent))
    path.chmod(mode)
    return _record("runtime", path)


def ensure_data_root() -> Path:
    """Folder that holds the database clusters: `var`, or as root a folder of its own, noted in `var/data`.

    As root the server runs under another account, which must not need a way through private folders. A folder that
    an earlier clone at the same place left behind is not taken over.
    """
    if not as_root():
        var_dir().mkdir(parents=True, exist_ok=True)
        return var_dir()
    path = _recorded("data")
    if path is None:
        candidates = (ROOT_DATA / (_token() + (f"-{n}" if n else "")) for n in range(1000))
        path = next(candidate for candidate in candidates if not candidate.exists())
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)
    return _record("data", path)


def as_root() -> bool:
    return os.geteuid() == 0

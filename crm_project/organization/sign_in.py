"""Sign-in: names are compared in one form, so that a variant of a name is not a second try."""

import unicodedata
from typing import Any

from django.http import HttpRequest


def plain_username(name: str) -> str:
    """`' Ｚhou '` and `'zhou'` are the same account."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def axes_username(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name that lock-out counts by. Named as a callable, because the form-field setting lets a right password
    through a lock-out where the field is called otherwise."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request else "") or ""
    return plain_username(given)

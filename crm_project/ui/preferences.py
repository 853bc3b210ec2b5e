"""What a person may choose about the desk: money unit, theme, language. On the account, for visitors in cookies."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from crm_project.ui import formats

THEMES = ("light", "dark")
CHOICES: dict[str, tuple[str, ...]] = {
    "unit": tuple(formats.UNITS),
    "theme": THEMES,
    "language": tuple(code for code, _name in settings.LANGUAGES),
}
COOKIES = {"theme": "rq_theme", "language": "rq_language"}
COOKIE_AGE = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Preferences:
    unit: str = formats.DEFAULT_UNIT
    theme: str = "light"
    language: str = settings.LANGUAGE_CODE


def of(request: HttpRequest) -> Preferences:
    """The account's choices; a visitor's theme and language come from cookies. Anything unknown is the default."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        given = {name: getattr(user, name, None) for name in CHOICES}
    else:
        given = {name: request.COOKIES.get(cookie) for name, cookie in COOKIES.items()}
    return Preferences(**{name: value for name, value in given.items() if value in CHOICES[name]})


def remember(response: HttpResponse, request: HttpRequest, chosen: dict[str, Any]) -> None:
    """Keep theme and language in cookies too, so that the sign-in page greets in the same way."""
    for name, cookie in COOKIES.items():
        if name in chosen:
            response.set_cookie(
                cookie, chosen[name], max_age=COOKIE_AGE, samesite="Lax", httponly=True, secure=request.is_secure()
            )

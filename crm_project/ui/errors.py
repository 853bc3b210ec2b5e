"""Error pages: what happened, and what to do about it. In a light shell that needs neither session nor database."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm_project.rules.errors import RuleSilent
from crm_project.ui.preferences import COOKIES


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(
        request,
        400,
        _("This request could not be read"),
        _("The address or the form was damaged on its way. Go back, reload the page and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(
        request,
        403,
        _("Your role does not open this page"),
        _("If your work needs it, ask the administrator of your branch for the right role."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request,
        403,
        _("The form was too old"),
        _("For safety a form is valid only as long as your session. Go back, reload the page and send it again."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(
        request,
        404,
        _("There is no such page"),
        _("The address is wrong, or the record does not belong to your clients. Search for it, or ask its manager."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        500,
        _("Something went wrong on our side"),
        _("Nothing was saved. Try again in a minute; if it stays, tell the administrator the time and this address."),
    )


def locked_out(
    request: HttpRequest, response: Any = None, credentials: Any = None, *args: Any, **kw: Any
) -> HttpResponse:
    """Too many wrong passwords."""
    return page(
        request,
        429,
        _("Too many attempts"),
        _("This account is locked for 30 minutes. Wait, or ask the administrator to unlock it."),
    )


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return page(request, 429, _("Too many requests"), _("Wait a minute, then go on."))


def rule_silent(request: HttpRequest, error: RuleSilent) -> HttpResponse:
    """The page rests on a rule that is unconfirmed and that nobody has let speak."""
    return page(request, 409, _("A rule needed here is not confirmed yet"), error.message)


def page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    """The page for a browser, problem+json for the API."""
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": advice}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    context = {
        "status": status,
        "title": title,
        "advice": advice,
        "theme": "dark" if request.COOKIES.get(COOKIES["theme"]) == "dark" else "light",
        "html_language": "en" if get_language() == "en" else "zh-CN",
        "path": request.path_info,
        "retry": status >= 429,
    }
    return HttpResponse(render_to_string("errors/error.html", context), status=status)

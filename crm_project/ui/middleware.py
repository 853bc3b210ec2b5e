"""Language and money unit of the person at the desk, active while the request lasts."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from crm_project.rules.errors import RuleSilent
from crm_project.ui import errors, formats, preferences

Handler = Callable[[HttpRequest], HttpResponse]


class PreferenceMiddleware:
    """Reads the account's choices, for anonymous visitors the cookies; stands behind authentication."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = preferences.of(request)
        formats.activate_unit(chosen.unit)
        with translation.override(chosen.language):
            request.LANGUAGE_CODE = chosen.language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen.language)
        formats.activate_unit(formats.DEFAULT_UNIT)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Any page may rest on a rule that does not speak yet; which one, the answer says."""
        return errors.rule_silent(request, exception) if isinstance(exception, RuleSilent) else None

"""Every error of the API is problem+json (RFC 9457) in the caller's language."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from crm_project.rules.errors import RuleBroken, Stale

PROBLEM = "application/problem+json"


class PreconditionRequired(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Send the version you read in If-Match."
    default_code = "precondition_required"


class PreconditionFailed(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "The record has changed since you read it."
    default_code = "precondition_failed"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    if isinstance(error, RuleBroken):
        fields: dict[str, Any] = {error.field: [error.message]} if error.field else {}
        return _answer(
            status.HTTP_422_UNPROCESSABLE_ENTITY,
            error.message,
            rule=error.rule,
            errors=fields,
        )
    if isinstance(error, Stale):
        return problem(PreconditionFailed(), context)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        answer = _answer(response.status_code, _("The input is not valid."), errors=fields)
    elif isinstance(error, Http404):
        answer = _answer(response.status_code, _("Not found."))
    elif isinstance(error, PermissionDenied):
        answer = _answer(response.status_code, _("You may not do this."))
    else:
        answer = _answer(response.status_code, str(getattr(error, "detail", error)))
    for name, value in response.headers.items():
        if name.lower() != "content-type":
            answer[name] = value
    return answer


def _answer(code: int, title: str, **more: Any) -> Response:
    return Response(
        {"type": "about:blank", "title": title, "status": code, **more},
        status=code,
        content_type=PROBLEM,
    )

"""Sign-in and sign-out reach the journal from Django's own signals."""

from typing import Any

from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.dispatch import receiver
from django.http import HttpRequest

from crm_project.organization.sign_in import plain_username
from crm_project.workflow import journal


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    journal.record(journal.Act.SIGN_IN, request=request, actor=user)


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if user is not None:
        journal.record(journal.Act.SIGN_OUT, request=request, actor=user)


@receiver(user_login_failed)
def _sign_in_failed(
    sender: Any,
    credentials: dict[str, Any],
    request: HttpRequest | None = None,
    **kwargs: Any,
) -> None:
    name = plain_username(str(credentials.get("username", "")))[:40]
    journal.record(journal.Act.SIGN_IN_FAILED, request=request, username=name)

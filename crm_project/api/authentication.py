from typing import Any

from django.http import HttpRequest
from rest_framework import authentication


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session; a missing sign-in answers 401, so that a client can tell it from a refusal."""

    def authenticate_header(self, request: HttpRequest | Any) -> str:
        return "Session"

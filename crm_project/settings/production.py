"""Behind TLS: `base` with secure cookies and strict transport."""

import os

from django.core.exceptions import ImproperlyConfigured

from crm_project.settings.base import *  # noqa: F403

if os.environ.get("CRM_FAULTS"):
    raise ImproperlyConfigured("CRM_FAULTS is set: work would be broken on purpose")

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

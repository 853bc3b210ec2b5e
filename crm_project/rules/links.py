"""Where a rule has its page; for the source notes beside figures."""

from django.urls import reverse


def rule_url(kind: str, scope: str) -> str:
    """Address of the page of a rule, all versions on it."""
    return reverse("home:rule_detail", args=[kind, scope])

"""A sign of life of the workers: when the sweeper last came by."""

from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

KEY = "workflow:swept"
KEPT = 24 * 3600  # seconds


def beat() -> None:
    cache.set(KEY, timezone.now(), KEPT)


def last_beat() -> datetime | None:
    """When a worker last swept; None for a day of silence, or while the cache is new."""
    seen: datetime | None = cache.get(KEY)
    return seen

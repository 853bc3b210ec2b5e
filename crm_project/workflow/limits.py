"""Rate limits that hold: one atomic counter, shared by all processes."""

from django.core.cache import cache


def hit(key: str, *, limit: int, seconds: int) -> bool:
    """Count one use of `key`; False once more than `limit` fell into the running window of `seconds`."""
    cache.add(f"limit:{key}", 0, timeout=seconds)
    try:
        return cache.incr(f"limit:{key}") <= limit
    except ValueError:  # the window ended between the two calls
        return hit(key, limit=limit, seconds=seconds)

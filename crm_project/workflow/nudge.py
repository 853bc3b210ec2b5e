"""Telling a worker to look at the job table. A hint only: the rows are the queue, and the sweeper finds the rest.

A broker that hangs costs the caller about 2 s once; then this process does not try again for a while.
"""

import logging
import time

from django.conf import settings

from crm_project.celery import app

LOOK = "workflow.look"
PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 0}  # seconds
SILENCE = 30.0  # seconds without a try after a failure

log = logging.getLogger(__name__)


class _Tries:
    """What this process knows of the broker. `missed` counts the failures since it started."""

    quiet_until = 0.0
    missed = 0


def nudge() -> None:
    """Sends one message whose only content is "look". Never raises."""
    if time.monotonic() < _Tries.quiet_until:
        return
    try:
        # its own connection: a worker waits on the pooled ones for longer than 2 s by design
        with app.connection_for_write(settings.CELERY_BROKER_URL, transport_options=PATIENCE) as connection:
            app.send_task(LOOK, connection=connection, retry=False, ignore_result=True)
    except Exception as error:
        _Tries.quiet_until = time.monotonic() + SILENCE
        _Tries.missed += 1
        log.warning("no nudge (%s so far): %s; the sweeper will find the work", _Tries.missed, type(error).__name__)


def missed() -> int:
    """Nudges that failed in this process."""
    return _Tries.missed


def forget() -> None:
    """Try again at the next nudge, whatever happened before."""
    _Tries.quiet_until = 0.0

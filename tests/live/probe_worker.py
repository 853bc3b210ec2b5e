"""The product's Celery application with the kinds of `probes`: celery -A tests.live.probe_worker worker"""

import django

from crm_project.celery import app

django.setup()

from tests.live import probes  # noqa: E402

__all__ = ["app"]

probes.register()

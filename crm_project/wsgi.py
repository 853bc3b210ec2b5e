import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings.base")

application = get_wsgi_application()

from crm_project.organization.policy import refuse_unlisted_routes  # noqa: E402  needs the loaded registry

refuse_unlisted_routes()

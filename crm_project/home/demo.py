"""Loads the demonstration: every room's `demo.load(world)`, platform first, in the order of the installed apps."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.db import transaction

from crm_project.organization.demo import World
from crm_project.organization.models import Staff


def loaded() -> bool:
    return Staff.objects.filter(is_demo=True).exists()


@transaction.atomic
def load_demo(world: World) -> None:
    for config in apps.get_app_configs():
        module = f"{config.name}.demo"
        own = config.name.split(".")[0] in settings.POLICY_PACKAGES
        if own and module != __name__ and find_spec(module):
            import_module(module).load(world)

"""The demonstration's bank has decided to use the shipped rules whose official text nobody has read."""

from crm_project.organization.demo import World
from crm_project.organization.models import Staff
from crm_project.organization.roles import Role
from crm_project.rules.services import confirm_shipped


def load(world: World) -> None:
    administrator = Staff.objects.filter(role=Role.ADMINISTRATOR, is_demo=True).select_related("person").earliest("pk")
    confirm_shipped(person=administrator.person, from_day=world.today)

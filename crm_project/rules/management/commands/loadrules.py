from typing import Any

from django.core.management.base import BaseCommand

from crm_project.rules.services import load_shipped_rules


class Command(BaseCommand):
    help = "Load the rule data that come with the product. A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_shipped_rules()} new rows of rule data")

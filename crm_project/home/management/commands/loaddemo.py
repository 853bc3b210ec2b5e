from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from crm_project.home.demo import load_demo, loaded
from crm_project.organization.demo import World


class Command(BaseCommand):
    help = "Load the demonstration branch, dated from today. Does nothing where one is loaded already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clients", type=int, default=60, help="number of clients (60)")

    def handle(self, *args: Any, **options: Any) -> None:
        if loaded():
            self.stdout.write("the demo is loaded already")
            return
        load_demo(World(today=timezone.localdate(), clients=options["clients"]))
        self.stdout.write("demo loaded")

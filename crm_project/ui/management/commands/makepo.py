from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from crm_project.ui import catalogues


class Command(BaseCommand):
    help = "Finds the strings to translate and brings the catalogues of all rooms, or of the named ones, in step."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rooms", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        names = [folder.name for folder in settings.LOCALE_PATHS]
        for folder in settings.LOCALE_PATHS:
            if not options["rooms"] or folder.name in options["rooms"]:
                total, missing = catalogues.update(settings.BASE_DIR, folder, names, "zh_Hans")
                self.stdout.write(f"{folder.name}: {total} strings, {missing} not translated")

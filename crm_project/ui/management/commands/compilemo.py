from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm_project.ui import catalogues


class Command(BaseCommand):
    help = "Compiles the catalogues; --check fails where a translation is missing, fuzzy, stale or differs in form."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="also look for what is missing (needs the dev packages)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = [folder.name for folder in settings.LOCALE_PATHS]
        paths = [catalogues.catalogue(folder, "zh_Hans") for folder in settings.LOCALE_PATHS]
        present = [path for path in paths if path.is_file()]
        for path in present:
            catalogues.compile_catalogue(path)
        if options["check"]:
            said = catalogues.disagreements(present)
            for name, path in zip(names, paths, strict=True):
                said += catalogues.problems(path, settings.BASE_DIR, name, names)
            if said:
                raise CommandError("\n".join(said))
        self.stdout.write(f"{len(present)} catalogues compiled")

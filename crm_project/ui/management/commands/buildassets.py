from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crm_project.ui import assets


class Command(BaseCommand):
    help = "Copies style sheets, scripts, the web font and the used icons from node_modules to static/vendor."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        try:
            written = assets.build(root / "node_modules", root / "static" / "vendor", root)
        except assets.MissingAsset as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(written)} files written" if written else "nothing to do")

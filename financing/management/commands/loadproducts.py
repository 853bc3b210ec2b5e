from typing import Any

from django.core.management.base import BaseCommand

from financing.services.products import load_products


class Command(BaseCommand):
    help = "Brings in the products that come with RongQiao. A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_products()} new products")

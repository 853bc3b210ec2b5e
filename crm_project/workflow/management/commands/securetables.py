from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from crm_project.workflow.insert_only import changeable_columns, insert_only_tables


class Command(BaseCommand):
    help = "Take UPDATE and DELETE on insert-only tables from crm_app. Run as crm_owner after migrate; repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        tables, partly = insert_only_tables(), changeable_columns()
        name = connection.ops.quote_name
        with connection.cursor() as cursor:
            for table in [*tables, *partly]:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {name(table)} FROM crm_app")
            for table, columns in partly.items():
                cursor.execute(f"GRANT UPDATE ({', '.join(map(name, columns))}) ON {name(table)} TO crm_app")
        self.stdout.write(f"{len(tables)} tables are insert-only, {len(partly)} but for some columns")
